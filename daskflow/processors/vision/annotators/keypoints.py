"""Skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import supervision as sv
from supervision.key_points.skeletons import SKELETONS_BY_VERTEX_COUNT

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import checked_thickness, line_thickness

_EDGE, _POINT = (255, 196, 0), (51, 182, 255)  # BGR


class KeypointAnnotator(Layer):
    """Draws the points of each body and the bones between them, on a copy of the frame.

    Parameters
    ----------
    skeleton : sequence of pairs of int, optional
        Which points a bone goes between, counted from 1, as in supervision and in COCO. If not given, the
        one that supervision has for so many points: 17 are a body as in COCO; others get points alone.
    min_confidence : float, default 0.3
        Points below it are not drawn, nor the bones to them.
    thickness : int, optional
        Of the bones, in pixels. If not given, it follows the size of the frame. A point is thicker.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.
    """

    takes = (sv.KeyPoints,)

    def __init__(
        self,
        skeleton: Sequence[tuple[int, int]] | None = None,
        min_confidence: float = 0.3,
        thickness: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not 0 <= min_confidence <= 1:
            raise ValueError(f"min_confidence is from 0 to 1, got {min_confidence}")
        if skeleton is not None:
            skeleton = [_bone(bone) for bone in skeleton]
        self._skeleton = skeleton
        self._min_confidence = min_confidence
        self._thickness = checked_thickness(thickness)

    def process(self, frame: Frame, key_points: sv.KeyPoints, ctx: Context | None = None) -> Frame:
        """Draw `key_points`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        key_points : supervision.KeyPoints
            ``xy`` float32, n × points × 2, in pixels of `frame`; a point at 0, 0 or at no finite place is
            not there. ``keypoint_confidence`` float32, n × points, or None.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, `key_points` are no `supervision.KeyPoints`, or the skeleton has points
            that they have not.
        """
        return self.annotated(frame, (key_points,), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw bones, and points over them."""
        thickness = line_thickness(canvas, self._thickness)
        for value in values:
            if not isinstance(value, sv.KeyPoints):
                raise TypeError(
                    f"{self!r} takes supervision.KeyPoints; got {type(value).__name__}: "
                    "check the order of its parents"
                )
            bones = self._skeleton or SKELETONS_BY_VERTEX_COUNT.get(value.xy.shape[1], ())
            if bones and max(map(max, bones)) > value.xy.shape[1]:
                raise ValueError(
                    f"{self!r} has a skeleton of {max(map(max, bones))} points and more; "
                    f"these key points are {value.xy.shape[1]} each"
                )
            # Not supervision's annotators: with 20 bodies on a 1080p frame they take 40 ms, this 5.
            for xy, seen in zip(*self._placed(value, canvas), strict=True):
                shown = [(one - 1, other - 1) for one, other in bones if seen[one - 1] and seen[other - 1]]
                if shown:
                    cv2.polylines(canvas, list(xy[np.array(shown)]), False, _EDGE, thickness, cv2.LINE_AA)
                for point in xy[seen]:
                    cv2.circle(canvas, point.tolist(), thickness + 1, _POINT, -1, cv2.LINE_AA)

    def _placed(self, points: sv.KeyPoints, canvas: Frame) -> tuple[Any, Any]:
        """The points of each body as int32, n × points × 2, and which of them are to be seen, n × points."""
        xy = np.asarray(points.xy, np.float32)[..., :2]
        seen = np.isfinite(xy).all(axis=-1) & xy.any(axis=-1)
        seen &= (np.abs(xy) < 10 * max(canvas.shape)).all(axis=-1)  # OpenCV fails on what is no int32
        known = hasattr(points, "keypoint_confidence")  # its name since supervision 0.29
        confidence = points.keypoint_confidence if known else points.confidence
        if confidence is not None:
            seen &= np.asarray(confidence) >= self._min_confidence
        if getattr(points, "visible", None) is not None:  # since supervision 0.27
            seen &= np.asarray(points.visible, bool)
        return np.where(seen[..., None], xy, 0).round().astype(np.int32), seen


def _bone(value: Any) -> tuple[int, int]:
    try:
        one, other = (int(point) for point in value)
    except (TypeError, ValueError):
        raise ValueError(f"a bone is a pair of numbers of points, got {value!r}") from None
    if min(one, other) < 1:
        raise ValueError(f"the points of a skeleton are counted from 1, got {value!r}")
    return one, other
