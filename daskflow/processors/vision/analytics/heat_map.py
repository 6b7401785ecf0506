"""Where things are most of the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from daskflow.core.arguments import whole
from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import OneTaskProcessorNode
from daskflow.processors.vision.analytics.anchors import FEET, checked_anchor
from daskflow.processors.vision.analytics.presence import checked_seconds, time_of
from daskflow.scene import checked_detections

_FAR = 1_000_000  # pixels


class HeatMap(OneTaskProcessorNode):
    """Adds up where detections are, as `supervision.HeatMapAnnotator` does: each is a disc of 1.

    Its parents are one that gives detections and, unless `shape` is given, after it one that gives the
    frames.

    Parameters
    ----------
    shape : tuple of two ints, optional
        Height and width of the map in pixels. If not given, those of the frame.
    radius : int, default 40
        Of the disc, in pixels.
    anchor : str, default "bottom_center"
        Which point of a box is its centre.
    half_life_s : float, optional
        After how many seconds of the event time the heat of a place is half of what it was. If not given, it
        stays.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        A shape or a number is none.

    Notes
    -----
    A frame adds at most 1 to a pixel, however many discs meet there. Frames of another shape begin a new
    map.
    """

    devices = (CPU,)

    def __init__(
        self,
        shape: tuple[int, int] | None = None,
        *,
        radius: int = 40,
        anchor: str | sv.Position = FEET,
        half_life_s: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if shape is not None and not _is_shape(shape):
            raise ValueError(f"shape is height and width in pixels, got {shape!r}")
        if whole("radius", radius, "pixels") < 0:
            raise ValueError(f"radius is at least 0 pixels, got {radius}")
        if half_life_s is not None and checked_seconds("half_life_s", half_life_s) == 0:
            raise ValueError("half_life_s is above 0 seconds, got 0")
        self._shape = None if shape is None else (shape[0], shape[1])
        self._radius = int(radius)
        self._anchor = checked_anchor(anchor)
        self._half_life_s = half_life_s
        self._heat: NDArray[np.float32] | None = None
        self._time_s: float | None = None

    def open(self) -> None:
        """Start cold; runs in the task's worker."""
        self._heat = self._time_s = None

    def process(
        self, detections: sv.Detections, frame: Frame | None = None, *, ctx: Context
    ) -> NDArray[np.float32]:
        """Add the detections of one frame; runs in the task's worker.

        Parameters
        ----------
        detections : supervision.Detections
            ``xyxy`` in pixels of the frame.
        frame : numpy.ndarray, optional
            uint8, height × width × 3 (BGR) or height × width (grey). Its shape alone matters.

        Returns
        -------
        numpy.ndarray
            float32, height × width, at least 0: on how many frames something was there.

        Raises
        ------
        TypeError, ValueError
            An input is none of that kind, there is neither a frame nor a shape, or the map is to fade and
            the message has no time.
        """
        checked_detections(detections, self)
        heat = self._faded(self._shape_for(frame), ctx)
        disc = np.zeros(heat.shape, np.uint8)
        if len(detections):  # none have no masks, which an anchor may be of
            for x, y in _pixels(detections.get_anchors_coordinates(self._anchor)):
                cv2.circle(disc, (x, y), self._radius, 1, cv2.FILLED)
        self._heat = cv2.add(heat, disc, dst=heat, dtype=cv2.CV_32F)  # type: ignore[assignment]
        result: NDArray[np.float32] = ctx.empty(heat.shape, np.float32)
        np.copyto(result, heat)
        return result

    def _shape_for(self, frame: Frame | None) -> tuple[int, int]:
        if self._shape is not None:
            return self._shape
        if frame is None:
            raise ValueError(f"{self!r} needs the frames as its second parent, or shape=(height, width)")
        height, width = checked_frame(frame, self, grey=True).shape[:2]
        return height, width

    def _faded(self, shape: tuple[int, int], ctx: Context) -> NDArray[np.float32]:
        if self._heat is None or self._heat.shape != shape:
            self._heat, self._time_s = np.zeros(shape, np.float32), None
        if self._half_life_s is not None:
            now_s = time_of(ctx, self)
            if self._time_s is not None and now_s > self._time_s:
                self._heat *= np.float32(0.5 ** ((now_s - self._time_s) / self._half_life_s))
            self._time_s = now_s
        return self._heat

    def snapshot(self) -> Any:
        """The map and its time; runs in the task's worker."""
        return self._heat, self._time_s

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        heat, self._time_s = state
        self._heat = None if heat is None else np.array(heat)

    def close(self) -> None:
        """Forget the map; runs in the task's worker."""
        self._heat = None


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and len(value) == 2
        and min(whole("shape", side, "pixels") for side in value) > 0
    )


def _pixels(points: NDArray[Any]) -> list[list[int]]:
    """Whole ones, as supervision cuts them, and near enough for OpenCV's integers."""
    pixels: list[list[int]] = np.clip(points, -_FAR, _FAR).astype(int).tolist()
    return pixels
