"""How a picture is placed in one of another shape, and how boxes come back from there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Letterboxing(NamedTuple):
    """Where a picture is in one with bars at its sides.

    A pixel ``x, y`` there is ``(x - left) / scale, (y - top) / scale`` of the picture.
    """

    scale: float
    """What the picture's width and height were multiplied by, before they were rounded."""

    left: int
    """Pixels of the bar to the left."""

    top: int
    """Pixels of the bar above."""

    def size_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Width and height that a picture of a shape has between the bars."""
        return max(1, round(shape[1] * self.scale)), max(1, round(shape[0] * self.scale))

    def boxes_of_frame(self, xyxy: Any) -> NDArray[np.float32]:
        """Boxes in pixels of the letterbox as boxes in pixels of the picture: float32, n × 4."""
        boxes: NDArray[np.float32] = np.asarray(xyxy, np.float32).reshape(-1, 4)
        boxes = (boxes - np.array([self.left, self.top] * 2, np.float32)) / np.float32(self.scale)
        return boxes


def fitted(shape: tuple[int, ...], width: int, height: int) -> Letterboxing:
    """How a picture is placed in the middle of one of another size, as large as it fits.

    Parameters
    ----------
    shape : tuple of int
        Of the picture: height, width and what may follow.
    width, height : int
        Of the whole, in pixels.
    """
    scale = min(width / shape[1], height / shape[0])
    placed = Letterboxing(scale, 0, 0)
    inner_width, inner_height = placed.size_of(shape)
    return Letterboxing(scale, (width - inner_width) // 2, (height - inner_height) // 2)
