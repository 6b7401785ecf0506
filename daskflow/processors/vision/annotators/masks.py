"""Areas of detections, in colour."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import supervision as sv

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import colours_of, palette_colour
from daskflow.scene import checked_detections


class MaskAnnotator(Layer):
    """Lays a colour over the mask of each detection, on a copy of the frame.

    Parameters
    ----------
    opacity : float, default 0.5
        Of the colour, above 0 and up to 1.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        `opacity` is no number, or out of its range.
    """

    takes = (sv.Detections,)

    def __init__(self, opacity: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        if not 0 < opacity <= 1:
            raise ValueError(f"opacity is above 0 and at most 1, got {opacity}")
        self._opacity = opacity

    def process(self, frame: Frame, detections: sv.Detections, ctx: Context | None = None) -> Frame:
        """Colour the masks; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        detections : supervision.Detections
            ``mask`` bool, n × height × width. May be empty.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or `detections` are no `supervision.Detections`, or have no masks or
            such of another size.
        """
        return self.annotated(frame, (detections,), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Colour the masks."""
        for value in values:
            detections = with_masks(value, canvas, self)
            if len(detections):
                self._colour(canvas, detections)

    def _colour(self, canvas: Frame, detections: sv.Detections) -> None:
        # Not supervision's annotator: with 20 masks of 1920×1080 it takes 120 ms, this 20. As there, the
        # largest comes first, and where masks cover each other the colour is that of the last one.
        masks = np.asarray(detections.mask, bool)
        rectangles = np.array([mask_rectangle(mask) for mask in masks])
        colours = colours_of(detections)
        x, y = rectangles[:, :2].min(axis=0)
        x2, y2 = (rectangles[:, :2] + rectangles[:, 2:]).max(axis=0)
        part = canvas[y:y2, x:x2]
        if not part.size:
            return
        coloured = part.copy()
        for i in np.argsort(-rectangles[:, 2] * rectangles[:, 3], kind="stable"):
            left, top, width, height = rectangles[i]
            inside = masks[i, top : top + height, left : left + width, None]
            colour = palette_colour(int(colours[i]))
            there = coloured[top - y : top - y + height, left - x : left - x + width]
            np.copyto(there, np.array(colour, np.uint8), where=inside)
        part[:] = cv2.addWeighted(coloured, self._opacity, part, 1 - self._opacity, 0)


def mask_rectangle(mask: Any) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is True in a mask; all 0 where nothing is."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask, bool).view(np.uint8))
    return left, top, width, height


def with_masks(value: Any, canvas: Frame, reader: object) -> sv.Detections:
    """Return `value`, known to be detections of which each has a mask of the frame's size.

    Raises
    ------
    TypeError
        It is no `supervision.Detections`.
    ValueError
        There are no masks, or of another size.
    """
    detections = checked_detections(value, reader)
    if not len(detections):
        return detections
    if detections.mask is None:
        raise ValueError(f"{reader!r} takes detections with masks, as of a segmenter; these have boxes only")
    if tuple(detections.mask.shape[1:]) != canvas.shape[:2]:
        raise ValueError(
            f"{reader!r} takes masks of the frame's size, {canvas.shape[0]}×{canvas.shape[1]}; "
            f"got {'×'.join(map(str, detections.mask.shape[1:]))}"
        )
    return detections
