"""Parts of a picture."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import supervision as sv

from daskflow.core.arguments import whole
from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProcessorNode
from daskflow.processors.vision.frame_processor import FrameProcessor
from daskflow.scene import checked_detections


class Cropper(FrameProcessor):
    """Cuts the same rectangle out of each frame.

    Parameters
    ----------
    left, top, width, height : int
        In pixels. What lies outside of a frame is left out.
    **options
        As for `FrameProcessor`. The node has no work for a GPU.

    Notes
    -----
    A frame that the rectangle misses altogether is a `ValueError`, which ends the flow.
    """

    devices = (CPU,)
    is_cheap = True  # no pixel is touched

    def __init__(self, left: int, top: int, width: int, height: int, **options: Any) -> None:
        super().__init__(**options)
        left, top = whole("left", left, "pixels"), whole("top", top, "pixels")
        width, height = whole("width", width, "pixels"), whole("height", height, "pixels")
        if left < 0 or top < 0 or width < 1 or height < 1:
            raise ValueError(
                "left and top are at least 0 and width and height at least 1 pixel, "
                f"got {left}, {top}, {width} and {height}"
            )
        self._rows, self._columns = slice(top, top + height), slice(left, left + width)

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """A view of the part, which is copied once on its way."""
        part = frame[self._rows, self._columns]
        if part.size == 0:
            height, width = frame.shape[:2]
            raise ValueError(f"{self!r} cuts outside of a frame of {width}×{height} pixels")
        return part


class Crop(NamedTuple):
    """Where a crop is from.

    Attributes
    ----------
    detection : int
        Which of the detections it shows, from 0.
    left, top : int
        Column and row of the frame that are its first, in pixels.
    """

    detection: int
    left: int
    top: int


class DetectionsCropper(ProcessorNode):
    """Cuts each detection out of its frame, for a model that looks at one thing at a time.

    Parameters
    ----------
    padding : float, default 0
        What is added to a box on each side, as a part of its width and height.
    min_size : int, default 1
        Boxes of which less than so many pixels in width or height are in the frame are left out.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.
    """

    devices = (CPU,)

    def __init__(self, padding: float = 0.0, min_size: int = 1, **options: Any) -> None:
        super().__init__(**options)
        if not 0 <= padding <= 10:
            raise ValueError(f"padding is a part of the box, from 0 to 10, got {padding}")
        if whole("min_size", min_size, "pixels") < 1:
            raise ValueError(f"min_size is at least 1 pixel, got {min_size}")
        self._padding, self._min_size = padding, min_size

    def process(self, frame: Frame, detections: sv.Detections, ctx: Context) -> list[Frame]:
        """Cut the detections out; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey).
        detections : supervision.Detections
            ``xyxy`` in pixels of `frame`.

        Returns
        -------
        list of numpy.ndarray
            uint8, a copy of a part each, C-contiguous, of different sizes; none where nothing was found. Box
            edges between pixels are moved outwards. ``ctx.metadata["crops"]`` is a list with a `Crop` for
            each: which detection it shows, and where its left upper corner is.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or `detections` are no `supervision.Detections`.
        """
        frame = checked_frame(frame, self, grey=True)
        boxes = np.asarray(checked_detections(detections, self).xyxy, np.float64)
        crops, places = [], []
        for index, (left, top, right, bottom) in enumerate(self._padded(boxes, frame.shape).tolist()):
            if right - left >= self._min_size and bottom - top >= self._min_size:
                crops.append(frame[top:bottom, left:right].copy())
                places.append(Crop(index, left, top))
        ctx.metadata["crops"] = places
        return crops

    def _padded(self, boxes: Any, shape: tuple[int, ...]) -> Any:
        """The boxes as whole pixels inside of the frame; one that is not finite as an empty one."""
        boxes = np.where(np.isfinite(boxes).all(axis=1, keepdims=True), boxes, 0)
        more = self._padding * (boxes[:, 2:] - boxes[:, :2])
        limit = shape[1], shape[0]
        first = np.clip(np.floor(boxes[:, :2] - more), 0, limit)
        last = np.clip(np.ceil(boxes[:, 2:] + more), 0, limit)
        return np.hstack([first, last]).astype(int)
