"""How long messages take from a producer to each end of the flow, of a sample of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.ledger.messages import FAILED, Outcome
from daskflow.ledger.state import NodeState

MARK_EVERY_S = 0.01
"""How often a message of a producer is noted: a hundred a second say enough of a distribution."""

MOST_MARKS = 4096
"""Messages of a producer that are followed at once; the oldest are given up then."""


class Paths:
    """Notes when a producer gave some of its messages, and when these were finished at the ends.

    Parameters
    ----------
    nodes : sequence of NodeState
        Of the run, in topological order.
    """

    def __init__(self, nodes: Sequence[NodeState]) -> None:
        self._marks: dict[int, dict[int, float]] = {node.index: {} for node in nodes if node.is_source}
        self._next_s = dict.fromkeys(self._marks, 0.0)
        self._turn = count()
        above: dict[int, set[int]] = {}
        for node in nodes:
            parents = [above[edge.source.index] for edge in node.edges_in]
            above[node.index] = {node.index} if node.is_source else set().union(*parents)
        self._sources = {
            node.index: sorted(above[node.index])
            for node in nodes
            if not node.edges_out and not node.is_source
        }
        self._taken: dict[tuple[int, int], list[float]] = {
            (source, end): [] for end, sources in self._sources.items() for source in sources
        }
        self._known: dict[tuple[int, int], Histogram] = dict.fromkeys(self._taken, NOTHING)

    def note(self, node: NodeState, outcomes: Sequence[Outcome], now: float) -> None:
        """Take note of what a task has finished."""
        if node.is_source:
            if now >= self._next_s[node.index]:
                self._next_s[node.index] = now + MARK_EVERY_S
                # Not always the first of those that came together, which has waited longest.
                self._mark(node.index, outcomes[next(self._turn) % len(outcomes)].number, now)
        elif not node.edges_out:
            for source in self._sources[node.index]:
                marks = self._marks[source]
                if marks:
                    taken = self._taken[source, node.index]
                    for outcome in outcomes:
                        given_s = marks.get(outcome.number)
                        if given_s is not None and outcome.kind < FAILED:
                            taken.append(now - given_s)

    def _mark(self, source: int, number: int, now: float) -> None:
        marks = self._marks[source]
        marks[number] = now
        if len(marks) > MOST_MARKS:
            del marks[next(iter(marks))]

    def histograms(self) -> dict[tuple[int, int], Histogram]:
        """The latencies so far, by index of producer and end."""
        for path, taken in self._taken.items():
            if taken:
                self._known[path] += Histogram.of(taken)
                taken.clear()
        return dict(self._known)
