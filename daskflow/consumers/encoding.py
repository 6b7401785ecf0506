"""One video file in the making, by PyAV."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from daskflow.consumers.codecs import CODECS, FORMATS, Encoding, quiet_encoders
from daskflow.consumers.hardware import pixel_format
from daskflow.consumers.scheduling import scheduled_as_before
from daskflow.consumers.timetable import Timetable
from daskflow.core.frame import Frame

# AVCOL_SPC_SMPTE170M: what swscale makes of RGB, so that players need not guess by the size
MATRIX_BT601 = 6
RANGE_LIMITED, _RANGE_FULL = 1, 2  # AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG
_KEYFRAME_EVERY = 250  # frames, as x264 has it; libvpx and SVT-AV1 have less or far more


class VideoEncoder:
    """Writes frames to ``<path>.part`` and gives the file its name when it is complete.

    Parameters
    ----------
    path : str
        Absolute path of the file; its extension, one of `CONTAINERS`, says the kind.
    encoding : Encoding
        Codec, quality and effort.
    encoder : str, optional
        FFmpeg's name of one in hardware, instead of the one in software.
    width, height : int
        Of the frames that come, in pixels. An odd one is made even by repeating the last column or row; one
        that is too small for the codec is filled up in the same way.
    rate : Fraction
        Nominal frames per second.
    timetable : Timetable
        Of the frames: the unit of the time stamps, and how long the last one is shown.
    threads : int
        Of the encoder.

    Raises
    ------
    OSError, ValueError
        The file cannot be made, or the encoder refuses the frames' size.
    """

    def __init__(
        self,
        path: str,
        *,
        encoding: Encoding,
        width: int,
        height: int,
        rate: Fraction,
        timetable: Timetable,
        threads: int,
        encoder: str | None = None,
    ) -> None:
        quiet_encoders()
        self._path = path
        self._part = f"{path}.part"
        self._unit, self._period = timetable.unit, timetable.period
        self._reformatter = VideoReformatter()
        self._shape = height, width
        codec, encoder = CODECS[encoding.codec], encoder or encoding.software
        side = codec.least_side
        self._margins = tuple(max(length + length % 2, side) - length for length in self._shape)
        extension = os.path.splitext(path)[1].lower()
        # The index goes to the front, so that a browser can begin before it has the whole file.
        options = {"movflags": "+faststart"} if extension == ".mp4" else {}
        self._container = av.open(self._part, "w", format=FORMATS[extension], options=options)
        self._stream: Any = self._container.add_stream(encoder, rate=rate)
        context = self._stream.codec_context
        context.width, context.height = width + self._margins[1], height + self._margins[0]
        context.pix_fmt = pixel_format(encoder)
        context.time_base = self._unit
        context.gop_size = _KEYFRAME_EVERY
        context.colorspace = MATRIX_BT601
        context.color_range = _RANGE_FULL if codec.full_range else RANGE_LIMITED
        context.options = encoding.options(encoder)
        if encoding.codec == "hevc" and extension == ".mp4":
            context.codec_tag = "hvc1"  # Apple's players want it; FFmpeg's own is hev1
        if encoding.codec == "mpeg4" and extension == ".avi":
            context.codec_tag = "XVID"  # known to more players than FFmpeg's own FMP4
        if encoding.codec not in ("mpeg4", "mjpeg"):
            context.thread_count = threads
        if encoder == "libx264":
            context.thread_type = "FRAME"
        try:
            open_encoder(context)
        except BaseException:
            self._discard()
            raise

    @property
    def encoder(self) -> str:
        """FFmpeg's name of what encodes."""
        name: str = self._stream.codec_context.codec.name
        return name

    def write(self, frame: Frame, time_stamp: int) -> None:
        """Add a frame.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR) or height × width (grey). One of another size is resized.
        time_stamp : int
            In units, greater than that of the frame before.
        """
        margins = self._margins if frame.shape[:2] == self._shape else None
        picture = picture_for(self._stream.codec_context, self._reformatter, frame, margins)
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

    def _discard(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._container.close()
        with contextlib.suppress(OSError):
            os.unlink(self._part)


def open_encoder(context: av.VideoCodecContext) -> None:
    """Open an encoder that is fully described.

    Raises
    ------
    ValueError
        It does not take frames of that size, for example since they are too large.
    """
    name = context.codec.name  # which PyAV 19 does not know any more of one that was not opened
    try:
        with scheduled_as_before():
            context.open()
    except av.FFmpegError as error:
        size = f"{context.width}×{context.height}"
        raise ValueError(
            f"{name} refuses frames of {size} ({error.strerror}): resize them before, or use another codec"
        ) from error


def picture_for(
    context: av.VideoCodecContext,
    reformatter: VideoReformatter,
    frame: Frame,
    margins: tuple[int, ...] | None = None,
) -> av.VideoFrame:
    """A frame as an encoder takes it, with rows and columns added at the end that repeat the last ones.

    Parameters
    ----------
    context : av.VideoCodecContext
        The encoder: what comes out has its size and pixel format.
    reformatter : av.video.reformatter.VideoReformatter
        Of this encoder alone: it keeps what it has set up for the last frame.
    frame : numpy.ndarray
        uint8, height × width × 3 (BGR) or height × width (grey).
    margins : tuple of int, optional
        How many rows and columns; by default as many as make both numbers even.
    """
    if margins is None:
        margins = frame.shape[0] % 2, frame.shape[1] % 2
    if any(margins):
        frame = np.pad(frame, [(0, margin) for margin in (*margins, 0)][: frame.ndim], mode="edge")
    else:
        frame = np.ascontiguousarray(frame)
    # One thread: PyAV's default starts one per processor and converter, for a step of 0.2 ms.
    return reformatter.reformat(
        av.VideoFrame.from_ndarray(frame, format="bgr24" if frame.ndim == 3 else "gray"),
        width=context.width,
        height=context.height,
        format=context.pix_fmt,
        interpolation="BICUBIC",
        threads=1,
    )
