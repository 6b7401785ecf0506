"""The order of nodes within columns, by which few edges cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from daskflow.diagram.layers import Layers

ROUNDS = 8
"""How often the columns are ordered there and back: as a rule the crossings are no fewer after four."""


def untangle(layers: Layers) -> None:
    """Order the vertices of each column so that few edges cross, in place.

    The barycentre method of Sugiyama, Tagawa and Toda (1981): each vertex goes where its neighbours in the
    column beside are on average, column by column, there and back; then neighbours change places where that
    helps. The best order that was seen is kept.
    """
    best, fewest = [list(column) for column in layers.columns], crossings(layers)
    for turn in range(ROUNDS):
        if not fewest:
            break
        _sweep(layers, forward=turn % 2 == 0)
        _exchange(layers)
        count = crossings(layers)
        if count < fewest:
            best, fewest = [list(column) for column in layers.columns], count
    layers.columns[:] = best


def crossings(layers: Layers) -> int:
    """How many pairs of edges cross."""
    count = 0
    for column, behind in pairwise(layers.columns):
        place = {vertex: i for i, vertex in enumerate(behind)}
        seen: list[int] = []
        for vertex in column:
            ends = [place[neighbour] for neighbour in layers.right[vertex]]
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _sweep(layers: Layers, *, forward: bool) -> None:
    columns = layers.columns if forward else layers.columns[::-1]
    beside = layers.left if forward else layers.right
    for fixed, column in pairwise(columns):
        place = _places(fixed)
        own = _places(column)
        centre = {}
        for vertex in column:
            near = beside[vertex]
            centre[vertex] = sum(place[n] for n in near) / len(near) if near else own[vertex]
        column.sort(key=centre.__getitem__)  # which is stable: the same input gives the same picture


def _places(column: Sequence[int]) -> dict[int, float]:
    """Where each vertex is, from 0 to 1, so that short and long columns compare."""
    return {vertex: (i + 0.5) / len(column) for i, vertex in enumerate(column)}


def _exchange(layers: Layers) -> None:
    place = {vertex: i for column in layers.columns for i, vertex in enumerate(column)}
    for _ in range(ROUNDS):
        has_changed = False
        for column in layers.columns:
            for i in range(len(column) - 1):
                upper, lower = column[i], column[i + 1]
                gain = 0
                for beside in (layers.left, layers.right):
                    above, below = beside[upper], beside[lower]
                    for one in above:
                        for other in below:
                            gain += (place[one] > place[other]) - (place[one] < place[other])
                if gain > 0:
                    column[i], column[i + 1] = lower, upper
                    place[upper], place[lower] = i + 1, i
                    has_changed = True
        if not has_changed:
            return
