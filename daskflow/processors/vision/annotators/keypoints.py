"""Skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import checked_thickness, line_thickness

_EDGE, _POINT = sv.Color.from_hex("#00C4FF"), sv.Color.from_hex("#FFB633")

_KNOWN = {17, 21, 33, 468, 478}
"""For so many points supervision knows the bones: COCO's body, hand, MediaPipe's body and faces."""


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
        Of the bones, in pixels. If not given, it follows the size of the frame. A point is twice as wide.
    **options
        As for `ProcessorNode`.
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
            shown = self._shown(value, canvas)
            if not len(shown):
                continue
            if self._skeleton is not None or shown.xy.shape[1] in _KNOWN:
                bones = sv.EdgeAnnotator(color=_EDGE, thickness=thickness, edges=self._skeleton)
                bones.annotate(canvas, shown)
            sv.VertexAnnotator(color=_POINT, radius=thickness + 1).annotate(canvas, shown)

    def _shown(self, points: sv.KeyPoints, canvas: Frame) -> sv.KeyPoints:
        """The same with the points that are not to be seen at 0, 0, where supervision draws none."""
        xy = np.nan_to_num(np.asarray(points.xy, np.float32)[..., :2], nan=0, posinf=0, neginf=0)
        size = max(canvas.shape)
        xy[(np.abs(xy) > 10 * size).any(axis=-1)] = 0
        known = hasattr(points, "keypoint_confidence")  # its name since supervision 0.29
        confidence = points.keypoint_confidence if known else points.confidence
        if confidence is not None:
            xy[np.asarray(confidence) < self._min_confidence] = 0
        if getattr(points, "visible", None) is not None:  # supervision 0.27 and later
            xy[~np.asarray(points.visible)] = 0
        return sv.KeyPoints(xy=xy)


def _bone(value: Any) -> tuple[int, int]:
    try:
        one, other = (int(point) for point in value)
    except (TypeError, ValueError):
        raise ValueError(f"a bone is a pair of numbers of points, got {value!r}") from None
    if min(one, other) < 1:
        raise ValueError(f"the points of a skeleton are counted from 1, got {value!r}")
    return one, other
