"""What is advised: frozen, printable, and what `Flow.run` takes as overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from daskflow.advice.profile import FlowProfile


@dataclass(frozen=True, slots=True, eq=False)
class Advice(Mapping[str, Mapping[str, int]]):
    """Tasks for each node, and what the flow would do with them; made by `Flow.advise`.

    As a mapping it is what ``flow.run(overrides=advice)`` takes: ``{"nb_tasks": n}`` by each node's name.

    Attributes
    ----------
    nb_tasks : mapping of str to int
        By the name of each node, in topological order.
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
        What limits the flow then: a node, ``"the cores"`` or ``"the scheduler"``; empty where nothing that
        was measured does.
    limit : str
        The same in words, with the reason.
    target_rate : float or None
        What was asked for, in messages per second.
    missing : str
        What is missing to reach it, in words; empty where it is reached or none was asked for.
    fuse : tuple of tuple of str
        Chains of cheap neighbours that one task could run.
    doubts : tuple of str
        Why the rate is no surer.
    profile : FlowProfile
        What all this is made of.
    """

    nb_tasks: Mapping[str, int]
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
    doubts: tuple[str, ...]
    profile: FlowProfile

    @property
    def is_reached(self) -> bool:
        """Whether the target rate is reached; also where none was asked for."""
        return not self.missing

    def __getitem__(self, name: str) -> Mapping[str, int]:
        return {"nb_tasks": self.nb_tasks[name]}

    def __iter__(self) -> Iterator[str]:
        return iter(self.nb_tasks)

    def __len__(self) -> int:
        return len(self.nb_tasks)

    def __str__(self) -> str:
        from daskflow.advice.table import advice_text

        return advice_text(self)
