"""How thick a line and how large a letter is on a frame, and what of the detections is in the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.arguments import whole
from daskflow.core.frame import Frame

# supervision's advice is for one caption over the picture; a label per box, with twenty boxes, has to be
# smaller, and below 0.35 OpenCV's letters cannot be read.
_OF_THE_ADVICE = 0.7
_LEAST_SCALE = 0.35

_PALETTE = [color.as_bgr() for color in sv.ColorPalette.DEFAULT.colors]
_SMALL = 400  # pixels
_FAR = 64  # pixels outside of the frame: lines there are not seen


def checked_size(name: str, value: float | None) -> float | None:
    """Return a size that was given, or None for one that follows the frame.

    Raises
    ------
    ValueError
        It is not above 0.
    """
    if value is not None and not 0 < value < float("inf"):
        raise ValueError(f"{name} is above 0, or None to follow the frame's size, got {value}")
    return value


def checked_thickness(value: int | None) -> int | None:
    """Return the thickness of a line in pixels, or None for one that follows the frame.

    Raises
    ------
    TypeError, ValueError
        It is no whole number, or less than 1.
    """
    if value is not None and whole("thickness", value, "pixels") < 1:
        raise ValueError(f"thickness is at least 1 pixel, or None to follow the frame's size, got {value}")
    return value


def line_thickness(canvas: Frame, given: int | None) -> int:
    """The thickness of a line, in pixels: the one given, or supervision's, or 1 on small frames."""
    height, width = canvas.shape[:2]
    if min(height, width) < _SMALL:
        return given or 1
    return given or int(sv.calculate_optimal_line_thickness((width, height)))


def text_scale(canvas: Frame, given: float | None) -> float:
    """The scale of OpenCV's letters: the one given, or one for labels on this size of frame."""
    height, width = canvas.shape[:2]
    advised = float(sv.calculate_optimal_text_scale((width, height)))
    return given or max(_LEAST_SCALE, _OF_THE_ADVICE * advised)


def text_thickness(scale: float) -> int:
    """The thickness of the lines that letters of a scale are made of, in pixels."""
    return max(1, round(scale * 1.8))


def in_picture(detections: sv.Detections, canvas: Frame) -> sv.Detections:
    """Those detections of which something is in the frame, with boxes that end not far outside of it.

    OpenCV fails on numbers that are no 32-bit integers, and a label of something outside would be drawn
    inside.
    """
    if not len(detections):
        return detections
    height, width = canvas.shape[:2]
    boxes = np.asarray(detections.xyxy)
    with np.errstate(invalid="ignore"):
        inside = (boxes[:, :2] < (width, height)).all(axis=1) & (boxes[:, 2:] > 0).all(axis=1)
    inside &= np.isfinite(boxes).all(axis=1)
    if not inside.all():
        detections = detections[inside]
    kept = np.clip(detections.xyxy, -_FAR, (width + _FAR, height + _FAR) * 2)
    if (kept != detections.xyxy).any():
        detections = detections[:]  # the input is not to be changed
        detections.xyxy = kept
    return detections


def colours_of(detections: sv.Detections) -> np.ndarray[Any, np.dtype[np.int_]]:
    """For each detection its place in the palette: by track, or else by class."""
    for numbers in (detections.tracker_id, detections.class_id):
        if numbers is not None:
            return np.asarray(numbers, dtype=int)
    return np.zeros(len(detections), dtype=int)


def palette_colour(place: int) -> tuple[int, int, int]:
    """The colour at a place of supervision's palette, which begins anew after its last: blue, green, red."""
    blue, green, red = _PALETTE[place % len(_PALETTE)]
    return blue, green, red
