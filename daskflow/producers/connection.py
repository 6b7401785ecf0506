"""One connection to a stream: opened in time, decoded picture by picture."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

import av

from daskflow.core.secrets import masked
from daskflow.producers.container import open_container

_LISTS = ("hls", "dash")  # what is read is a list of parts: that it has a length says nothing of the stream


class Connection:
    """An open stream. The constructor blocks until it is open, which may take twice the time-out.

    Parameters
    ----------
    url : str
        Its address.
    options : mapping of str to str
        For FFmpeg.
    open_timeout_s, read_timeout_s : float
        How long the other side may be silent at first, and later.
    threads : int
        Threads of the decoder.
    logger : logging.Logger
        Told of the first picture that cannot be decoded.
    container_format : str, optional
        FFmpeg's name of what is read, where the address does not say it.
    advice : str
        For the message of one that cannot be opened.

    Raises
    ------
    TimeoutError
        There was no answer in time.
    ConnectionError
        The address was not reached, or refused to answer.
    ValueError
        What it sends is no video.

    Notes
    -----
    All messages name the address with its secrets masked, and none has a cause, whose message would not.
    """

    def __init__(
        self,
        url: str,
        *,
        options: Mapping[str, str],
        open_timeout_s: float,
        read_timeout_s: float,
        threads: int,
        logger: logging.Logger,
        container_format: str | None = None,
        advice: str = "check the address, its user and password",
    ) -> None:
        self._address = masked(url)
        self._read_timeout_s = read_timeout_s
        self._logger = logger
        self._has_told = False
        begin = time.monotonic()
        try:
            self._container = open_container(
                url,
                format=container_format,
                timeout=(open_timeout_s, read_timeout_s),
                options=dict(options),
            )
        except av.FFmpegError as error:
            raise _refusal(self._address, error, time.monotonic() - begin, open_timeout_s, advice) from None
        streams = self._container.streams.video
        if not streams or streams[0].codec_context is None:
            self._container.close()
            raise ValueError(f"{self._address} sends no video that FFmpeg can decode: check the address")
        self.stream: Any = streams[0]
        self.stream.codec_context.thread_count = threads
        self.stream.codec_context.thread_type = "SLICE"  # threads for frames hold pictures back
        self.is_recording = _is_recording(self._container)
        """Whether the stream has an end that is known, and is to be played at its own pace."""
        self.damaged = 0
        """Pictures so far that could not be decoded."""

    def pictures(self) -> Iterator[Any]:
        """The pictures as they come, to the end of the stream.

        Raises
        ------
        ConnectionError
            It broke off; the message is the reason alone.
        """
        begin = time.monotonic()
        try:
            for packet in self._container.demux(self.stream):
                yield from self._decoded(packet)
                begin = time.monotonic()
        except av.FFmpegError as error:
            if time.monotonic() - begin >= self._read_timeout_s:
                raise ConnectionError(f"nothing came for {self._read_timeout_s:g} s") from None
            raise ConnectionError(error.strerror) from None

    def close(self) -> None:
        """Close the connection."""
        self._container.close()

    def _decoded(self, packet: Any) -> Iterator[Any]:
        try:
            pictures = self.stream.decode(packet)
        except av.error.EOFError:
            return
        except av.FFmpegError as error:  # of many kinds, by decoder
            self._note_damage(error.strerror)
            return
        for picture in pictures:
            if picture.is_corrupt:
                self._note_damage("the decoder marked the picture as corrupt")
            else:
                yield picture

    def _note_damage(self, reason: str | None) -> None:
        self.damaged += 1
        if not self._has_told:  # a stream that is joined between two key frames begins with many of them
            self._has_told = True
            self._logger.warning("%s: damaged frames are left out: %s", self._address, reason)


def _is_recording(container: Any) -> bool:
    if container.duration is not None and container.duration > 0:
        return True
    return bool((container.size or 0) > 0 and container.format.name not in _LISTS)


def _refusal(
    address: str, error: av.FFmpegError, took_s: float, open_timeout_s: float, advice: str
) -> Exception:
    if took_s >= open_timeout_s:  # FFmpeg has several names for it, by protocol
        return TimeoutError(
            f"{address} does not answer within {open_timeout_s:g} s: check the address, the network, "
            "and that the camera is on"
        )
    if isinstance(error, av.error.InvalidDataError):
        return ValueError(f"{address} sends no video ({error.strerror}): check the address")
    return ConnectionError(f"{address} cannot be opened ({error.strerror}): {advice}")
