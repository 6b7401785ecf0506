"""A graph in columns: each node as far left as it can be, each edge cut where it crosses a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Layers:
    """A graph whose edges join neighbouring columns only, since long ones have a vertex in each they cross.

    Attributes
    ----------
    count : int
        How many vertices are nodes: the first ones, in the order given. The others are places on long edges.
    columns : list of list of int
        Vertices of each column, from top to bottom.
    left, right : list of list of int
        For each vertex its neighbours in the column before and behind it.
    ways : dict of (int, int) to list of int
        For each edge the vertices along it, both ends included.
    depth : list of int
        For each vertex how many columns the longest path goes on behind it.
    """

    count: int
    columns: list[list[int]]
    left: list[list[int]]
    right: list[list[int]]
    ways: dict[tuple[int, int], list[int]]
    depth: list[int]

    def is_node(self, vertex: int) -> bool:
        """Whether it is a node, no place on a long edge."""
        return vertex < self.count


def layered(count: int, edges: Sequence[tuple[int, int]]) -> Layers:
    """Put nodes in columns by the longest path to them.

    Parameters
    ----------
    count : int
        How many nodes there are.
    edges : sequence of (int, int)
        Source and target, each pair once.

    Raises
    ------
    ValueError
        The edges go round in a circle.
    """
    order = _topological(count, edges)
    column = [0] * count
    depth = [0] * count
    targets: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        targets[source].append(target)
    for node in order:
        for target in targets[node]:
            column[target] = max(column[target], column[node] + 1)
    for node in reversed(order):
        depth[node] = max((depth[target] + 1 for target in targets[node]), default=0)
    columns: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
    for node in range(count):
        columns[column[node]].append(node)
    left: list[list[int]] = [[] for _ in range(count)]
    right: list[list[int]] = [[] for _ in range(count)]
    ways = {}
    for source, target in edges:
        way = [source]
        for crossed in range(column[source] + 1, column[target]):
            way.append(len(left))
            columns[crossed].append(len(left))
            left.append([])
            right.append([])
            depth.append(0)
        way.append(target)
        for before, behind in pairwise(way):
            right[before].append(behind)
            left[behind].append(before)
        ways[source, target] = way
    return Layers(count, columns, left, right, ways, depth)


def _topological(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    missing = [0] * count
    targets: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        missing[target] += 1
        targets[source].append(target)
    order = [node for node in range(count) if not missing[node]]
    for node in order:  # which grows
        for target in targets[node]:
            missing[target] -= 1
            if not missing[target]:
                order.append(target)
    if len(order) < count:
        raise ValueError("the edges go round in a circle: only a graph without one has columns")
    return order
