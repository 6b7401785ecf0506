"""A live stream as files that a web server can hand out."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
from typing import Any

import av

from daskflow.consumers.codecs import checked_encoding
from daskflow.consumers.live_encoding import LiveEncoder
from daskflow.consumers.rates import nominal_rate
from daskflow.consumers.target import absolute_target, make_folder
from daskflow.consumers.timetable import Timetable
from daskflow.core.arguments import check_numbers, check_whole_numbers
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode

_LONGEST_GAP_S = 10.0  # a player waits as long, and asks for the playlist no more often
_LEAST_ROOM_BYTES = 2**16
_SEGMENT = re.compile(r"segment-\d{6,}\.ts(\.tmp)?")


class HlsWriter(ConsumerNode):
    """Writes the frames it gets as an HLS stream: H.264 in short segments, and a playlist, ``index.m3u8``.

    Parameters
    ----------
    folder : str or os.PathLike
        Where; made if need be. A relative path is taken from the directory in which the node is constructed.
        Segments that an earlier run left there are removed.
    segment_s : float, default 2
        Seconds in a segment, 1 to 60. A viewer is about three of them behind.
    keep : int or None, default 6
        How many segments the playlist lists; older ones are deleted, so the folder stays small. None keeps
        all, so that at the end the whole recording can be played.
    crf : int, default 23
        Quality of H.264, 0 to 51; less is better and larger.
    preset : str, default "superfast"
        Effort of H.264.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range, or `folder` has a ``%`` in its path.

    Notes
    -----
    Any web server can hand out the folder; Safari, VLC, mpv and ffplay play the address of the playlist,
    other browsers with hls.js. Frames are shown at their event times; of a gap, as a lost camera leaves it,
    10 s are left. Files are complete when they get their names. Where the worker is killed, the next one goes
    on with the playlist, with a break in it. `close` ends the playlist. The encoder is libx264, under the
    GPL.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        segment_s: float = 2.0,
        keep: int | None = 6,
        *,
        crf: int = 23,
        preset: str = "superfast",
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._folder = absolute_target(folder)
        if "%" in self._folder:  # no escape is known to its HLS muxer
            raise ValueError(
                f"folder has no % in its path, which FFmpeg puts numbers at; got {self._folder!r}"
            )
        check_numbers(segment_s=segment_s)
        check_whole_numbers(keep=keep)
        if not 1 <= segment_s <= 60:  # a playlist says the longest as a whole number, and 0 stops players
            raise ValueError(f"segment_s is from 1 to 60, got {segment_s}")
        if keep is not None and keep < 3:
            raise ValueError(f"keep is at least 3, which players hold, or None for all; got {keep}")
        self._encoding = checked_encoding(".mp4", "h264", crf, preset)
        self._segment_s = segment_s
        self._keep = keep
        self._container: Any = None
        self._encoder: LiveEncoder | None = None

    def open(self, ctx: Context) -> None:
        """Make the folder and clear it of an earlier stream; runs in the consumer's worker.

        Raises
        ------
        OSError
            It cannot be made, or this user may not write there.
        """
        make_folder(self._folder)
        self._goes_on = ctx.incarnation > 0 and os.path.exists(self._path("index.m3u8"))
        if not self._goes_on:
            self._clear()

    def consume(self, frame: Frame, ctx: Context) -> None:
        """Encode a frame; runs in the consumer's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey). One of another size than the first is
            resized.
        ctx : Context
            Its event time says when the frame is shown.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        OSError
            A segment cannot be written, as on a full disk, which is looked at with each key frame.
        """
        frame = checked_frame(frame, self, grey=True)
        if self._encoder is None:
            self._begin(frame, ctx)
        assert self._encoder is not None
        stamp = self._timetable.next(ctx.event_time)
        packets = self._encoder.encode(frame, stamp)
        if any(packet.is_keyframe for packet in packets):
            self._check_room()
        self._container.mux(packets)

    def close(self) -> None:
        """Complete the last segment and end the playlist; runs in the consumer's worker."""
        container, encoder = self._container, self._encoder
        self._container = self._encoder = None
        if container is None:
            return
        try:
            if encoder is not None:
                container.mux(encoder.finish())
        finally:
            container.close()

    def _begin(self, frame: Frame, ctx: Context) -> None:
        rate = nominal_rate(ctx.metadata.get("frame_rate"))
        self._timetable = Timetable(rate, constant=False, slots=False, longest_s=_LONGEST_GAP_S)
        flags = "independent_segments+temp_file"
        flags += "+delete_segments" if self._keep else ""
        flags += "+append_list" if self._goes_on else ""
        options = {
            "hls_time": f"{self._segment_s:g}",
            "hls_list_size": str(self._keep or 0),
            "hls_delete_threshold": "2",  # a viewer may still be loading the last one
            "hls_flags": flags,
            "hls_segment_filename": self._path("segment-%06d.ts"),
        }
        self._container = av.open(self._path("index.m3u8"), "w", format="hls", options=options)
        self._encoder = LiveEncoder(
            self._container,
            width=frame.shape[1],
            height=frame.shape[0],
            rate=rate,
            timetable=self._timetable,
            crf=self._encoding.crf,
            preset=self._encoding.preset,
            threads=ctx.cpu_threads,
            key_every_s=self._segment_s,
        )

    def _check_room(self) -> None:
        # FFmpeg goes on with segments cut short or empty, and says nothing.
        disk = shutil.disk_usage(self._folder)
        if disk.total and disk.free < _LEAST_ROOM_BYTES:  # some file systems say nothing of their size
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._folder)

    def _clear(self) -> None:
        for name in os.listdir(self._folder):
            if _SEGMENT.fullmatch(name) or name in ("index.m3u8", "index.m3u8.tmp"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path(name))

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)
