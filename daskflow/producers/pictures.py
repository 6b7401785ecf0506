"""Decoded pictures as frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from daskflow.core.frame import Frame

Empty = Callable[[tuple[int, ...], type[np.uint8]], Frame]
"""Makes an array, as `numpy.empty` does."""


class FrameMaker:
    """Turns pictures of PyAV into frames; pictures of one stream may differ in size and format.

    Parameters
    ----------
    empty : callable
        Makes the array for a frame.
    source : str
        Where the pictures are from, for messages.
    """

    def __init__(self, empty: Empty, source: str) -> None:
        self._empty = empty
        self._source = source
        self._reformatter = VideoReformatter()

    def upright_bgr(self, picture: Any) -> Frame:
        """A picture as it is meant to be seen: uint8, height × width × 3, BGR, C-contiguous.

        Raises
        ------
        ValueError
            FFmpeg cannot convert it; the message names the source.
        """
        try:
            # One thread: PyAV's default starts one per processor and converter, for a step of 0.2 ms.
            plane = self._reformatter.reformat(picture, format="bgr24", threads=1).planes[0]
        except av.FFmpegError as error:
            raise ValueError(
                f"a picture of {self._source}, {picture.width}×{picture.height} of format "
                f"{picture.format.name}, cannot be converted to BGR: {error.strerror}"
            ) from None
        lines = np.frombuffer(cast(Any, plane), np.uint8).reshape(plane.height, plane.line_size)
        pixels = lines[:, : plane.width * 3].reshape(plane.height, plane.width, 3)  # without the padding
        quarters = round(picture.rotation / 90) % 4  # counter-clockwise, as np.rot90 turns
        upright = np.rot90(pixels, quarters)
        result = self._empty(upright.shape, np.uint8)
        np.copyto(result, upright)
        return result
