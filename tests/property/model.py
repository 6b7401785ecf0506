"""What a run must give, computed from the graph alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from tests.property.graphs import Scenario


class Message(NamedTuple):
    """What simulated tasks pass on: whose it is, and the lineage of all that went into it."""

    node: int
    number: int
    lineage: int


def message(node: int, number: int, inputs: Sequence[Message]) -> Message:
    """What a node makes of its inputs, in the order of its arguments."""
    return Message(node, number, hash((node, number, *inputs)))


class Model:
    """A flow without tasks, edges or time: what each node does with each number."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.dead: set[tuple[int, int]] = set()
        """Nodes and numbers that were given up, because they killed one process too many."""
        self._outputs: dict[tuple[int, int], Message] = {}

    def output(self, node: int, number: int) -> Message:
        """A node's result for a number, should it come to have one."""
        known = self._outputs.get((node, number))
        if known is None:
            inputs = [self.output(parent, number) for parent in self.scenario.nodes[node].inputs]
            known = self._outputs[node, number] = message(node, number, inputs)
        return known

    def skips(self, node: int, number: int) -> bool:
        """Whether a node answers a number with SKIP; the same when it is asked again."""
        return self.scenario.nodes[node].skips and hash((self.scenario.seed, node, number)) % 3 == 0

    def delivers(self, node: int, number: int, lengths: Sequence[int]) -> bool:
        """Whether a node has a result for a number, if nothing is dropped."""
        is_lost = self.skips(node, number) or (node, number) in self.dead
        return not is_lost and self.reaches(node, number, lengths)

    def reaches(self, node: int, number: int, lengths: Sequence[int]) -> bool:
        """Whether a number comes to a node, if nothing is dropped; `lengths` are those of the producers."""
        inputs = self.scenario.nodes[node].inputs
        if not inputs:
            return number < lengths[node]
        return all(self.delivers(parent, number, lengths) for parent in inputs)

    def ends(self, lengths: Sequence[int]) -> list[int]:
        """How many numbers each node has to resolve: as many as its longest parent."""
        ends: list[int] = []
        for i, node in enumerate(self.scenario.nodes):
            ends.append(max(ends[parent] for parent in node.inputs) if node.inputs else lengths[i])
        return ends

    @cached_property
    def producers_above(self) -> list[frozenset[int]]:
        """For each node, the producers that it is fed by; for a producer itself."""
        above: list[frozenset[int]] = []
        for i, node in enumerate(self.scenario.nodes):
            above.append(frozenset().union(*(above[parent] for parent in node.inputs)) or frozenset((i,)))
        return above

    @cached_property
    def leaves(self) -> list[int]:
        """The nodes that nobody reads."""
        read = {edge.source for edge in self.scenario.edges}
        return [i for i in range(len(self.scenario.nodes)) if i not in read]
