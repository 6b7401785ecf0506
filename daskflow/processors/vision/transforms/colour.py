"""Other colour spaces."""

from __future__ import annotations

from typing import Any

import cv2

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.arrays.colour import CONVERSIONS, converted
from daskflow.processors.vision.frame_processor import FrameProcessor


class ColorConverter(FrameProcessor):
    """Converts frames to another colour space.

    Parameters
    ----------
    conversion : str
        ``"bgr2gray"``, ``"gray2bgr"``, ``"bgr2rgb"``, ``"rgb2bgr"``, ``"bgr2ycrcb"`` or ``"ycrcb2bgr"``.
    **options
        As for `FrameProcessor`.

    Raises
    ------
    ValueError
        There is no such `conversion`.

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
