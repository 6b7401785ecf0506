"""Frames and their times out of one video file, by PyAV."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

import av
from av.video.frame import PictureType

from daskflow.producers.container import open_container
from daskflow.producers.entry import Entry, entry_before
from daskflow.producers.timing import FrameClock

# A truncated file may fail once for each packet that its index still lists; an endless failure must end.
_MOST_READ_ERRORS_IN_A_ROW = 1000


def count_frames(path: str) -> int | None:
    """The number of frames by the header of the file at `path`; None if it does not say or cannot be read."""
    if not os.path.isfile(path):
        return None
    try:
        with open_container(path) as container:
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
    start : int, default 0
        Position of the first picture that is wanted.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, ValueError
        The file cannot be read as a video; the message names it.

    Notes
    -----
    Iterating gives pairs of a picture (`av.VideoFrame`) and the metadata of the frame, as `VideofileReader`
    lists it. It raises `ValueError` at the end of a file of which no frame could be decoded, and `OSError`
    where reading fails, as from a disk that is broken. All of them name the file.

    The way to `start` leads over the last key frame before it where the pictures and their positions are sure
    to be the same as by decoding everything; else everything before it is decoded.
    """

    def __init__(self, path: str, *, threads: int, logger: logging.Logger, start: int = 0) -> None:
        self._path = path
        self._logger = logger
        self._threads = threads
        self._start = start
        self._lost = 0
        self._is_entering = False
        self._open()

    def __iter__(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        index, first_stamp, pictures = self._entered() or (0, None, self._pictures())
        start = self._stream.start_time
        clock = FrameClock(
            self._stream.average_rate, self._stream.time_base, first_stamp if start is None else start
        )
        count = 0
        for picture in pictures:
            # A lost frame keeps its place in the count, so that an index still finds the frame in the file.
            place = index + count + self._lost
            times = clock.times(picture.pts, place)
            count += 1
            if place >= self._start:
                yield picture, {"source": self._path, "index": place, **times}
        if not count:
            raise ValueError(
                f"no frame of {self._path} can be decoded ({self._lost} are damaged): "
                "the file is empty or broken"
            )

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> None:
        self._container = _opened(self._path)
        self._stream = self._container.streams.video[0]
        self._stream.codec_context.thread_count = self._threads
        if self._threads > 1:
            self._stream.codec_context.thread_type = "AUTO"

    def _entered(self) -> tuple[int, int, Iterator[Any]] | None:
        """Position and pictures from near the start on, and the file's first time stamp.

        None where everything has to be decoded; the file is at its beginning then.
        """
        if not self._start:
            return None
        entry = entry_before(self._container, self._stream, self._start)
        self._is_entering = True
        pictures = None if entry is None else self._pictures_from(entry)
        self._is_entering = False
        if entry is not None and pictures is not None:
            return entry.index + len(entry.stamps) - 1, entry.first_stamp, pictures
        self._lost = 0
        self._container.close()
        self._open()
        return None

    def _pictures_from(self, entry: Entry) -> Iterator[Any] | None:
        """The pictures from the entry's last one on; None if anything is not as the entry says."""
        try:
            self._container.seek(entry.stamps[0], stream=self._stream)
        except av.FFmpegError:
            return None
        pictures, expected = self._pictures(), 0
        for picture in pictures:
            if self._lost or picture.pts is None:
                return None
            if picture.pts < entry.stamps[0]:
                continue  # shown before the key frame, and stored behind it
            is_key = picture.key_frame and picture.pict_type == PictureType.I
            if picture.pts != entry.stamps[expected] or not (expected or is_key):
                return None
            expected += 1
            if expected == len(entry.stamps):
                return chain([picture], pictures)
        return None

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
        if not self._is_entering:  # else it is decoded again, from the beginning
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
        container = open_container(path)
    except av.FFmpegError as error:
        raise ValueError(
            f"{path} cannot be read as a video ({error.strerror}): it is of another kind, or incomplete"
        ) from error
    streams = container.streams.video
    if not streams or streams[0].codec_context is None:
        container.close()
        raise ValueError(f"{path} has no video stream that FFmpeg can decode: give a file with pictures")
    return container
