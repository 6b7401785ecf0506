"""Other sizes, parts and colours of a picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.arrays.colour import CONVERSIONS, converted
from daskflow.processors.vision.arrays.resizing import (
    AREA,
    BILINEAR,
    METHODS,
    NEAREST,
    method_for,
    resized,
)
from daskflow.processors.vision.fitting import Fit, letterbox, letterbox_scale
from daskflow.processors.vision.frame_processor import FrameProcessor
from daskflow.processors.vision.planes import write_planes

INTERPOLATION = {NEAREST: cv2.INTER_NEAREST, BILINEAR: cv2.INTER_LINEAR, AREA: cv2.INTER_AREA}


class Resizer(FrameProcessor):
    """Brings frames to one size.

    Parameters
    ----------
    width, height : int
        Of the result, in pixels.
    method : {"bilinear", "nearest", "area"}, default "bilinear"
        ``"area"`` is best for making pictures smaller; where a side grows it is bilinear. ``"nearest"`` makes
        no new values.
    **options
        As for `FrameProcessor`.

    Notes
    -----
    The result is uint8. CPU and GPU differ by at most 1 per value, with ``"nearest"`` not at all.
    """

    def __init__(self, width: int, height: int, method: str = BILINEAR, **options: Any) -> None:
        super().__init__(**options)
        if width < 1 or height < 1:
            raise ValueError(f"width and height are at least 1 pixel, got {width} and {height}")
        if method not in METHODS:
            raise ValueError(f"method is one of {', '.join(METHODS)}, got {method!r}")
        self._width, self._height, self._method = width, height, method

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Resize with OpenCV, straight into shared memory."""
        out = ctx.empty((self._height, self._width, *frame.shape[2:]))
        method = method_for(frame.shape, self._height, self._width, self._method)
        return cv2.resize(frame, (self._width, self._height), dst=out, interpolation=INTERPOLATION[method])

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Resize with two matrix products."""
        return resized(xp, frame, self._height, self._width, self._method)


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

    def __init__(self, left: int, top: int, width: int, height: int, **options: Any) -> None:
        super().__init__(**options)
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


class ColorConverter(FrameProcessor):
    """Converts frames to another colour space.

    Parameters
    ----------
    conversion : str
        ``"bgr2gray"``, ``"gray2bgr"``, ``"bgr2rgb"``, ``"rgb2bgr"``, ``"bgr2ycrcb"`` or ``"ycrcb2bgr"``.
    **options
        As for `FrameProcessor`.

    Notes
    -----
    The result is uint8, of height × width (grey) or height × width × 3. CPU and GPU differ by at most 1 per
    value. Coefficients are those of ITU-R BT.601.
    """

    def __init__(self, conversion: str, **options: Any) -> None:
        super().__init__(**options)
        if conversion not in CONVERSIONS:
            raise ValueError(f"conversion is one of {', '.join(CONVERSIONS)}, got {conversion!r}")
        self._conversion = conversion

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Convert with OpenCV, straight into shared memory."""
        self._check(frame)
        is_grey = self._conversion == "bgr2gray"
        out = ctx.empty(frame.shape[:2] if is_grey else (*frame.shape[:2], 3))
        return cv2.cvtColor(frame, getattr(cv2, f"COLOR_{_opencv_name(self._conversion)}"), dst=out)

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Convert with `xp`."""
        self._check(frame)
        return converted(xp, frame, self._conversion)

    def _check(self, frame: Any) -> None:
        channels = 1 if self._conversion.startswith("gray") else 3
        if (1 if frame.ndim == 2 else 3) != channels:
            raise ValueError(
                f"{self!r} converts {self._conversion}: it takes frames of {channels} "
                f"channel{'s' if channels > 1 else ''}, got shape {frame.shape}"
            )


def _opencv_name(conversion: str) -> str:
    return conversion.upper().replace("YCRCB", "YCrCb")


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
    The result is float32 of shape 1 × 3 × height × width. ``ctx.metadata["letterbox"]`` is ``(scale, left,
    top)``: a pixel ``x, y`` of the tensor is ``(x - left) / scale, (y - top) / scale`` of the frame. CPU and
    GPU differ by at most ``1 / 255 / std`` per value.
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
        fit = self._fitted(frame.shape, ctx)
        small = cv2.resize(frame, (fit.width, fit.height), interpolation=cv2.INTER_LINEAR)
        out = self._bars(np, ctx.empty(self._shape, np.float32))
        # the factors are of red, green and blue, the planes of the tensor too
        write_planes(
            np.asarray(small, np.uint8), self._factor[::-1], self._offset[::-1], self._inside(out, fit)[::-1]
        )
        return out

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Make the tensor with `xp`."""
        fit = self._fitted(frame.shape, ctx)
        small = resized(xp, frame, fit.height, fit.width, BILINEAR)
        out = self._bars(xp, xp.empty(self._shape, xp.float32))
        factor, offset = (xp.asarray(values)[:, None, None] for values in (self._factor, self._offset))
        planes = small[..., ::-1].transpose(2, 0, 1).astype(xp.float32)
        self._inside(out, fit)[...] = planes * factor + offset
        return out

    def _fitted(self, shape: tuple[int, ...], ctx: Context) -> Fit:
        fit = letterbox(shape, self._width, self._height)
        scale = letterbox_scale(shape, self._width, self._height)
        ctx.metadata["letterbox"] = (scale, fit.left, fit.top)
        return fit

    def _bars(self, xp: Any, out: Any) -> Any:
        out[0] = xp.asarray(self._fill * self._factor + self._offset)[:, None, None]
        return out

    def _inside(self, out: Any, fit: Fit) -> Any:
        return out[0, :, fit.top : fit.top + fit.height, fit.left : fit.left + fit.width]
