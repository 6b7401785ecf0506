"""Pictures the other way round."""

from __future__ import annotations

from typing import Any

import cv2

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.frame_processor import FrameProcessor

_FLIPS = {"horizontal": 1, "vertical": 0, "both": -1}
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Flipper(FrameProcessor):
    """Mirrors frames.

    Parameters
    ----------
    direction : {"horizontal", "vertical", "both"}, default "horizontal"
        ``"horizontal"`` swaps left and right, ``"vertical"`` top and bottom.
    **options
        As for `FrameProcessor`. The node has no work for a GPU.

    Raises
    ------
    ValueError
        There is no such `direction`.

    Notes
    -----
    The result is uint8, of the frame's shape, C-contiguous.
    """

    devices = (CPU,)

    def __init__(self, direction: str = "horizontal", **options: Any) -> None:
        super().__init__(**options)
        if direction not in _FLIPS:
            raise ValueError(f"direction is one of {', '.join(_FLIPS)}, got {direction!r}")
        self._direction = direction

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Mirror with OpenCV, straight into shared memory."""
        return cv2.flip(frame, _FLIPS[self._direction], dst=ctx.empty(frame.shape))


class Rotator(FrameProcessor):
    """Turns frames by quarters.

    Parameters
    ----------
    degrees : {90, 180, 270}
        Clockwise.
    **options
        As for `FrameProcessor`. The node has no work for a GPU.

    Raises
    ------
    ValueError
        `degrees` is not 90, 180 or 270.

    Notes
    -----
    The result is uint8, C-contiguous; by 90 and 270 degrees width and height change places.
    """

    devices = (CPU,)

    def __init__(self, degrees: int, **options: Any) -> None:
        super().__init__(**options)
        if degrees not in _TURNS:
            raise ValueError(f"degrees is 90, 180 or 270, clockwise, got {degrees!r}")
        self._degrees = degrees

    def on_cpu(self, frame: Frame, ctx: Context) -> Any:
        """Turn with OpenCV, straight into shared memory."""
        height, width = frame.shape[:2]
        sides = (height, width) if self._degrees == 180 else (width, height)
        return cv2.rotate(frame, _TURNS[self._degrees], dst=ctx.empty((*sides, *frame.shape[2:])))
