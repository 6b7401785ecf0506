"""Boxes around what moves before a camera that does not."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import supervision as sv

from daskflow.core.constants import CPU
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import OneTaskProcessorNode

# Frames are reduced to so many lines: as accurate (on vtest.avi), faster, and the sizes below fit any camera.
_LINES = 400
_SPECKLE = (3, 3)  # width, height of foreground too small to be anything
_GAP = (5, 13)  # upright: head and legs come apart, while people walk side by side

_FOREGROUND = 255  # in OpenCV's mask; shadows are 127


class MotionDetector(OneTaskProcessorNode):
    """Finds moving things by subtracting a background that it learns from the frames (MOG2).

    Parameters
    ----------
    history : int, default 500
        How many frames the background remembers. Longer keeps in view who stands still for a while, shorter
        gets used sooner to a change of light.
    var_threshold : float, default 16
        Squared distance from the background, in standard deviations, from which a pixel is foreground.
    min_area, max_area : float, default 0.0012 and 0.25
        Least and greatest area of a box, as a fraction of the frame: the smaller is noise, the larger a
        change of light. Of a 768×576 frame the least is 531 pixels, as of a person 15 wide and 35 high.
    warm_up_frames : int, default 15
        So many frames only teach the background, at the start and after a change of resolution.
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.

    Notes
    -----
    Things that touch or cover each other are one box. On the OpenCV sample ``vtest.avi`` the defaults find
    nine of ten people of the published detections (IoU 0.3), with one spurious box in fifteen.
    """

    devices = (CPU,)

    def __init__(
        self,
        history: int = 500,
        var_threshold: float = 16,
        min_area: float = 0.0012,
        max_area: float = 0.25,
        warm_up_frames: int = 15,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if history < 1:
            raise ValueError(f"history is at least 1 frame, got {history}")
        if not 0 <= min_area <= max_area <= 1:
            raise ValueError(
                "min_area and max_area are fractions of the frame, 0 <= min_area <= max_area <= 1, "
                f"got {min_area} and {max_area}"
            )
        self._history = history
        self._var_threshold = var_threshold
        self._min_area = min_area
        self._max_area = max_area
        self._warm_up_frames = warm_up_frames
        self._background: cv2.BackgroundSubtractorMOG2 | None = None  # cannot be pickled: made in the worker
        self._shape: tuple[int, ...] = ()
        self._seen = 0

    def open(self) -> None:
        """Start with an unknown background; runs in the task's worker."""
        self._learn_anew(())

    def process(self, frame: Frame) -> sv.Detections:
        """Find what moves in `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR), or height × width (grey). It is not changed.

        Returns
        -------
        supervision.Detections
            ``xyxy`` float32, n × 4, pixels of `frame`: left, top, right, bottom, the last two exclusive;
            ``confidence`` float32, n: the part of the box that is foreground; ``class_id`` all 0. Empty
            while the background is learnt.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        """
        frame = checked_frame(frame, self, grey=True)
        if frame.shape != self._shape:
            self._learn_anew(frame.shape)
        height, width = frame.shape[:2]
        small = _reduced(frame)
        assert self._background is not None
        mask = _cleaned(self._background.apply(small))
        self._seen += 1
        if self._seen <= self._warm_up_frames:
            return sv.Detections.empty()
        scale = np.array([width / small.shape[1], height / small.shape[0]] * 2)
        return self._boxes(mask, scale)

    def close(self) -> None:
        """Forget the background; runs in the task's worker."""
        self._background = None

    def _learn_anew(self, shape: tuple[int, ...]) -> None:
        self._background = cv2.createBackgroundSubtractorMOG2(
            history=self._history, varThreshold=self._var_threshold, detectShadows=True
        )
        self._shape = shape
        self._seen = 0

    def _boxes(self, mask: cv2.typing.MatLike, scale: np.ndarray[Any, Any]) -> sv.Detections:
        pieces = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]  # 0 is the background
        left, top, width, height, pixels = pieces.T
        part = width * height / mask.size
        kept = (part >= self._min_area) & (part <= self._max_area)
        if not kept.any():
            return sv.Detections.empty()
        xyxy = np.stack([left, top, left + width, top + height], axis=1)[kept] * scale
        return sv.Detections(
            xyxy=xyxy.astype(np.float32),
            confidence=(pixels / (width * height))[kept].astype(np.float32),
            class_id=np.zeros(len(xyxy), dtype=int),
        )


def _reduced(frame: Frame) -> cv2.typing.MatLike:
    height, width = frame.shape[:2]
    if height <= _LINES:
        return frame
    size = (max(1, round(width * _LINES / height)), _LINES)
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)


def _cleaned(mask: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """Foreground without shadows and speckles, and with pieces of one thing joined."""
    certain = cv2.threshold(mask, _FOREGROUND - 1, _FOREGROUND, cv2.THRESH_BINARY)[1]
    speckle = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, _SPECKLE)
    gap = cv2.getStructuringElement(cv2.MORPH_RECT, _GAP)
    return cv2.morphologyEx(cv2.morphologyEx(certain, cv2.MORPH_OPEN, speckle), cv2.MORPH_CLOSE, gap)
