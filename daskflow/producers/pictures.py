"""Decoded pictures as frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from daskflow.core.frame import Frame
from daskflow.producers.formats import FORMATS

Empty = Callable[[tuple[int, ...], type[np.uint8]], Frame]
"""Makes an array, as `numpy.empty` does."""


class FrameMaker:
    """Turns pictures of PyAV into frames; pictures of one stream may differ in size and format.

    Parameters
    ----------
    empty : callable
        Makes the array for a frame.
    format : str, default "bgr24"
        One of `FORMATS`.
    """

    def __init__(self, empty: Empty, format: str = "bgr24") -> None:
        self._empty = empty
        self._format = format
        self._depth = FORMATS[format]
        self._reformatter = VideoReformatter()

    def upright(self, picture: Any, source: str) -> Frame:
        """A picture as it is meant to be seen: uint8, height × width × 3 or height × width, C-contiguous.

        Parameters
        ----------
        picture : av.VideoFrame
            As decoded.
        source : str
            Where it is from, for the message.

        Raises
        ------
        ValueError
            FFmpeg cannot convert it; the message names the source.
        """
        try:
            # One thread: PyAV's default starts one per processor and converter, for a step of 0.2 ms.
            plane = self._reformatter.reformat(picture, format=self._format, threads=1).planes[0]
        except av.FFmpegError as error:
            raise ValueError(
                f"a picture of {source}, {picture.width}×{picture.height} of format "
                f"{picture.format.name}, cannot be converted to {self._format}: {error.strerror}"
            ) from None
        lines = np.frombuffer(cast(Any, plane), np.uint8).reshape(plane.height, plane.line_size)
        pixels = lines[:, : plane.width * self._depth]  # without the padding
        if self._depth > 1:
            pixels = pixels.reshape(plane.height, plane.width, self._depth)
        quarters = round(picture.rotation / 90) % 4  # counter-clockwise, as np.rot90 turns
        upright = np.rot90(pixels, quarters)
        result = self._empty(upright.shape, np.uint8)
        np.copyto(result, upright)
        return result
