"""Parts of a frame around boxes, as networks for one person at a time take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daskflow.core.frame import Frame
from daskflow.processors.vision.fitting import Floats


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a frame, resized.

    Attributes
    ----------
    left, top : float
        Pixel of the frame that is the crop's first; it may lie outside.
    scale : float
        Pixels of the crop per pixel of the frame.
    """

    left: float
    top: float
    scale: float

    def points_in_frame(self, points: NDArray[Any]) -> Floats:
        """Points of the crop, x and y along the last axis, in pixels of the frame; float32."""
        moved: Floats = (points / self.scale + np.array([self.left, self.top])).astype(np.float32)
        return moved

    def cut(self, frame: Frame, width: int, height: int) -> Frame:
        """The part, of so many pixels; black where there is no frame."""
        move = np.array([[self.scale, 0, -self.left * self.scale], [0, self.scale, -self.top * self.scale]])
        return np.asarray(cv2.warpAffine(frame, move, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def crop_around(box: NDArray[Any], padding: float, width: int, height: int) -> Crop:
    """The least part with some proportions that has all of a box in its middle.

    Parameters
    ----------
    box : numpy.ndarray
        Left, top, right, bottom, in pixels of the frame.
    padding : float
        So many times the box must have room.
    width, height : int
        Of the crop, in pixels.

    Notes
    -----
    As in the top-down pipelines of MMPose (``GetBBoxCenterScale`` and ``TopdownAffine``).
    """
    left, top, right, bottom = map(float, box)
    scale = min(width / max(right - left, 1), height / max(bottom - top, 1)) / padding
    return Crop((left + right) / 2 - width / 2 / scale, (top + bottom) / 2 - height / 2 / scale, scale)
