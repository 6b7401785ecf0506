"""From the units of a layout to pixels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from daskflow.diagram.boxes import name_lines, word_lines
from daskflow.diagram.content import Diagram
from daskflow.diagram.layout import BOX_HEIGHT, BOX_WIDTH, Layout, Point
from daskflow.diagram.style import (
    BAR_HEIGHT,
    CHANNEL,
    CHANNEL_EDGE,
    EM,
    MARGIN,
    NAME_LEADING,
    NAME_SIZE,
    PADDING,
    PADDING_ABOVE,
    SMALL_LEADING,
    SMALL_SIZE,
    WIDEST_CHANNEL,
)
from daskflow.diagram.wrapping import width_of


@dataclass(frozen=True, slots=True)
class Scale:
    """From columns and rows to pixels.

    Attributes
    ----------
    left, width : list of float
        Of the boxes of each column.
    top : float
        Of a box in row 0.
    box_height : float
        Of all boxes.
    """

    left: list[float]
    width: list[float]
    top: float
    box_height: float

    def point(self, place: Point) -> Point:
        """Where a point of a layout is."""
        column = round(place[0])
        share = (place[0] - column) / BOX_WIDTH + 0.5
        return self.left[column] + share * self.width[column], self.row(place[1])

    def row(self, row: float) -> float:
        """Where the middle of a row is."""
        return self.top + row * self.box_height / BOX_HEIGHT + self.box_height / 2


def scale_of(diagram: Diagram, laid: Layout, *, top: float) -> Scale:
    """Each column as wide as its widest text, all boxes as high as the highest, the uppermost at `top`."""
    width = [0.0] * laid.columns
    lines = 0.0
    for box in diagram.boxes:
        column = int(laid.positions[box.name][0])
        name, words = name_lines(box), word_lines(box)
        text = [width_of(line) * EM * NAME_SIZE for line in name]
        text += [width_of(line) * EM * SMALL_SIZE for line in words]
        width[column] = max(width[column], max(text) + 2 * PADDING)
        own = len(name) * NAME_LEADING + len(words) * SMALL_LEADING
        lines = max(lines, own + (BAR_HEIGHT + 6 if box.shares else 0))
    rising = [0] * max(laid.columns, 1)
    for route in laid.routes.values():
        for (x0, y0), (_, y1) in pairwise(route):
            if y0 != y1:
                rising[round(x0)] += 1
    left, x = [], MARGIN
    for column in range(laid.columns):
        left.append(x)
        x += width[column] + min(WIDEST_CHANNEL, CHANNEL + CHANNEL_EDGE * rising[column])
    height = lines + 2 * PADDING_ABOVE
    # a line along the top needs less than a box would
    free = min([height / 2 - 6, *(row * height / BOX_HEIGHT for _, row in laid.positions.values())])
    return Scale(left, width, top - free, height)
