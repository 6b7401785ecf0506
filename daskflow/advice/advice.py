"""What is advised: frozen, printable, and what `Flow.run` takes as overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daskflow.advice.profile import FlowProfile
from daskflow.options.flow_options import FLOW


@dataclass(frozen=True, slots=True, eq=False)
class Advice(Mapping[str, Mapping[str, Any]]):
    """Tasks for each node, and what the flow would do with them; made by `Flow.advise`.

    As a mapping it is what ``flow.run(overrides=advice)`` takes: ``{"nb_tasks": n}`` by each node's name,
    with its ``"queue_size"`` where it needs another; and ``{"fuse": chains}`` by the name ``"flow"``, if the
    advice says anything of that.

    Attributes
    ----------
    nb_tasks : mapping of str to int
        By the name of each node, in topological order; the nodes of a chain have the same.
    queue_sizes : mapping of str to int
        By the names of nodes that need a longer queue, or not all of these tasks had work: those behind a
        filter, whose edges also hold what was skipped.
    expected_rate : float
        What the flow could do with them, in messages per second that come to its end.
    lowest_rate, highest_rate : float
        Between these it is expected, in messages per second.
    expected_latency_s : float
        From a source to an end of the flow, in seconds: at the target rate, if that is reached and less than
        `expected_rate`, else at `expected_rate`.
    cores_needed : float
        How many cores the flow would keep busy at that rate.
    cores : int
        How many there are.
    gpus : int
        How many GPUs there are.
    limited_by : str
        What limits the flow then: a node, a chain by its name in the run, such as ``"grey+crop"``, ``"the
        cores"`` or ``"the scheduler"``; empty where nothing that was measured does.
    limit : str
        The same in words, with the reason.
    target_rate : float or None
        What was asked for, in messages per second.
    missing : str
        What is missing to reach it, in words; empty where it is reached or none was asked for.
    fuse : tuple of tuple of str
        Chains of neighbours that run in one task, each in the order of its messages: those that the flow
        names, or else cheap ones.
    says_fuse : bool
        Whether the mapping says which nodes are fused: where some are, and where the flow would else fuse
        others.
    doubts : tuple of str
        Why the rate is no surer.
    profile : FlowProfile
        What all this is made of.
    """

    nb_tasks: Mapping[str, int]
    queue_sizes: Mapping[str, int]
    expected_rate: float
    lowest_rate: float
    highest_rate: float
    expected_latency_s: float
    cores_needed: float
    cores: int
    gpus: int
    limited_by: str
    limit: str
    target_rate: float | None
    missing: str
    fuse: tuple[tuple[str, ...], ...]
    says_fuse: bool
    doubts: tuple[str, ...]
    profile: FlowProfile

    @property
    def is_reached(self) -> bool:
        """Whether the target rate is reached; also where none was asked for."""
        return not self.missing

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        if name == FLOW and self.says_fuse:
            return {"fuse": self.fuse}
        own = {"nb_tasks": self.nb_tasks[name]}
        return {**own, "queue_size": self.queue_sizes[name]} if name in self.queue_sizes else own

    def __iter__(self) -> Iterator[str]:
        yield from self.nb_tasks
        if self.says_fuse:
            yield FLOW

    def __len__(self) -> int:
        return len(self.nb_tasks) + self.says_fuse

    def __str__(self) -> str:
        from daskflow.advice.table import advice_text

        return advice_text(self)
