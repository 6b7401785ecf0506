"""What a simulated run leaves for a test to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from daskflow.core.node import Node
from daskflow.errors import FlowFailed
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.testing.faults import Fault
from daskflow.testing.story import Story


class DeadMessage(NamedTuple):
    """A message that was given up.

    Attributes
    ----------
    node : str
        At which node.
    number : int
        Its sequence number.
    """

    node: str
    number: int


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """How a simulated run went.

    Attributes
    ----------
    metrics : RunSnapshot
        As `Flow.metrics` gives them; all times are those of the simulation.
    failure : FlowFailed or None
        What `Flow.join` would raise; None if the run did not fail.
    dead : tuple of DeadMessage
        Messages that were given up without failing the run, in the order in which the ledger heard of it.
    missed : tuple of Kill, Fail or Hang
        Faults that did not strike, or not all their times: a test that relies on them proves nothing.
    story : Story
        What happened, in order.
    elapsed_s : float
        How long it took, in seconds of the simulation.
    """

    metrics: RunSnapshot
    failure: FlowFailed | None
    dead: tuple[DeadMessage, ...]
    missed: tuple[Fault, ...]
    story: Story
    elapsed_s: float
    _results: Mapping[str, Sequence[Any]] = field(repr=False)
    _inputs: Mapping[str, Sequence[Any]] = field(repr=False)

    @property
    def restarts(self) -> int:
        """How often a task was started anew after its process had died."""
        return sum(node.restarts for node in self.metrics.values())

    def results(self, node: str | Node) -> list[Any]:
        """What a consumer brought to the caller, such as a `CollectConsumer`: in order, each once.

        Parameters
        ----------
        node : str or Node
            The consumer, by its name or itself.

        Raises
        ------
        KeyError
            The flow has no such consumer.
        """
        return list(_of(node, self._results, "brings nothing to the caller; those that do are"))

    def inputs(self, node: str | Node) -> list[Any]:
        """What `consume` of a consumer was called with, in order, repetitions after a kill included.

        Parameters
        ----------
        node : str or Node
            The consumer, by its name or itself.

        Returns
        -------
        list
            Messages, or tuples of those of several parents.

        Raises
        ------
        KeyError
            The flow has no such consumer.
        """
        return list(_of(node, self._inputs, "is no consumer of the flow; the consumers are"))


def _of(node: str | Node, known: Mapping[str, Sequence[Any]], words: str) -> Sequence[Any]:
    name = (node.name or repr(node)) if isinstance(node, Node) else node
    if name not in known:
        raise KeyError(f"{name!r} {words} {', '.join(known) or 'none'}")
    return known[name]
