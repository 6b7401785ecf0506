"""Pictures of one size whose sides are kept in proportion."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.arrays.letterbox import fitted
from daskflow.processors.vision.arrays.resizing import BILINEAR, resized
from daskflow.processors.vision.frame_processor import FrameProcessor


class Letterbox(FrameProcessor):
    """Brings frames to one size, their sides kept in proportion, with bars in the rest.

    Parameters
    ----------
    width, height : int, default 640
        Of the result, in pixels.
    fill : int, default 114
        Grey of the bars, from 0 to 255.
    **options
        As for `FrameProcessor`. The node has no work for a GPU.

    Notes
    -----
    The result is uint8, C-contiguous, height × width × 3 or, of grey frames, height × width. The resizing is
    bilinear. ``ctx.metadata["letterbox"]`` is a `Letterboxing`, whose ``boxes_of_frame`` brings boxes back.
    """

    devices = (CPU,)

    def __init__(self, width: int = 640, height: int = 640, fill: int = 114, **options: Any) -> None:
        super().__init__(**options)
        if width < 1 or height < 1 or not 0 <= fill <= 255:
            raise ValueError(
                f"width and height are at least 1 and fill from 0 to 255, got {width}, {height} and {fill}"
            )
        self._width, self._height, self._fill = width, height, fill

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Resize with OpenCV, straight into the place between the bars."""
        width, height, left, top = _noted(frame.shape, self._width, self._height, ctx)
        out = ctx.empty((self._height, self._width, *frame.shape[2:]))
        out[:top], out[top + height :] = self._fill, self._fill
        out[:, :left], out[:, left + width :] = self._fill, self._fill
        inside = out[top : top + height, left : left + width]
        cv2.resize(frame, (width, height), dst=inside, interpolation=cv2.INTER_LINEAR)
        return out


class LetterboxTensor(FrameProcessor):
    """Makes frames into the input of a neural network.

    A frame is resized (bilinear) to fit, its sides kept in proportion and the rest filled, turned to RGB,
    divided by 255 and normalised.

    Parameters
    ----------
    width, height : int
        Of the tensor, in pixels.
    mean, std : tuple of three floats, default (0, 0, 0) and (1, 1, 1)
        Of red, green and blue, from 0 to 1: each value becomes ``(value / 255 - mean) / std``.
    fill : int, default 114
        Grey of the bars, from 0 to 255: the custom of the YOLO family.
    **options
        As for `FrameProcessor`.

    Notes
    -----
    The result is float32 of shape 1 × 3 × height × width. ``ctx.metadata["letterbox"]`` is a
    `Letterboxing`, ``(scale, left, top)``: a pixel ``x, y`` of the tensor is ``(x - left) / scale, (y - top)
    / scale`` of the frame. CPU and GPU differ by at most ``1 / 255 / std`` per value.
    """

    takes_grey = False

    def __init__(
        self,
        width: int = 640,
        height: int = 640,
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        std: tuple[float, float, float] = (1.0, 1.0, 1.0),
        fill: int = 114,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if width < 1 or height < 1 or min(std) <= 0 or not 0 <= fill <= 255:
            raise ValueError(
                f"width and height are at least 1, std is positive and fill from 0 to 255, got {width}, "
                f"{height}, {std} and {fill}"
            )
        self._width, self._height, self._fill = width, height, fill
        self._shape = (1, 3, height, width)
        self._factor = np.array([1 / 255 / s for s in std], np.float32)
        self._offset = np.array([-m / s for m, s in zip(mean, std, strict=True)], np.float32)

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Make the tensor with OpenCV, straight into shared memory."""
        width, height, left, top = _noted(frame.shape, self._width, self._height, ctx)
        small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
        return self._normalised(np, small, left, top, ctx.empty(self._shape, np.float32))

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Make the tensor with `xp`."""
        width, height, left, top = _noted(frame.shape, self._width, self._height, ctx)
        small = resized(xp, frame, height, width, BILINEAR)
        return self._normalised(xp, small, left, top, xp.empty(self._shape, xp.float32))

    def _normalised(self, xp: Any, small: Any, left: int, top: int, out: Any) -> Any:
        factor, offset = (xp.asarray(values)[:, None, None] for values in (self._factor, self._offset))
        out[0] = self._fill * factor + offset
        inside = out[0, :, top : top + small.shape[0], left : left + small.shape[1]]
        inside[...] = small[..., ::-1].transpose(2, 0, 1).astype(xp.float32) * factor + offset
        return out


def _noted(shape: tuple[int, ...], width: int, height: int, ctx: Context) -> tuple[int, int, int, int]:
    """Width, height, left and top of the picture between the bars; for others they are in the metadata."""
    placed = fitted(shape, width, height)
    ctx.metadata["letterbox"] = placed
    return (*placed.size_of(shape), placed.left, placed.top)
