"""Lines, and how many have crossed them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import cv2

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import (
    checked_size,
    checked_thickness,
    line_thickness,
    text_scale,
)
from daskflow.processors.vision.annotators.text import draw_text, text_size
from daskflow.processors.vision.annotators.zones import colour_of, several
from daskflow.scene import Line, LineCount
from daskflow.scene.regions import regions

_FIRST_COLOUR = 4  # not that of zones


class LineAnnotator(Layer):
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

    def __init__(
        self,
        lines: Line | Iterable[Line] = (),
        thickness: int | None = None,
        text_scale: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._lines = regions(Line, lines, "lines")
        self._thickness = checked_thickness(thickness)
        self._scale = checked_size("text_scale", text_scale)

    def process(self, frame: Frame, *counts: LineCount, ctx: Context | None = None) -> Frame:
        """Draw the lines; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        *counts : LineCount
            What the parents after the first gave, one count each or several in a list or tuple.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or one of `counts` is none.
        """
        return self.annotated(frame, counts, ctx)

    @property
    def needs_values(self) -> bool:
        """Whether it draws nothing without counts."""
        return not self._lines

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw the lines, then the texts over all of them."""
        counts = [count for value in values for count in several(value, LineCount, self)]
        shown = {line: line.name for line in self._lines}
        shown.update({c.line: f"{c.line.name}: in {c.in_count}, out {c.out_count}" for c in counts})
        scale, thickness = text_scale(canvas, self._scale), line_thickness(canvas, self._thickness)
        for number, line in enumerate(shown):
            _draw_line(canvas, line, thickness, colour_of(number, _FIRST_COLOUR))
        for number, (line, text) in enumerate(shown.items()):
            place = _beside(line, _clearance(line, text_size([text], scale)) + 3 * thickness)
            colour = colour_of(number, _FIRST_COLOUR)
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
