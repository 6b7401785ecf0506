"""Where the labels of lines go, so that they cover nothing and it is clear whose they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, product

from daskflow.diagram.curves import smooth
from daskflow.diagram.figure import Curve, Panel, Words
from daskflow.diagram.wrapping import width_of

CELL = 4.0
"""Of the grid on which it is noted what is taken, in pixels."""

STEPS = 12
"""Of how many straight pieces a rise is, of which the middle ones have places beside them."""

Cell = tuple[int, int]
Place = tuple[float, float]


class Labels:
    """Finds free places beside lines.

    Parameters
    ----------
    panels, curves : sequence
        What must stay free of labels.
    size : float
        Of the text, in pixels.
    em : float
        Width of a character in its size.
    """

    def __init__(self, panels: Sequence[Panel], curves: Sequence[Curve], size: float, em: float) -> None:
        self._size, self._em = size, em
        self._taken: set[Cell] = set()
        self._lines: dict[Cell, set[int]] = {}
        for panel in panels:
            self._taken.update(_cells_around(panel))
        for curve in curves:
            for cell in _cells_along(curve.route):
                self._taken.add(cell)
                self._lines.setdefault(cell, set()).add(id(curve))

    def beside(self, curve: Curve, text: str) -> list[Words]:
        """The label, or nothing where there is no room for it."""
        if not text:
            return []
        width, height = width_of(text) * self._em * self._size, 0.75 * self._size
        for (x, y), near in self._places(curve, width, height):
            cells = set(_cells(x, y, width, height))
            if not cells & self._taken and self._is_next_to(curve, (x, y), near, width, height):
                self._taken |= cells
                return [Words(text, x, y + height, self._size, width, opacity=0.8)]
        return []

    def _places(self, curve: Curve, width: float, height: float) -> Iterator[tuple[Place, Place]]:
        """Corners of places, the best first, and for each the point of the curve that it is beside."""
        half = curve.width / 2 + CELL
        for start, end in pairwise(curve.route):
            if start[1] == end[1]:
                x, y = (start[0] + end[0]) / 2, start[1]
                yield (x - width / 2, y - half - height), (x, y)
                yield (x - width / 2, y + half), (x, y)
                continue
            rise = smooth((start, end), STEPS)
            for i in sorted(range(3, STEPS - 2), key=lambda i: abs(i - STEPS / 2)):
                x, y = rise[i]
                for gap in (half, 1.5 * half):
                    yield (x + gap, y - height / 2), (x, y)
                    yield (x - gap - width, y - height / 2), (x, y)

    def _is_next_to(self, curve: Curve, place: Place, near: Place, width: float, height: float) -> bool:
        """Whether no other line runs between the label and its own."""
        x = min(max(near[0], place[0]), place[0] + width)
        y = min(max(near[1], place[1]), place[1] + height)
        left, top = min(x, near[0]), min(y, near[1])
        between = _cells(left, top, abs(x - near[0]), abs(y - near[1]))
        return all(self._lines.get(cell, set()) <= {id(curve)} for cell in between)


def _cells(x: float, y: float, width: float, height: float) -> Iterator[Cell]:
    rows = range(int(y // CELL), int((y + height) // CELL) + 1)
    return product(range(int(x // CELL), int((x + width) // CELL) + 1), rows)


def _cells_around(panel: Panel) -> Iterator[Cell]:
    """Its edges do: what is beside a line is not all inside of a panel."""
    for x in (panel.x, panel.x + panel.width):
        yield from _cells(x, panel.y, 0.0, panel.height)
    for y in (panel.y, panel.y + panel.height):
        yield from _cells(panel.x, y, panel.width, 0.0)


@lru_cache(maxsize=256)  # routes stay where they are while a flow is shown
def _cells_along(route: tuple[Place, ...]) -> frozenset[Cell]:
    cells: set[Cell] = set()
    for start, end in pairwise(route):
        if start[1] == end[1]:
            cells.update(_cells(start[0], start[1], end[0] - start[0], 0.0))
            continue
        for (x0, y0), (x1, y1) in pairwise(smooth((start, end), STEPS)):
            steps = int(max(x1 - x0, abs(y1 - y0)) // CELL) + 1
            for i in range(steps + 1):
                x, y = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
                cells.add((int(x // CELL), int(y // CELL)))
    return frozenset(cells)
