"""Video files as the end of a flow."""

from __future__ import annotations

import os
from fractions import Fraction
from functools import partial
from typing import Any

import av

from daskflow.consumers.codecs import checked_encoding, checked_hardware
from daskflow.consumers.encoding import VideoEncoder
from daskflow.consumers.hardware import hardware_encoder
from daskflow.consumers.rates import nominal_rate
from daskflow.consumers.target import absolute_target, check_target
from daskflow.consumers.timetable import Timetable
from daskflow.core.arguments import check_numbers, optional_whole
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode


class VideofileWriter(ConsumerNode):
    """Writes the frames it gets to a video file.

    ========= ================================================
    file      codecs, the first one unless another is named
    ========= ================================================
    ``.mp4``  h264, hevc, vp9, av1
    ``.mkv``  h264, hevc, vp9, av1, mjpeg
    ``.webm`` vp9, av1
    ``.avi``  mpeg4, mjpeg
    ========= ================================================

    An mp4 with H.264 is as browsers play it (yuv420p, index at the front). An avi has its frames at a fixed
    rate.

    Parameters
    ----------
    video_file : str or os.PathLike
        The file, in a folder that exists; a file of that name is replaced. A relative path is taken from the
        directory in which the node is constructed. Its extension says the container.
    fps : float or Fraction, optional
        Frames per second: each frame follows the one before at once. By default a frame is shown at its true
        time, by ``event_time`` of its metadata, so that dropped or skipped frames leave the pace of the rest
        as it was. Frames without one, or with one not after that of the frame before, follow at
        ``frame_rate`` of the metadata, or else 30 per second. Of a gap that a file cannot have, 6 hours are
        left, in an avi 50,000 frames.
    codec : {"h264", "hevc", "vp9", "av1", "mpeg4", "mjpeg"}, optional
        One that goes into the container.
    crf : int, optional
        Quality; less is better and larger. H.264 from 0 to 51, default 23; HEVC from 0 to 51, 28; VP9 from 0
        to 63, 32; AV1 from 1 to 63, 35. MPEG-4 and MJPEG have a quantiser instead, from 1 to 31, 4.
    preset : str or int, optional
        Effort; more of it makes a smaller file. H.264 (default ``veryfast``) and HEVC (``ultrafast``) from
        ``ultrafast`` to ``placebo``; VP9 from 8, the fastest, to 0, default 7; AV1 from 13 to 0, default 10.
        The others have none.
    encoder_threads : int, optional
        Threads of the encoder, instead of as many as the plan gives the task (`cpu_threads`). MPEG-4 and
        MJPEG have one.
    hardware : bool or {"nvenc", "qsv"}, default False
        Use an encoder in hardware, of any kind or of this one. Where it does not work, the one in software is
        taken, and the log says so. `preset` is not for it; `crf` is its constant quality. NVENC is that of
        the first GPU which the flow may use (`gpus` of `Flow.run`), also where other tasks compute there.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, nb_tasks, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        `video_file` has no extension, or another argument is of another type or out of its range.

    Notes
    -----
    The first frame sets the size, an odd one made even by repeating the last column or row. So is a side
    made larger that is too short for the codec: 16 pixels for HEVC, 64 for AV1. Later frames of another size
    are resized to that of the first, with one warning.

    While the flow runs the file is called ``<name>.part``. `close` completes and renames it, also when the
    flow is stopped or fails: what came until then can be played. Where the worker is killed the ``.part``
    stays, and cannot be played; the next run replaces it. Where it cannot be completed, as on a full disk,
    nothing is left of it. Without a frame there is no file.

    A killed writer cannot go on with a half-written file, so its loss fails the run (`resumable` is False).

    The encoders of H.264 and HEVC are libx264 and libx265, which PyAV's wheels bring with them and which are
    under the GPL: mind it when you pass on a program together with these wheels.
    """

    resumable = False

    def __init__(
        self,
        video_file: str | os.PathLike[str],
        fps: float | Fraction | None = None,
        *,
        codec: str | None = None,
        crf: int | None = None,
        preset: str | int | None = None,
        encoder_threads: int | None = None,
        hardware: bool | str = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self._path = absolute_target(video_file)
        self._extension = os.path.splitext(self._path)[1].lower()
        if not self._extension:
            raise ValueError(f"a video file to write has an extension, got {os.fspath(video_file)!r}")
        self._encoding = checked_encoding(self._extension, codec, crf, preset)
        self._families = checked_hardware(hardware)
        self.encodes_on_gpu = "nvenc" in self._families
        check_numbers(fps=fps)
        if fps is not None and not 0 < fps <= 1000:
            raise ValueError(f"fps is greater than 0 and at most 1000, got {fps}")
        self._fps = fps
        self._encoder_threads = optional_whole("encoder_threads", encoder_threads, least=1)
        self._hardware: str | None = None
        self._encoder: VideoEncoder | None = None
        self._timetable: Timetable | None = None
        self._shape: tuple[int, ...] = ()
        self._warned = False

    def open(self, ctx: Context) -> None:
        """Check that the file can be written, and find the encoder; runs in the consumer's worker.

        Raises
        ------
        FileNotFoundError, IsADirectoryError, PermissionError
            It cannot; the message says why.
        RuntimeError
            This PyAV was built without the encoder.
        """
        check_target(self._path, replaces=True)
        if self._encoding.software not in av.codecs_available:
            raise RuntimeError(
                f"{self._path} needs the encoder {self._encoding.software}, "
                "which this PyAV lacks: use its wheels"
            )
        if self._families:
            self._hardware, reason = hardware_encoder(self._encoding, self._families)
            if self._hardware is not None:
                ctx.logger.info("%s: encoded by %s", self._path, self._hardware)
            else:
                software = self._encoding.software
                ctx.logger.warning("%s: encoded by %s, in software (%s)", self._path, software, reason)

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
        rate = nominal_rate(self._fps or ctx.metadata.get("frame_rate"))
        self._timetable = Timetable(rate, constant=self._fps is not None, slots=self._extension == ".avi")
        self._shape = frame.shape[:2]
        make = partial(
            VideoEncoder,
            self._path,
            encoding=self._encoding,
            width=frame.shape[1],
            height=frame.shape[0],
            rate=rate,
            timetable=self._timetable,
            threads=self._encoder_threads or ctx.cpu_threads,
        )
        if self._hardware is not None:
            try:
                self._encoder = make(encoder=self._hardware)
            except ValueError as error:  # such as a size that it does not do
                software = self._encoding.software
                ctx.logger.warning("%s: encoded by %s instead: %s", self._path, software, error)
            else:
                return
        self._encoder = make()
