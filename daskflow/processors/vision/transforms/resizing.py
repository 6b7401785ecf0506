"""Other sizes."""

from __future__ import annotations

from typing import Any

import cv2

from daskflow.core.arguments import whole
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.arrays.resizing import (
    AREA,
    BILINEAR,
    METHODS,
    NEAREST,
    method_for,
    resized,
)
from daskflow.processors.vision.frame_processor import FrameProcessor

INTERPOLATION = {NEAREST: cv2.INTER_NEAREST, BILINEAR: cv2.INTER_LINEAR, AREA: cv2.INTER_AREA}


class _Resizing(FrameProcessor):
    """Resizes frames; a subclass says to which size."""

    def __init__(self, method: str, **options: Any) -> None:
        super().__init__(**options)
        if method not in METHODS:
            raise ValueError(f"method is one of {', '.join(METHODS)}, got {method!r}")
        self._method = method

    def _size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the result for a frame of this width and height."""
        raise NotImplementedError

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Resize with OpenCV, straight into shared memory."""
        width, height = self._size(frame.shape[1], frame.shape[0])
        out = ctx.empty((height, width, *frame.shape[2:]))
        method = method_for(frame.shape, height, width, self._method)
        return cv2.resize(frame, (width, height), dst=out, interpolation=INTERPOLATION[method])

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Resize with two matrix products."""
        width, height = self._size(frame.shape[1], frame.shape[0])
        return resized(xp, frame, height, width, self._method)


class Resizer(_Resizing):
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

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    The result is uint8. CPU and GPU differ by at most 1 per value, with ``"nearest"`` not at all.
    """

    def __init__(self, width: int, height: int, method: str = BILINEAR, **options: Any) -> None:
        super().__init__(method, **options)
        self._width, self._height = whole("width", width, "pixels"), whole("height", height, "pixels")
        if width < 1 or height < 1:
            raise ValueError(f"width and height are at least 1 pixel, got {width} and {height}")

    def _size(self, width: int, height: int) -> tuple[int, int]:
        return self._width, self._height


class ResizeByFactor(_Resizing):
    """Makes frames larger or smaller, their sides kept in proportion.

    Parameters
    ----------
    factor : float
        What width and height are multiplied by; they are rounded, and at least 1 pixel.
    method : {"bilinear", "nearest", "area"}, default "area"
        As for `Resizer`.
    **options
        As for `FrameProcessor`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    The result is uint8. CPU and GPU differ by at most 1 per value, with ``"nearest"`` not at all.
    """

    def __init__(self, factor: float, method: str = AREA, **options: Any) -> None:
        super().__init__(method, **options)
        if not 0 < factor < float("inf"):
            raise ValueError(f"factor is above 0, got {factor}")
        self._factor = float(factor)

    def _size(self, width: int, height: int) -> tuple[int, int]:
        return max(1, round(width * self._factor)), max(1, round(height * self._factor))
