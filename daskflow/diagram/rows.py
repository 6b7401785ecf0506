"""How far down each vertex of an ordered, layered graph is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from daskflow.diagram.layers import Layers

ROUNDS = 4

NODE_TO_NODE, NODE_TO_LINE, LINE_TO_LINE = 1.0, 0.75, 0.5
"""Least distances within a column."""

GRID = 1 / 64
"""Rows are whole multiples, so that what should be in line is, exactly."""

SPINE, BRANCH, LINE = 1.0, 2.0**-12, 2.0**-24
"""How much it counts where a vertex should be: nodes with the longest way ahead, other nodes, long edges.

So a chain is straight, what hangs on it gives way, and edges that skip part of it go round.
"""


def rows_of(layers: Layers) -> list[float]:
    """The row of each vertex; the topmost is in row 0.

    Column by column, there and back, each vertex goes to the mean of its neighbours in the column beside, as
    near as the order and the least distances allow: the nearest by weighted least squares, which pooling
    adjacent violators finds (Ayer, Brunk, Ewing, Reid and Silverman, 1955).
    """
    rows = [0.0] * len(layers.left)
    for column in layers.columns:
        for vertex, offset in zip(column, _offsets(layers, column), strict=True):
            rows[vertex] = offset
    weights = _weights(layers)
    for _ in range(ROUNDS):
        for column in layers.columns[1:]:
            _settle(layers, column, layers.left, rows, weights)
        for column in layers.columns[-2::-1]:
            _settle(layers, column, layers.right, rows, weights)
    for column in layers.columns[1:]:
        _settle(layers, column, layers.left, rows, weights)
    _straighten(layers, rows)
    top = min(rows, default=0.0)
    return [row - top for row in rows]


def _weights(layers: Layers) -> list[float]:
    weights = [LINE] * len(layers.left)
    for column in layers.columns:
        nodes = [vertex for vertex in column if layers.is_node(vertex)]
        deepest = max(layers.depth[node] for node in nodes)
        for node in nodes:
            weights[node] = SPINE if layers.depth[node] == deepest else BRANCH
    return weights


def _gap(layers: Layers, upper: int, lower: int) -> float:
    nodes = layers.is_node(upper) + layers.is_node(lower)
    return (LINE_TO_LINE, NODE_TO_LINE, NODE_TO_NODE)[nodes]


def _offsets(layers: Layers, column: Sequence[int]) -> list[float]:
    offsets = [0.0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + _gap(layers, upper, lower))
    return offsets


def _settle(
    layers: Layers, column: Sequence[int], beside: list[list[int]], rows: list[float], weights: list[float]
) -> None:
    offsets = _offsets(layers, column)
    pools: list[list[float]] = []  # weight, weighted sum, how many vertices
    for vertex, offset in zip(column, offsets, strict=True):
        near = beside[vertex]
        wanted = rows[vertex]
        if near:
            wanted = sum(rows[n] * weights[n] for n in near) / sum(weights[n] for n in near)
        pools.append([weights[vertex], weights[vertex] * (wanted - offset), 1])
        while len(pools) > 1 and pools[-2][1] * pools[-1][0] > pools[-1][1] * pools[-2][0]:
            weight, total, count = pools.pop()
            pools[-1][0] += weight
            pools[-1][1] += total
            pools[-1][2] += count
    i = 0
    for weight, total, count in pools:
        start = round(total / weight / GRID) * GRID  # rounded before the offset is added: distances stay
        for _ in range(int(count)):
            rows[column[i]] = start + offsets[i]
            i += 1


def _straighten(layers: Layers, rows: list[float]) -> None:
    """Put the places of a long edge in one row, where there is one that is free all along it."""
    neighbours = {}
    for column in layers.columns:
        for above, vertex, below in zip([None, *column], column, [*column[1:], None], strict=False):
            neighbours[vertex] = above, below
    for _ in range(2):  # lines beside each other make room for each other
        for way in layers.ways.values():
            inner = way[1:-1]
            low, high = float("-inf"), float("inf")
            for vertex in inner:
                above, below = neighbours[vertex]
                if above is not None:
                    low = max(low, rows[above] + _gap(layers, above, vertex))
                if below is not None:
                    high = min(high, rows[below] - _gap(layers, vertex, below))
            if len(inner) > 1 and low <= high:
                mean = sum(rows[vertex] for vertex in inner) / len(inner)
                row = min(high, max(low, round(mean / GRID) * GRID))
                for vertex in inner:
                    rows[vertex] = row
