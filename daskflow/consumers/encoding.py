"""One video file in the making, by PyAV."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from daskflow.core.frame import Frame

EXTENSIONS = {".mp4": "libx264", ".avi": "mpeg4"}
"""What can be written, and by which encoder."""

_MATRIX_BT601 = (
    6  # AVCOL_SPC_SMPTE170M: what swscale makes of RGB, so that players need not guess by the size
)
_RANGE_LIMITED = 1  # AVCOL_RANGE_MPEG
_MPEG4_QUANTISER = 4  # 1 is best, 31 worst
_LAMBDA_PER_QUANTISER = 118  # FF_QP2LAMBDA


class VideoEncoder:
    """Writes frames to ``<path>.part`` and gives the file its name when it is complete.

    Parameters
    ----------
    path : str
        Absolute path of the file; its extension, one of `EXTENSIONS`, says the kind.
    width, height : int
        Of the frames that come, in pixels. An odd one is made even by repeating the last column or row.
    rate : Fraction
        Nominal frames per second.
    unit : Fraction
        Seconds per unit of the time stamps.
    period : int
        Units that the last frame is shown.
    crf, preset : int, str
        Of H.264.
    threads : int
        Of H.264.
    """

    def __init__(
        self,
        path: str,
        *,
        width: int,
        height: int,
        rate: Fraction,
        unit: Fraction,
        period: int,
        crf: int,
        preset: str,
        threads: int,
    ) -> None:
        self._path = path
        self._part = f"{path}.part"
        self._unit = unit
        self._period = period
        self._reformatter = VideoReformatter()
        extension = os.path.splitext(path)[1].lower()
        # The index goes to the front, so that a browser can begin before it has the whole file.
        options = {"movflags": "+faststart"} if extension == ".mp4" else {}
        self._container = av.open(self._part, "w", format=extension[1:], options=options)
        self._stream = self._container.add_stream(EXTENSIONS[extension], rate=rate)
        context = self._stream.codec_context
        context.width, context.height = width + width % 2, height + height % 2
        context.pix_fmt = "yuv420p"
        context.time_base = unit
        context.colorspace, context.color_range = _MATRIX_BT601, _RANGE_LIMITED
        if extension == ".mp4":
            # No B-frames: with them and uneven times FFmpeg writes a duration that ends too early.
            context.options = {"crf": str(crf), "preset": preset, "bf": "0"}
            context.thread_count = threads
            context.thread_type = "FRAME"
        else:
            context.codec_tag = "XVID"  # known to more players than FFmpeg's own FMP4
            quality = str(_MPEG4_QUANTISER * _LAMBDA_PER_QUANTISER)
            context.options = {"flags": "+qscale", "global_quality": quality}

    def write(self, frame: Frame, time_stamp: int) -> None:
        """Add a frame.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey). One of another size is resized.
        time_stamp : int
            In units, greater than that of the frame before.
        """
        picture = av.VideoFrame.from_ndarray(_even(frame), format="bgr24" if frame.ndim == 3 else "gray")
        context = self._stream.codec_context
        # One thread: PyAV's default starts one per processor and converter, for a step of 0.2 ms.
        picture = self._reformatter.reformat(
            picture,
            width=context.width,
            height=context.height,
            format="yuv420p",
            interpolation="BICUBIC",
            threads=1,
        )
        picture.pts = time_stamp
        picture.time_base = self._unit
        picture.duration = self._period
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Complete the file and give it its name, in place of one that had it.

        Raises
        ------
        OSError
            The file cannot be completed, as on a full disk. Nothing is left of it then.
        """
        try:
            try:
                self._container.mux(self._stream.encode(None))
            finally:
                self._container.close()
            os.replace(self._part, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(self._part)
            raise


def _even(frame: Frame) -> Frame:
    height, width = frame.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return np.ascontiguousarray(frame)
    margins = [(0, height % 2), (0, width % 2), (0, 0)][: frame.ndim]
    return np.pad(frame, margins, mode="edge")
