"""Where there is room for what the edges of a graph say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from daskflow.diagram.layout import Edge, Point

CLOSEST = 0.085
"""How far apart lines of text are that can be read, in rows of the graph."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place at an end of an edge.

    Attributes
    ----------
    point : (float, float)
        The end, in columns and rows.
    is_at_source : bool
        Whether it is the edge's beginning.
    is_alone : bool
        Whether no other edge meets that side of the box: there is room above and below the line.
    """

    point: Point
    is_at_source: bool
    is_alone: bool


def label_places(routes: Mapping[Edge, Sequence[Point]]) -> dict[Edge, Place]:
    """Before the target of each edge or, where many end there, behind its source.

    Where many begin there too, the edge has none.
    """
    places: dict[Edge, Place] = {}
    for is_at_source in (False, True):
        sides: dict[str, dict[Edge, Point]] = {}
        for edge, route in routes.items():
            box, point = (edge[0], route[0]) if is_at_source else (edge[1], route[-1])
            sides.setdefault(box, {})[edge] = point
        for side in sides.values():
            rows = sorted(row for _, row in side.values())
            if all(below - above >= CLOSEST for above, below in pairwise(rows)):
                for edge, point in side.items():
                    places.setdefault(edge, Place(point, is_at_source, len(side) == 1))
    return places
