"""How much of a flow's data stays on a host, and which nodes belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from daskflow.plan.plan import Plan

FRESH = 4.0
"""What a producer gives counts so many times what others do: frames become smaller on their way, or words."""


class Nearness:
    """Knows the edges of a plan, what they weigh, and on which hosts their ends are.

    An edge weighs 1, and from a producer `FRESH`. Of that each pair of tasks at its ends has the same part.

    Parameters
    ----------
    plan : Plan
        The plan.
    """

    def __init__(self, plan: Plan) -> None:
        nodes = {node.name: node for node in plan.nodes}
        self._neighbours: dict[str, list[tuple[str, float]]] = {name: [] for name in nodes}
        self.part_of = {name: name for name in nodes}
        """The connected part of the flow that a node is in, named after one of its nodes."""
        self._tasks_on: dict[str, Counter[str]] = {name: Counter() for name in nodes}
        for edge in plan.edges:
            weight = FRESH if nodes[edge.source].kind == "producer" else 1.0
            pairs = len(nodes[edge.source].tasks) * len(nodes[edge.target].tasks)
            self._neighbours[edge.source].append((edge.target, weight / pairs))
            self._neighbours[edge.target].append((edge.source, weight / pairs))
        for name in nodes:
            self._spread(name)

    def note(self, node: str, host: str, count: int) -> None:
        """Note that so many more tasks of a node are on a host, or fewer."""
        self._tasks_on[node][host] += count

    def shared(self, node: str) -> Mapping[str, float]:
        """What a task of a node shares with those on each host, by the tags of hosts that have any."""
        found: dict[str, float] = {}
        for other, weight in self._neighbours[node]:
            for host, count in self._tasks_on[other].items():
                found[host] = found.get(host, 0.0) + weight * count
        return found

    def _spread(self, name: str) -> None:
        waiting = [name] if self.part_of[name] == name else []
        while waiting:
            for other, _ in self._neighbours[waiting.pop()]:
                if other != name and self.part_of[other] == other:
                    self.part_of[other] = name
                    waiting.append(other)
