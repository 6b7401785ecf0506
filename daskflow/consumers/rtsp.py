"""Frames handed on as an RTSP stream."""

from __future__ import annotations

import os
import shutil
from fractions import Fraction
from importlib import import_module
from typing import Any

import cv2
import numpy as np

from daskflow.consumers.codecs import checked_encoding
from daskflow.consumers.publishing import Publisher, ffmpeg_command
from daskflow.consumers.rates import nominal_rate
from daskflow.core.arguments import check_numbers
from daskflow.core.context import Context
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ConsumerNode
from daskflow.core.secrets import masked


class RtspRestreamer(ConsumerNode):
    """Publishes the frames it gets as H.264 to an RTSP server, such as MediaMTX, by an ffmpeg process.

    Parameters
    ----------
    url : str
        Where to, such as ``"rtsp://user:password@192.168.1.5:8554/gate"``. Its password is masked in messages
        and logs; but the address is an argument of ffmpeg, which users of the same machine can see.
    fps : float or Fraction, optional
        Nominal frames per second; by default ``frame_rate`` of the metadata, or else 30. A frame is shown
        when it comes.
    crf : int, default 23
        Quality of H.264, 0 to 51; less is better and larger.
    preset : str, default "veryfast"
        Effort of H.264.
    ffmpeg : str or os.PathLike, optional
        The program; by default ``ffmpeg`` on the PATH of the worker, or else that of the package
        imageio-ffmpeg.
    restart_wait_s : float, default 1
        Before an ffmpeg that ended is started anew; doubles with each failure in a row, up to 30 s.
    write_timeout_s : float, default 10
        How long ffmpeg may take for a frame; one that takes longer is killed and started anew.
    name : str, optional
        Unique in the flow.
    **options
        As for `Node`: queue_size, cpu_threads.

    Raises
    ------
    TypeError, ValueError
        `url` is no RTSP address, or another argument is of another type or out of its range.

    Notes
    -----
    `consume` never waits for ffmpeg or the server: a thread hands over the newest frame, and the others are
    dropped. The log says how many, when ffmpeg ends and at `close`. The node holds two frames at most. ffmpeg
    ends with the flow, and also where the worker is killed: its stdin ends, and where the system has
    ``setpriv`` the kernel kills it.
    """

    def __init__(
        self,
        url: str,
        fps: float | Fraction | None = None,
        *,
        crf: int = 23,
        preset: str = "veryfast",
        ffmpeg: str | os.PathLike[str] | None = None,
        restart_wait_s: float = 1.0,
        write_timeout_s: float = 10.0,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        if not isinstance(url, str):
            raise TypeError(f"url is a str, got {type(url).__name__}")
        if not url.lower().startswith(("rtsp://", "rtsps://")):
            raise ValueError(f"url begins with rtsp:// or rtsps://, got {masked(url)!r}")
        check_numbers(fps=fps, restart_wait_s=restart_wait_s, write_timeout_s=write_timeout_s)
        if fps is not None and not 0 < fps <= 1000:
            raise ValueError(f"fps is greater than 0 and at most 1000, got {fps}")
        if not restart_wait_s > 0 or not write_timeout_s > 0:
            raise ValueError(
                f"restart_wait_s and write_timeout_s are above 0, got {restart_wait_s} and {write_timeout_s}"
            )
        self._encoding = checked_encoding(".mp4", "h264", crf, preset)
        self._url, self._fps = url, fps
        self._ffmpeg = None if ffmpeg is None else os.fspath(ffmpeg)
        if self._ffmpeg is not None and os.sep in self._ffmpeg:
            self._ffmpeg = os.path.abspath(self._ffmpeg)
        self._restart_wait_s, self._write_timeout_s = restart_wait_s, write_timeout_s
        self._program = ""
        self._publisher: Publisher | None = None
        self._shape: tuple[int, ...] = ()

    def open(self) -> None:
        """Find ffmpeg; runs in the consumer's worker.

        Raises
        ------
        FileNotFoundError
            There is none.
        """
        self._program = _found(self._ffmpeg)

    def consume(self, frame: Frame, ctx: Context) -> None:
        """Hand on a frame; runs in the consumer's worker and does not block.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey). One of another size than the first is
            resized.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array.
        """
        frame = checked_frame(frame, self, grey=True)
        if self._publisher is None:
            self._begin(frame, ctx)
        assert self._publisher is not None
        if frame.ndim == 2:
            frame = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
        if frame.shape[:2] != self._shape:
            resized = cv2.resize(frame, self._shape[::-1], interpolation=cv2.INTER_AREA)
            frame = resized.astype(np.uint8, copy=False)
        self._publisher.put(frame)

    def close(self) -> None:
        """End ffmpeg; runs in the consumer's worker, and blocks for some seconds at most."""
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()

    def _begin(self, frame: Frame, ctx: Context) -> None:
        rate = nominal_rate(self._fps or ctx.metadata.get("frame_rate"))
        self._shape = frame.shape[:2]
        command = ffmpeg_command(
            self._program,
            self._url,
            width=frame.shape[1],
            height=frame.shape[0],
            rate=rate,
            crf=self._encoding.crf,
            preset=self._encoding.preset,
            threads=ctx.cpu_threads,
        )
        self._publisher = Publisher(
            command,
            address=masked(self._url),
            first_wait_s=self._restart_wait_s,
            write_timeout_s=self._write_timeout_s,
            logger=ctx.logger,
        )


def _found(wanted: str | None) -> str:
    program = shutil.which(wanted or "ffmpeg")
    if program is None and wanted is None:
        try:
            program = str(import_module("imageio_ffmpeg").get_ffmpeg_exe())
        except (ImportError, RuntimeError):
            program = None
    if program is None:
        raise FileNotFoundError(
            f"RtspRestreamer needs the program {wanted or 'ffmpeg'}, which is not there: "
            "install ffmpeg, or say ffmpeg=<its path>, or pip install imageio-ffmpeg"
        )
    return program
