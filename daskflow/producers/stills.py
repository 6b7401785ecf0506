"""An image file as a frame, by OpenCV."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np

from daskflow.core.frame import Frame
from daskflow.producers.arguments import checked_rate


def read_image(path: str, format: str = "bgr24") -> Frame:
    """The image in a file, upright as its EXIF data say, 8 bits a channel, without what it has of alpha.

    Parameters
    ----------
    path : str
        Absolute path of the file.
    format : str
        One of ``FORMATS``.

    Returns
    -------
    numpy.ndarray
        uint8, height × width × 3 or height × width, C-contiguous. Of 16 bits the upper 8 are taken.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, ValueError
        The file cannot be read as an image; the message names it.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no image {path}: check the path")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder: ImageFolderReader reads the images in it")
    if not os.path.isfile(path):  # to read a pipe that nobody writes to takes for ever
        raise ValueError(f"{path} is no file but a pipe or device: give the path of an image")
    try:
        content = np.fromfile(path, np.uint8)
    except PermissionError:
        raise PermissionError(
            f"the image {path} may not be read by this user: check its permissions"
        ) from None
    try:
        image = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE if format == "gray" else cv2.IMREAD_COLOR)
    except cv2.error as error:  # an empty file, or more pixels than OpenCV takes
        reason = str(error.err or "OpenCV refuses it") if content.size else "it is empty"
        raise ValueError(f"{path} cannot be read as an image: {reason}") from None
    if image is None:
        raise ValueError(f"{path} cannot be read as an image: it is of another kind, damaged or incomplete")
    if format == "rgb24":
        cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return np.ascontiguousarray(image, np.uint8)


class StillClock:
    """Gives still images times, as if they were the frames of a video.

    Parameters
    ----------
    fps : float
        Images per second.

    Raises
    ------
    TypeError, ValueError
        `fps` is no number, or not above 0.
    """

    def __init__(self, fps: float) -> None:
        self._rate = checked_rate(fps).limit_denominator(10_000)
        if not self._rate:
            raise ValueError(f"fps is above 0, and 0.0001 at least, got {fps}")

    def times(self, number: int) -> dict[str, Any]:
        """``pts``, ``time_base``, ``event_time`` and ``frame_rate`` of the image with a number, from 0."""
        return {
            "pts": number,
            "time_base": 1 / self._rate,
            "event_time": float(number / self._rate),
            "frame_rate": self._rate,
        }
