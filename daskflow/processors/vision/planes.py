"""From a picture's bytes to the planes of numbers that a network takes."""

from __future__ import annotations

from typing import Any

import cv2
from numpy.typing import NDArray

from daskflow.core.frame import Frame


def write_planes(picture: Frame, factor: NDArray[Any], offset: NDArray[Any], out: NDArray[Any]) -> None:
    """Write the channels of a picture one after the other, as ``value * factor + offset``.

    Parameters
    ----------
    picture : numpy.ndarray
        uint8, height × width × 3.
    factor, offset : numpy.ndarray
        Three numbers each, in the order of the picture's channels.
    out : numpy.ndarray
        float32, 3 × height × width; each of its planes with contiguous rows.
    """
    for c, plane in enumerate(cv2.split(picture)):
        # OpenCV's convertTo, which Python has not: one pass, where NumPy makes three and blobFromImage copies
        cv2.addWeighted(plane, float(factor[c]), plane, 0, float(offset[c]), dst=out[c], dtype=cv2.CV_32F)
