"""Blur, contrast, and the difference of two pictures."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from daskflow.core.constants import GPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProcessorNode
from daskflow.processors.vision.arrays.colour import converted
from daskflow.processors.vision.arrays.filtering import above, blurred, difference, equalised, gaussian_kernel
from daskflow.processors.vision.frame_processor import FrameProcessor


class GaussianBlur(FrameProcessor):
    """Blurs frames.

    Parameters
    ----------
    sigma : float
        Standard deviation of the Gaussian, in pixels. Its weights go to three of them on either side.
    **options
        As for `FrameProcessor`.

    Raises
    ------
    TypeError, ValueError
        `sigma` is no number, or not above 0.

    Notes
    -----
    The result is uint8, of the frame's shape. CPU and GPU differ by at most 1 per value, with a `sigma` of
    20 and more by 2, and by 4 where the kernel is wider than the frame.
    """

    def __init__(self, sigma: float = 1.5, **options: Any) -> None:
        super().__init__(**options)
        if sigma <= 0:
            raise ValueError(f"sigma is more than 0 pixels, got {sigma}")
        self._sigma = sigma

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Blur with OpenCV, straight into shared memory."""
        size = len(gaussian_kernel(self._sigma))
        return cv2.GaussianBlur(frame, (size, size), self._sigma, dst=ctx.empty(frame.shape))

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Blur with `xp`."""
        return blurred(xp, frame, self._sigma)


class HistogramEqualizer(FrameProcessor):
    """Spreads the brightness of frames over the whole range; in colour, that of the luma alone.

    Parameters
    ----------
    **options
        As for `FrameProcessor`.

    Notes
    -----
    The result is uint8, of the frame's shape. CPU and GPU agree exactly on grey frames. In colour the
    conversion to luma and back may differ by 1, which the equalisation of a narrow range can make larger.
    """

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Equalise with OpenCV."""
        if frame.ndim == 2:
            return cv2.equalizeHist(frame, dst=ctx.empty(frame.shape))
        luma, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb))
        merged = cv2.merge([cv2.equalizeHist(luma), red, blue])
        return cv2.cvtColor(merged, cv2.COLOR_YCrCb2BGR, dst=ctx.empty(frame.shape))

    def on_gpu(self, xp: Any, frame: Any, ctx: Context) -> Any:
        """Equalise with `xp`."""
        if frame.ndim == 2:
            return equalised(xp, frame)
        pixels = converted(xp, frame, "bgr2ycrcb")
        pixels[..., 0] = equalised(xp, pixels[..., 0])
        return converted(xp, pixels, "ycrcb2bgr")


class AbsoluteDifference(ProcessorNode):
    """How far two pictures are apart, or a mask of where they are.

    Parameters
    ----------
    threshold : int, optional
        From 0 to 255. If given, the result is a mask: 255 where any channel differs by more, else 0.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        `threshold` is no number, or out of its range.

    Notes
    -----
    CPU and GPU agree exactly.
    """

    def __init__(self, threshold: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if threshold is not None and not 0 <= threshold <= 255:
            raise ValueError(f"threshold is from 0 to 255, got {threshold}")
        self._threshold = threshold

    def process(self, one: Frame, other: Frame, ctx: Context) -> Any:
        """Compare two frames; runs in the task's worker.

        Parameters
        ----------
        one, other : numpy.ndarray
            uint8, of the same shape: height × width × 3 (BGR) or height × width (grey).

        Returns
        -------
        numpy.ndarray or cupy.ndarray
            uint8, of that shape; with a threshold height × width.

        Raises
        ------
        TypeError, ValueError
            They are no such arrays.
        """
        one, other = (checked_frame(frame, self, grey=True) for frame in (one, other))
        if one.shape != other.shape:
            raise ValueError(f"{self!r} compares frames of one shape, got {one.shape} and {other.shape}")
        if self.device == GPU:
            apart = difference(self.xp, ctx.to_device(one), ctx.to_device(other))
            return apart if self._threshold is None else above(self.xp, apart, self._threshold)
        if self._threshold is None:
            return cv2.absdiff(one, other, dst=ctx.empty(one.shape))
        return above(np, cv2.absdiff(one, other), self._threshold)
