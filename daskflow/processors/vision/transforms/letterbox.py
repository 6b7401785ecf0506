"""Pictures of one size whose sides are kept in proportion."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from daskflow.core.arguments import whole
from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.arrays.resizing import BILINEAR, resized
from daskflow.processors.vision.fitting import Fit, letterbox
from daskflow.processors.vision.frame_processor import FrameProcessor
from daskflow.processors.vision.planes import write_planes


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

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    The result is uint8, C-contiguous, height × width × 3 or, of grey frames, height × width. The resizing is
    bilinear. ``ctx.metadata["letterbox"]`` is the `Fit`, whose ``boxes_in_frame`` brings boxes back.
    """

    devices = (CPU,)

    def __init__(self, width: int = 640, height: int = 640, fill: int = 114, **options: Any) -> None:
        super().__init__(**options)
        self._width, self._height = whole("width", width, "pixels"), whole("height", height, "pixels")
        if width < 1 or height < 1 or not 0 <= fill <= 255:
            raise ValueError(
                f"width and height are at least 1 and fill from 0 to 255, got {width}, {height} and {fill}"
            )
        self._fill = fill

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Resize with OpenCV, straight into the place between the bars."""
        fit = _noted(frame.shape, self._width, self._height, ctx)
        bottom, right = fit.top + fit.height, fit.left + fit.width
        out = ctx.empty((self._height, self._width, *frame.shape[2:]))
        out[: fit.top] = out[bottom:] = out[:, : fit.left] = out[:, right:] = self._fill
        inside = out[fit.top : bottom, fit.left : right]
        cv2.resize(frame, (fit.width, fit.height), dst=inside, interpolation=cv2.INTER_LINEAR)
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

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range, or `mean` or `std` has not three numbers.

    Notes
    -----
    The result is float32 of shape 1 × 3 × height × width. ``ctx.metadata["letterbox"]`` is the `Fit`, whose
    ``boxes_in_frame`` and ``points_in_frame`` bring back what the network finds. CPU and GPU differ by at
    most ``1 / 255 / std`` per value.
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
        self._width, self._height = whole("width", width, "pixels"), whole("height", height, "pixels")
        if not np.shape(mean) == np.shape(std) == (3,):
            raise ValueError(f"mean and std are of red, green and blue, got {mean} and {std}")
        if width < 1 or height < 1 or min(std) <= 0 or not 0 <= fill <= 255:
            raise ValueError(
                f"width and height are at least 1, std is positive and fill from 0 to 255, got {width}, "
                f"{height}, {std} and {fill}"
            )
        self._fill = fill
        self._shape = (1, 3, height, width)
        self._factor = np.array([1 / 255 / s for s in std], np.float32)
        self._offset = np.array([-m / s for m, s in zip(mean, std, strict=True)], np.float32)

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Make the tensor with OpenCV, straight into shared memory."""
        fit = _noted(frame.shape, self._width, self._height, ctx)
        small = cv2.resize(frame, (fit.width, fit.height), interpolation=cv2.INTER_LINEAR)
        out = self._bars(np, ctx.empty(self._shape, np.float32))
        # the factors are of red, green and blue, the planes of the tensor too
        planes = self._inside(out, fit)[::-1]
        write_planes(np.asarray(small, np.uint8), self._factor[::-1], self._offset[::-1], planes)
        return out

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Make the tensor with `xp`."""
        fit = _noted(frame.shape, self._width, self._height, ctx)
        small = resized(xp, frame, fit.height, fit.width, BILINEAR)
        out = self._bars(xp, xp.empty(self._shape, xp.float32))
        factor, offset = (xp.asarray(values)[:, None, None] for values in (self._factor, self._offset))
        planes = small[..., ::-1].transpose(2, 0, 1).astype(xp.float32)
        self._inside(out, fit)[...] = planes * factor + offset
        return out

    def _bars(self, xp: Any, out: Any) -> Any:
        out[0] = xp.asarray(self._fill * self._factor + self._offset)[:, None, None]
        return out

    def _inside(self, out: Any, fit: Fit) -> Any:
        return out[0, :, fit.top : fit.top + fit.height, fit.left : fit.left + fit.width]


def _noted(shape: tuple[int, ...], width: int, height: int, ctx: Context) -> Fit:
    """Where the picture lies between the bars; for others it is in the metadata."""
    fit = ctx.metadata["letterbox"] = letterbox(shape, width, height)
    return fit
