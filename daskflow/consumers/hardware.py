"""Which of a machine's video encoders can be used: found out by opening them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import av

from daskflow.consumers.codecs import HARDWARE, Encoding
from daskflow.consumers.scheduling import scheduled_as_before

_SIDE = 256  # of the picture they are tried with; NVENC takes none below 145 × 49


def hardware_encoder(encoding: Encoding, families: Iterable[str]) -> tuple[str | None, str]:
    """An encoder in hardware that works here.

    Parameters
    ----------
    encoding : Encoding
        What it is to do.
    families : iterable of str
        Of `HARDWARE`, in the order in which they are tried.

    Returns
    -------
    encoder : str or None
        FFmpeg's name of it.
    reason : str
        Where there is none: what each said.

    Notes
    -----
    FFmpeg lists all that it was built with, whether the machine has the hardware or not; so each is opened.
    NVENC is that of the first GPU which this process sees.
    """
    reasons = []
    for family in families:
        encoder = HARDWARE[family].get(encoding.codec)
        if encoder is None:
            reasons.append(f"{family} has no {encoding.codec}")
            continue
        try:
            _try(encoder, encoding)
        except (av.FFmpegError, ValueError) as error:  # ValueError: there is no encoder of this name
            reasons.append(f"{encoder}: {getattr(error, 'strerror', None) or error}")
        else:
            return encoder, ""
    return None, "; ".join(reasons)


def pixel_format(encoder: str) -> str:
    """The pixels that `encoder` takes: 4:2:0, in the arrangement it knows."""
    if encoder == "mjpeg":
        return "yuvj420p"
    return "nv12" if encoder.endswith("_qsv") else "yuv420p"


def _try(encoder: str, encoding: Encoding) -> None:
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width = context.height = _SIDE
    context.pix_fmt = pixel_format(encoder)
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
    context.options = encoding.options(encoder)
    picture = av.VideoFrame(_SIDE, _SIDE, context.pix_fmt)
    picture.pts, picture.time_base = 0, Fraction(1, 30)
    with scheduled_as_before():
        context.open()
    context.encode(picture)
    context.encode(None)
