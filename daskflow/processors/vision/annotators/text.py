"""Lines of text that stay inside the frame."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.measures import text_thickness

Colour = tuple[int, int, int]
"""Blue, green, red, from 0 to 255."""

WHITE: Colour = (255, 255, 255)
DARK: Colour = (32, 32, 32)

_BRIGHT = 140
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_text(
    canvas: Frame,
    lines: Sequence[str],
    anchor: tuple[float, float],
    scale: float,
    *,
    above: bool = False,
    centred: bool = False,
    background: Colour = DARK,
    opacity: float = 1.0,
) -> None:
    """Write lines in a box of their own, moved, and if need be made smaller, so that all of it is seen.

    Parameters
    ----------
    canvas : numpy.ndarray
        uint8, height × width × 3 (BGR); drawn on.
    lines : sequence of str
        From top to bottom.
    anchor : tuple of two floats
        x and y in pixels of the box's left upper corner; with `above` of its left lower corner; with
        `centred` of its middle.
    scale : float
        Of OpenCV's letters.
    above, centred : bool, default False
        What `anchor` is.
    background : tuple of three ints
        Colour of the box, BGR.
    opacity : float, default 1
        Of the box, from 0 to 1.
    """
    height, width = canvas.shape[:2]
    box_width, box_height, line_height, padding = _measured(lines, scale)
    fits = min(1.0, width / box_width, height / box_height)
    if fits < 1:
        scale *= fits
        box_width, box_height, line_height, padding = _measured(lines, scale)
    left, top = anchor
    if centred:
        left, top = left - box_width / 2, top - box_height / 2
    elif above:
        top -= box_height
    x = int(np.clip(left, 0, max(0, width - box_width)))
    y = int(np.clip(top, 0, max(0, height - box_height)))
    box = canvas[y : y + box_height, x : x + box_width]
    if opacity < 1:
        cv2.addWeighted(box, 1 - opacity, np.full_like(box, background), opacity, 0, dst=box)
    else:
        box[:] = background
    colour = _readable_on(background)
    for number, line in enumerate(lines):
        baseline = y + padding + line_height * (number + 1) - padding // 2
        cv2.putText(
            canvas, line, (x + padding, baseline), _FONT, scale, colour, text_thickness(scale), cv2.LINE_AA
        )


def text_size(lines: Sequence[str], scale: float) -> tuple[int, int]:
    """Width and height of the box that lines of text have, in pixels."""
    return _measured(lines, scale)[:2]


def _readable_on(background: Colour) -> Colour:
    blue, green, red = background
    luma = 0.114 * blue + 0.587 * green + 0.299 * red  # ITU-R BT.601
    return WHITE if luma < _BRIGHT else DARK


def _measured(lines: Sequence[str], scale: float) -> tuple[int, int, int, int]:
    """Width and height of the box, height of a line, and padding, in pixels."""
    sizes = [cv2.getTextSize(line, _FONT, scale, text_thickness(scale)) for line in lines]
    padding = max(2, round(10 * scale))
    line_height = max((height + below for (_, height), below in sizes), default=0) + padding // 2
    return (
        max((width for (width, _), _ in sizes), default=0) + 2 * padding,
        line_height * len(lines) + 2 * padding - padding // 2,
        line_height,
        padding,
    )
