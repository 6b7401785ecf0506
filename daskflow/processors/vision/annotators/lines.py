"""Lines, and how many have crossed them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import cv2

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.measures import line_thickness, text_scale
from daskflow.processors.vision.annotators.regions import RegionLayer
from daskflow.processors.vision.annotators.text import draw_text, text_size
from daskflow.scene import Line, LineCount


class LineAnnotator(RegionLayer):
    """Draws lines and how many have crossed them, on a copy of the frame.

    An arrow from the middle of the line points to where what goes in goes.

    Parameters
    ----------
    lines : Line or iterable of Line, optional
        To be drawn on every frame, with their names and no numbers. Those of counts need not be given.
    thickness : int, optional
        Of the lines, in pixels. If not given, it follows the size of the frame.
    text_scale : float, optional
        Of the letters, as OpenCV has it. If not given, it follows the size of the frame.
    **options
        As for `ProcessorNode`.
    """

    takes = (LineCount,)
    region = Line
    plural = "lines"
    first_colour = 4  # not that of zones

    def __init__(
        self,
        lines: Line | Iterable[Line] = (),
        thickness: int | None = None,
        text_scale: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(lines, thickness, text_scale, **options)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw the lines, then the texts over all of them."""
        counts = self.counts_in(values)
        shown = {line: line.name for line in self._given}
        shown.update({c.line: f"{c.line.name}: in {c.in_count}, out {c.out_count}" for c in counts})
        scale, thickness = text_scale(canvas, self._scale), line_thickness(canvas, self._thickness)
        for number, line in enumerate(shown):
            _draw_line(canvas, line, thickness, self.colour_of(number))
        for number, (line, text) in enumerate(shown.items()):
            place = _beside(line, _clearance(line, text_size([text], scale)) + 3 * thickness)
            colour = self.colour_of(number)
            draw_text(canvas, [text], place, scale, centred=True, background=colour)


def _draw_line(canvas: Frame, line: Line, thickness: int, colour: tuple[int, int, int]) -> None:
    start, end = _pixel(line.start), _pixel(line.end)
    cv2.line(canvas, start, end, colour, thickness, cv2.LINE_AA)
    for point in (start, end):
        cv2.circle(canvas, point, 2 * thickness, colour, -1, cv2.LINE_AA)
    length = 12 * thickness
    middle = _beside(line, 0)
    cv2.arrowedLine(
        canvas, _pixel(middle), _pixel(_beside(line, -length)), colour, thickness, cv2.LINE_AA, tipLength=0.4
    )


def _clearance(line: Line, box: tuple[int, int]) -> float:
    """How far from the line the middle of a box has to be for the box not to touch it."""
    x, y = (there - here for there, here in zip(_beside(line, 1), _beside(line, 0), strict=True))
    return (abs(x) * box[0] + abs(y) * box[1]) / 2


def _beside(line: Line, distance: float) -> tuple[float, float]:
    """The point so many pixels to the right of the line's middle, as seen from its start."""
    (x1, y1), (x2, y2) = line.start, line.end
    length = math.hypot(x2 - x1, y2 - y1)
    across = -(y2 - y1) / length, (x2 - x1) / length
    return (x1 + x2) / 2 + across[0] * distance, (y1 + y2) / 2 + across[1] * distance


def _pixel(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])
