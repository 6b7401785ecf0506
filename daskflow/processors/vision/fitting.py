"""Where a frame lies in a picture of another size, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fit:
    """A frame, resized and put into a larger picture.

    Attributes
    ----------
    frame_width, frame_height : int
        Of the frame, in pixels.
    width, height : int
        To which it is resized.
    left, top : int
        Where in the larger picture it begins.
    """

    frame_width: int
    frame_height: int
    width: int
    height: int
    left: int = 0
    top: int = 0

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the picture per pixel of the frame, across and down. Sizes are whole: they may differ."""
        return self.width / self.frame_width, self.height / self.frame_height

    def points_in_frame(self, points: NDArray[Any]) -> Floats:
        """`points` of the picture, x and y along the last axis, in pixels of the frame; float32."""
        x, y = self.scale
        moved: Floats = ((points - np.array([self.left, self.top])) / np.array([x, y])).astype(np.float32)
        return moved

    def boxes_in_frame(self, xyxy: NDArray[Any]) -> Floats:
        """Boxes `xyxy` of the picture, n × 4, in pixels of the frame, cut off at its border; float32."""
        corners = self.points_in_frame(xyxy.reshape(-1, 2, 2))
        return np.clip(corners, 0, np.array([self.frame_width, self.frame_height], np.float32)).reshape(-1, 4)


def letterbox(shape: tuple[int, ...], width: int, height: int) -> Fit:
    """The largest fit that keeps a frame's sides in proportion, in the middle between two bars.

    Parameters
    ----------
    shape : tuple of int
        Of the frame: height, width, and whatever follows.
    width, height : int
        Of the picture, in pixels.
    """
    scale = min(width / shape[1], height / shape[0])
    inner_width, inner_height = max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    return Fit(shape[1], shape[0], inner_width, inner_height, left, top)


def stretch(shape: tuple[int, ...], width: int, height: int) -> Fit:
    """The fit that fills the picture, whatever becomes of the proportions."""
    return Fit(shape[1], shape[0], width, height)
