"""Where the labels of lines go, so that they cover nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from daskflow.diagram.curves import smooth
from daskflow.diagram.figure import Curve, Panel, Words
from daskflow.diagram.wrapping import width_of

CELL = 4.0
"""Of the grid on which it is noted what is taken, in pixels."""

Cell = tuple[int, int]


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
        for panel in panels:
            self._taken.update(_cells(panel.x, panel.y, panel.width, panel.height))
        for curve in curves:
            self._taken.update(_cells_along(curve))

    def beside(self, curve: Curve, text: str) -> list[Words]:
        """The label, or nothing where there is no room for it."""
        if not text:
            return []
        width, height = width_of(text) * self._em * self._size, 0.75 * self._size
        for x, y in self._places(curve, width, height):
            cells = set(_cells(x, y, width, height))
            if not cells & self._taken:
                self._taken |= cells
                return [Words(text, x, y + height, self._size, width, opacity=0.8)]
        return []

    def _places(self, curve: Curve, width: float, height: float) -> Iterator[tuple[float, float]]:
        """Corners of places beside the curve, the best first."""
        half = curve.width / 2 + CELL
        for (x0, y0), (x1, y1) in pairwise(curve.route):
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            if y0 == y1:
                yield x - width / 2, y - half - height
                yield x - width / 2, y + half
            else:
                for at in (y, y + (y1 - y0) / 4, y - (y1 - y0) / 4):
                    for gap in (half, 2 * half, 3 * half):
                        yield x + gap, at - height / 2
                        yield x - gap - width, at - height / 2


def _cells(x: float, y: float, width: float, height: float) -> Iterator[Cell]:
    for i in range(int(x // CELL), int((x + width) // CELL) + 1):
        for j in range(int(y // CELL), int((y + height) // CELL) + 1):
            yield i, j


def _cells_along(curve: Curve) -> Iterator[Cell]:
    for (x0, y0), (x1, y1) in pairwise(smooth(curve.route, 12)):
        steps = int(max(abs(x1 - x0), abs(y1 - y0)) // CELL) + 1
        for i in range(steps + 1):
            x, y = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
            yield int(x // CELL), int(y // CELL)
