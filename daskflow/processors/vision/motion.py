"""Boxes around what moves before a camera that does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
import supervision as sv

from daskflow.core.arguments import whole
from daskflow.core.constants import CPU
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import OneTaskProcessorNode
from daskflow.scene import Zone
from daskflow.scene.regions import regions

# Frames are reduced to so many lines: as accurate (on vtest.avi), faster, and the sizes below fit any camera.
_LINES = 400
_SPECKLE = (3, 3)  # width, height of foreground too small to be anything
_GAP = (5, 13)  # upright: head and legs come apart, while people walk side by side

_FOREGROUND = 255  # in OpenCV's mask; shadows are 127

_ALGORITHMS = ("mog2", "knn")

Size = tuple[int, int]
"""Width and height in pixels."""


class MotionDetector(OneTaskProcessorNode):
    """Finds moving things by subtracting a background that it learns from the frames; OpenCV's MOG2 or KNN.

    Parameters
    ----------
    history : int, default 500
        How many frames the background remembers. Longer keeps in view who stands still for a while, shorter
        gets used sooner to a change of light.
    var_threshold : float, default 16
        For MOG2: squared distance from the background, in standard deviations, from which a pixel is
        foreground.
    min_area, max_area : float, default 0.0012 and 0.25
        Least and greatest area of a box, as a fraction of the frame: the smaller is noise, the larger a
        change of light. Of a 768×576 frame the least is 531 pixels, as of a person 15 wide and 35 high.
    warm_up_frames : int, default 15
        So many frames only teach the background, at the start and after a change of resolution.
    algorithm : {"mog2", "knn"}, default "mog2"
        A mixture of Gaussians for each pixel, or its nearest neighbours among earlier values, which suits
        scenes where little moves.
    dist2_threshold : float, default 400
        For KNN: squared distance of grey levels up to which an earlier value is a neighbour.
    detect_shadows : bool, default True
        Whether what is darker and of the same colour is no part of a thing.
    lines : int or None, default 400
        A frame with more is reduced to so many first; None for never.
    opening : tuple of two ints or None, default (3, 3)
        Foreground that is not as wide and as high as this, in pixels of the reduced frame, is taken away
        (an ellipse); None for nothing.
    closing : tuple of two ints or None, default (5, 13)
        Gaps narrower and lower than this are filled (a rectangle); None for none.
    ignore : Zone or iterable of Zone, optional
        Parts of the frame, in its pixels, where nothing moves whatever does, such as a tree or a clock.
    device_type, name, queue_size
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

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
        *,
        algorithm: str = "mog2",
        dist2_threshold: float = 400,
        detect_shadows: bool = True,
        lines: int | None = _LINES,
        opening: Size | None = _SPECKLE,
        closing: Size | None = _GAP,
        ignore: Zone | Iterable[Zone] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if whole("history", history, "frames") < 1:
            raise ValueError(f"history is at least 1 frame, got {history}")
        if not 0 <= min_area <= max_area <= 1:
            raise ValueError(
                "min_area and max_area are fractions of the frame, 0 <= min_area <= max_area <= 1, "
                f"got {min_area} and {max_area}"
            )
        if str(algorithm).lower() not in _ALGORITHMS:
            raise ValueError(f"algorithm is {' or '.join(_ALGORITHMS)}, got {algorithm!r}")
        if min(var_threshold, dist2_threshold) <= 0:
            raise ValueError(f"thresholds are above 0, got {var_threshold} and {dist2_threshold}")
        if lines is not None and whole("lines", lines, "lines") < 1:
            raise ValueError(f"lines is at least 1, or None, got {lines}")
        self._history = history
        self._is_knn = algorithm.lower() == "knn"
        self._threshold = dist2_threshold if self._is_knn else var_threshold
        self._detect_shadows = bool(detect_shadows)
        self._min_area = min_area
        self._max_area = max_area
        self._warm_up_frames = whole("warm_up_frames", warm_up_frames, "frames")
        self._lines = lines
        self._opening = _checked_size("opening", opening)
        self._closing = _checked_size("closing", closing)
        self._ignored_zones = [np.array(zone.corners) for zone in regions(Zone, ignore, "ignored zones")]
        self._ignored: np.ndarray[Any, np.dtype[np.bool_]] | None = None
        self._background: Any = None  # cannot be pickled: made in the worker
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
        small = self._reduced(frame)
        mask = self._cleaned(self._background.apply(small))
        self._seen += 1
        if self._seen <= self._warm_up_frames:
            return sv.Detections.empty()
        scale = np.array([width / small.shape[1], height / small.shape[0]] * 2)
        return self._boxes(mask, scale)

    def close(self) -> None:
        """Forget the background; runs in the task's worker."""
        self._background = None

    def _learn_anew(self, shape: tuple[int, ...]) -> None:
        make = cv2.createBackgroundSubtractorKNN if self._is_knn else cv2.createBackgroundSubtractorMOG2
        self._background = make(self._history, self._threshold, self._detect_shadows)
        self._ignored = None
        self._shape = shape
        self._seen = 0

    def _reduced(self, frame: Frame) -> cv2.typing.MatLike:
        height, width = frame.shape[:2]
        if self._lines is None or height <= self._lines:
            return frame
        size = (max(1, round(width * self._lines / height)), self._lines)
        return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)

    def _cleaned(self, mask: cv2.typing.MatLike) -> cv2.typing.MatLike:
        """Foreground without shadows, speckles and what is ignored, and with pieces of one thing joined."""
        mask = cv2.threshold(mask, _FOREGROUND - 1, _FOREGROUND, cv2.THRESH_BINARY)[1]
        if self._ignored_zones:
            mask[self._ignored_in(mask.shape)] = 0
        if self._opening:
            speckle = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, self._opening)
            mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, speckle)
        if self._closing:
            gap = cv2.getStructuringElement(cv2.MORPH_RECT, self._closing)
            mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, gap)
        return mask

    def _ignored_in(self, shape: tuple[int, ...]) -> Any:
        """Where the reduced frame lies in a zone that is ignored; bool, of its shape."""
        if self._ignored is None:
            scale = np.array([shape[1] / self._shape[1], shape[0] / self._shape[0]])
            area = np.zeros(shape, np.uint8)
            for corners in self._ignored_zones:
                cv2.fillPoly(area, [np.rint(corners * scale).astype(np.int32)], 1)
            self._ignored = area.astype(bool)
        return self._ignored

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


def _checked_size(name: str, size: Size | None) -> Size | None:
    if size is None:
        return None
    if (
        not isinstance(size, Sequence)
        or len(size) != 2
        or min(whole(name, side, "pixels") for side in size) < 1
    ):
        raise ValueError(f"{name} is width and height in pixels, or None, got {size!r}")
    return size[0], size[1]
