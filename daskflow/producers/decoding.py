"""Frames and their times out of one video file, by PyAV."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import av
import numpy as np

from daskflow.core.frame import Frame
from daskflow.producers.pictures import Empty, FrameMaker
from daskflow.producers.timing import FrameClock

# A truncated file may fail once for each packet that its index still lists; an endless failure must end.
_MOST_READ_ERRORS_IN_A_ROW = 1000


def count_frames(path: str) -> int | None:
    """The number of frames by the header of the file at `path`; None if it does not say or cannot be read."""
    if not os.path.isfile(path):
        return None
    try:
        with av.open(path, metadata_errors="replace") as container:
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
        Makes the array for a frame, as `numpy.empty` does.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, ValueError
        The file cannot be read as a video; the message names it.

    Notes
    -----
    Iterating gives pairs of an array (uint8, height × width × 3, BGR, C-contiguous, made by `empty`) and the
    metadata of the frame, as `VideofileReader` lists it. It raises `ValueError` at the end of a file of which
    no frame could be decoded and for a picture that cannot be converted, and `OSError` where reading fails,
    as from a disk that is broken. All of them name the file.
    """

    def __init__(
        self,
        path: str,
        *,
        threads: int,
        logger: logging.Logger,
        empty: Empty = np.empty,
    ) -> None:
        self._path = path
        self._maker = FrameMaker(empty, path)
        self._logger = logger
        self._container = _opened(path)
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = threads
        if threads > 1:
            self._stream.codec_context.thread_type = "AUTO"
        self._lost = 0
        self._timed = self._timed_pictures()

    def __iter__(self) -> Iterator[tuple[Frame, dict[str, Any]]]:
        for picture, metadata in self._timed:
            yield self._maker.upright_bgr(picture), metadata

    def skip(self, count: int) -> None:
        """Pass over the next `count` frames, as they would have been given; fewer if there are no more.

        They are decoded, though not converted: which pictures are damaged, and so left out of the count, only
        the decoder knows. Blocks meanwhile.
        """
        for _ in islice(self._timed, count):
            pass

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _timed_pictures(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        clock = FrameClock(self._stream.average_rate, self._stream.time_base, self._stream.start_time)
        given = 0
        for frame in self._pictures():
            # A lost frame keeps its place in the count, so that an index still finds the frame in the file.
            metadata = {"source": self._path, "index": given + self._lost}
            metadata.update(clock.times(frame.pts, given + self._lost))
            yield frame, metadata
            given += 1
        if not given:
            raise ValueError(
                f"no frame of {self._path} can be decoded ({self._lost} are damaged): "
                "the file is empty or broken"
            )

    def _pictures(self) -> Iterator[Any]:
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except av.FFmpegError as error:  # of many kinds, by decoder
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
            except av.FFmpegError as error:
                raise OSError(f"{self._path} cannot be read any further: {error.strerror}") from error

    def _lose(self, reason: str | None) -> None:
        self._lost += 1
        self._logger.warning("%s: a frame is left out: %s (%d so far)", self._path, reason, self._lost)


def _opened(path: str) -> Any:
    """The open container of a file that has a video stream."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no video file {path}: check the path")
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path} is a folder: give the path of a video file")
    if not os.path.isfile(path):  # to open a pipe that nobody writes to takes for ever
        raise ValueError(f"{path} is no file but a pipe or device: give the path of a video file")
    if not os.access(path, os.R_OK):
        raise PermissionError(f"the video file {path} may not be read by this user: check its permissions")
    try:
        container = av.open(path, metadata_errors="replace")  # tags are in any encoding, and of no concern
    except av.FFmpegError as error:
        raise ValueError(
            f"{path} cannot be read as a video ({error.strerror}): it is of another kind, or incomplete"
        ) from error
    streams = container.streams.video
    if not streams or streams[0].codec_context is None:
        container.close()
        raise ValueError(f"{path} has no video stream that FFmpeg can decode: give a file with pictures")
    return container
