"""Video files as the end of a flow."""

from __future__ import annotations

import os
from fractions import Fraction
from typing import Any

import av

from daskflow.consumers.encoding import EXTENSIONS, VideoEncoder
from daskflow.consumers.target import absolute_target, check_target
from daskflow.consumers.timetable import Timetable
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode

_USUAL_RATE = Fraction(30)
_LARGEST_TERM = 65_535  # of a rate, in MPEG-4
_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)


class VideofileWriter(ConsumerNode):
    """Writes the frames it gets to a video file.

    ``.mp4`` is H.264 as browsers play it (yuv420p, index at the front). ``.avi`` is MPEG-4 part 2 (tag XVID),
    larger and with frames at a fixed rate.

    Parameters
    ----------
    video_file : str or os.PathLike
        The file, in a folder that exists; a file of that name is replaced. A relative path is taken from the
        directory in which the node is constructed.
    fps : float or Fraction, optional
        Frames per second: each frame follows the one before at once. By default a frame is shown at its true
        time, by ``event_time`` of its metadata, so that dropped or skipped frames leave the pace of the rest
        as it was. Frames without one, or with one not after that of the frame before, follow at
        ``frame_rate`` of the metadata, or else 30 per second.
    crf : int, default 23
        Quality of H.264, 0 to 51; less is better and larger.
    preset : str, default "veryfast"
        Effort of H.264, from ``ultrafast`` to ``placebo``; more effort makes a smaller file.
    encoder_threads : int, optional
        Threads of H.264, instead of as many as the plan gives the task (`cpu_threads`).
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Notes
    -----
    The first frame sets the size, an odd one made even by repeating the last column or row. Later frames of
    another size are resized to it, with one warning.

    While the flow runs the file is called ``<name>.part``. `close` completes and renames it, also when the
    flow is stopped or fails: what came until then can be played. Where the worker is killed the ``.part``
    stays, and cannot be played; the next run replaces it. Without a frame there is no file.

    A killed writer cannot go on with a half-written file, so its loss fails the run (`resumable` is False).

    The H.264 encoder is libx264, which PyAV's wheels bring with them and which is under the GPL: mind it when
    you pass on a program together with these wheels.
    """

    resumable = False

    def __init__(
        self,
        video_file: str | os.PathLike[str],
        fps: float | Fraction | None = None,
        *,
        crf: int = 23,
        preset: str = "veryfast",
        encoder_threads: int | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._path = absolute_target(video_file)
        self._extension = os.path.splitext(self._path)[1].lower()
        if self._extension not in EXTENSIONS:
            raise ValueError(
                f"a video file to write ends in {' or '.join(EXTENSIONS)}, got {os.fspath(video_file)!r}"
            )
        if fps is not None and not 0 < fps <= 1000:
            raise ValueError(f"fps is greater than 0 and at most 1000, got {fps}")
        if not 0 <= crf <= 51:
            raise ValueError(f"crf is from 0 to 51, got {crf}")
        if preset not in _PRESETS:
            raise ValueError(f"preset is one of {', '.join(_PRESETS)}, got {preset!r}")
        if encoder_threads is not None and encoder_threads < 1:
            raise ValueError(f"encoder_threads is at least 1, got {encoder_threads}")
        self._fps = fps
        self._crf = crf
        self._preset = preset
        self._encoder_threads = encoder_threads
        self._encoder: VideoEncoder | None = None
        self._timetable: Timetable | None = None
        self._shape: tuple[int, ...] = ()
        self._warned = False

    def open(self) -> None:
        """Check that the file can be written; runs in the consumer's worker.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            It cannot; the message says why.
        RuntimeError
            This PyAV was built without the encoder.
        """
        check_target(self._path, replaces=True)
        codec = EXTENSIONS[self._extension]
        if codec not in av.codecs_available:
            raise RuntimeError(
                f"{self._path} needs the encoder {codec}, which this PyAV lacks: use its wheels"
            )

    def consume(self, frame: Frame, ctx: Context) -> None:
        """Encode a frame; runs in the consumer's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey).
        ctx : Context
            Its metadata says when the frame is shown, unless `fps` does.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        OSError
            The file cannot be written, as on a full disk.
        """
        frame = checked_frame(frame, self, grey=True)
        if self._encoder is None or self._timetable is None:
            self._begin(frame, ctx)
        assert self._encoder is not None
        assert self._timetable is not None
        if frame.shape[:2] != self._shape and not self._warned:
            self._warned = True
            ctx.logger.warning(
                "%s: a frame of %d×%d is resized to %d×%d, that of the first; so are all others",
                self._path,
                *frame.shape[1::-1],
                *self._shape[::-1],
            )
        self._encoder.write(frame, self._timetable.next(ctx.metadata.get("event_time")))

    def close(self) -> None:
        """Complete the file with the frames that came; runs in the consumer's worker."""
        encoder, self._encoder, self._timetable = self._encoder, None, None
        if encoder is not None:
            encoder.finish()

    def _begin(self, frame: Frame, ctx: Context) -> None:
        rate = self._rate(ctx)
        self._timetable = Timetable(rate, constant=self._fps is not None, slots=self._extension == ".avi")
        self._shape = frame.shape[:2]
        self._encoder = VideoEncoder(
            self._path,
            width=frame.shape[1],
            height=frame.shape[0],
            rate=rate,
            unit=self._timetable.unit,
            period=self._timetable.period,
            crf=self._crf,
            preset=self._preset,
            threads=self._encoder_threads or ctx.cpu_threads,
        )

    def _rate(self, ctx: Context) -> Fraction:
        """Nominal frames per second, with terms that every encoder can say."""
        rate = Fraction(self._fps or ctx.metadata.get("frame_rate") or _USUAL_RATE)
        if not 0 < rate <= 1000:
            rate = _USUAL_RATE
        rate = rate.limit_denominator(max(1, min(1001, int(_LARGEST_TERM / rate))))
        return max(rate, Fraction(1, 1001))
