"""Frames and their times out of one video file, by PyAV."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from daskflow.core.frame import Frame
from daskflow.producers.timing import FrameClock

# A truncated file may fail once for each packet that its index still lists; an endless failure must end.
_MOST_READ_ERRORS_IN_A_ROW = 1000


def count_frames(path: str) -> int | None:
    """The number of frames by the header of the file at `path`; None if it does not say or cannot be read."""
    try:
        with av.open(path) as container:
            return container.streams.video[0].frames or None
    except (OSError, ValueError, IndexError, av.FFmpegError):
        return None


class VideoDecoder:
    """The pictures of a file's first video stream; iterate over it once.

    Parameters
    ----------
    path : str
        Absolute path of the file.
    threads : int
        Threads of the decoder.
    logger : logging.Logger
        Told of what could not be decoded.
    empty : callable
        Makes the array for a picture, as `numpy.empty` does.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, ValueError
        The file cannot be read as a video; the message names it.

    Notes
    -----
    Iterating gives pairs of an array (uint8, height × width × 3, BGR, C-contiguous, made by `empty`) and the
    metadata of the frame, as `VideofileReader` lists it. It raises `ValueError` at the end of a file of which
    no frame could be decoded.
    """

    def __init__(
        self,
        path: str,
        *,
        threads: int,
        logger: logging.Logger,
        empty: Callable[[tuple[int, ...], type[np.uint8]], Frame] = np.empty,
    ) -> None:
        self._path = path
        self._empty = empty
        self._logger = logger
        self._container = _opened(path)
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = threads
        if threads > 1:
            self._stream.codec_context.thread_type = "AUTO"
        self._reformatter = VideoReformatter()
        self._lost = 0

    def __iter__(self) -> Iterator[tuple[Frame, dict[str, Any]]]:
        clock = FrameClock(self._stream.average_rate, self._stream.time_base, self._stream.start_time)
        given = 0
        for frame in self._pictures():
            # A lost frame keeps its place in the count, so that an index still finds the frame in the file.
            metadata = {"source": self._path, "index": given + self._lost}
            metadata.update(clock.times(frame.pts, given + self._lost))
            yield self._upright_bgr(frame), metadata
            given += 1
        if not given:
            raise ValueError(
                f"no frame of {self._path} can be decoded ({self._lost} are damaged): "
                "the file is empty or broken"
            )

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _pictures(self) -> Iterator[Any]:
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except av.error.InvalidDataError as error:
                self._lose(error.strerror)
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self._lose("the decoder marked the picture as corrupt")
                else:
                    yield frame

    def _packets(self) -> Iterator[Any]:
        """What the decoder is fed; the last one is empty or None and gets out what it still holds."""
        errors = 0
        while True:
            try:
                for packet in self._container.demux(self._stream):
                    errors = 0
                    yield packet
                return
            except av.error.InvalidDataError as error:
                errors += 1
                if errors > _MOST_READ_ERRORS_IN_A_ROW:
                    self._logger.warning("%s: gave up reading, the rest is damaged", self._path)
                    yield None
                    return
                if errors == 1:
                    self._logger.warning("%s: a damaged part is skipped: %s", self._path, error.strerror)

    def _lose(self, reason: str | None) -> None:
        self._lost += 1
        self._logger.warning("%s: a frame is left out: %s (%d so far)", self._path, reason, self._lost)

    def _upright_bgr(self, frame: Any) -> Frame:
        # One thread: PyAV's default starts one per processor and converter, for a step of 0.2 ms.
        plane = self._reformatter.reformat(frame, format="bgr24", threads=1).planes[0]
        lines = np.frombuffer(cast(Any, plane), np.uint8).reshape(plane.height, plane.line_size)
        picture = lines[:, : plane.width * 3].reshape(plane.height, plane.width, 3)  # without the padding
        quarters = round(frame.rotation / 90) % 4  # counter-clockwise, as np.rot90 turns
        upright = np.rot90(picture, quarters)
        result = self._empty(upright.shape, np.uint8)
        np.copyto(result, upright)
        return result


def _opened(path: str) -> Any:
    """The open container of a file that has a video stream."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no video file {path}: check the path")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder: give the path of a video file")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"the video file {path} may not be read by this user: check its permissions")
    try:
        container = av.open(path)
    except av.FFmpegError as error:
        raise ValueError(
            f"{path} cannot be read as a video ({error.strerror}): it is of another kind, or incomplete"
        ) from error
    streams = container.streams.video
    if not streams or streams[0].codec_context is None:
        container.close()
        raise ValueError(f"{path} has no video stream that FFmpeg can decode: give a file with pictures")
    return container
