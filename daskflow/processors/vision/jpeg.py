"""Pictures as JPEG and back, for the way between hosts."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def encoded(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """The JPEG of a picture, in grey or in colours in the order of OpenCV.

    Parameters
    ----------
    picture : numpy.ndarray
        Of shape (height, width) or (height, width, 3).
    quality : int
        From 1 to 100.

    Raises
    ------
    ValueError
        It cannot be made.
    """
    is_made, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not is_made:
        raise ValueError(f"no JPEG of a picture of shape {picture.shape}")
    return np.asarray(data, np.uint8)


def decode_into(data: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
    """Decode a JPEG into an array of its shape.

    Raises
    ------
    ValueError
        It is none, or of another shape.
    """
    flags = cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR
    found = cv2.imdecode(data, flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if found is None or found.shape != picture.shape:
        raise ValueError(f"no JPEG of a picture of shape {picture.shape}")
    np.copyto(picture, found)
