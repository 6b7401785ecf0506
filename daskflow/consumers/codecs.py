"""Which codecs go into which containers, and how their encoders are told about quality and effort."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from daskflow.core.arguments import check_whole_numbers

_X26X_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to write video.

    Attributes
    ----------
    encoder : str
        FFmpeg's name of the encoder in software.
    crf : tuple of int
        Quality: best, worst, and what is taken unless said. Each encoder has a scale of its own.
    presets : tuple of str
        Effort; none for an encoder that has no choice.
    preset : str
        What is taken unless said.
    least_side : int
        Pixels that the encoder needs in each direction.
    full_range : bool
        Whether black is 0 and white 255, as JPEG has it, and not 16 and 235.
    """

    encoder: str
    crf: tuple[int, int, int]
    presets: tuple[str, ...] = ()
    preset: str = ""
    least_side: int = 2
    full_range: bool = False


CODECS = {
    "h264": Codec("libx264", (0, 51, 23), _X26X_PRESETS, "veryfast"),
    "hevc": Codec("libx265", (0, 51, 28), _X26X_PRESETS, "ultrafast", least_side=16),
    "vp9": Codec("libvpx-vp9", (0, 63, 32), tuple(map(str, range(9))), "7"),
    "av1": Codec("libsvtav1", (1, 63, 35), tuple(map(str, range(14))), "10", least_side=64),
    "mpeg4": Codec("mpeg4", (1, 31, 4)),
    "mjpeg": Codec("mjpeg", (1, 31, 4), full_range=True),
}
"""By the names that `codec` takes."""

CONTAINERS = {
    ".mp4": ("h264", "hevc", "vp9", "av1"),
    ".mkv": ("h264", "hevc", "vp9", "av1", "mjpeg"),
    ".webm": ("vp9", "av1"),
    ".avi": ("mpeg4", "mjpeg"),
}
"""The codecs of each kind of file; the first one unless another is named."""

FORMATS = {".mp4": "mp4", ".mkv": "matroska", ".webm": "webm", ".avi": "avi"}
"""FFmpeg's names of the containers."""

HARDWARE = {
    "nvenc": {"h264": "h264_nvenc", "hevc": "hevc_nvenc", "av1": "av1_nvenc"},
    "qsv": {"h264": "h264_qsv", "hevc": "hevc_qsv", "vp9": "vp9_qsv", "av1": "av1_qsv"},
}
"""Encoders in hardware, by family, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a video is encoded: a codec with its quality and effort, known to fit."""

    codec: str
    crf: int
    preset: str

    @property
    def software(self) -> str:
        """FFmpeg's name of the encoder that needs no hardware."""
        return CODECS[self.codec].encoder

    def options(self, encoder: str) -> dict[str, str]:
        """What FFmpeg is to tell `encoder`, one of this codec."""
        family = encoder.rpartition("_")[2]
        if family == "nvenc":
            return {"rc": "vbr", "cq": str(self.crf), "b": "0", "bf": "0"}
        if family == "qsv":
            return {"global_quality": str(max(1, self.crf)), "bf": "0"}
        # No B-frames: with them and uneven times FFmpeg writes a duration that ends too early.
        options = {"crf": str(self.crf), "preset": self.preset, "bf": "0"}
        if encoder == "libx265":
            return {**options, "x265-params": "log-level=error"}
        if encoder == "libsvtav1":
            return {"crf": str(self.crf), "preset": self.preset}
        if encoder == "libvpx-vp9":
            deadline = "realtime" if int(self.preset) > 5 else "good"
            return {"crf": str(self.crf), "b": "0", "cpu-used": self.preset, "deadline": deadline}
        if encoder in ("mpeg4", "mjpeg"):  # global_quality needs a field of frames that PyAV does not fill
            return {"qmin": str(self.crf), "qmax": str(self.crf)}
        return options


def checked_encoding(
    extension: str, codec: str | None, crf: int | None, preset: str | int | None
) -> Encoding:
    """What is to be written into a file, by the choices of a user; None is the usual one.

    Raises
    ------
    ValueError
        The container is not known, or does not hold the codec, or the codec has no such quality or preset.
    TypeError
        `crf` is not a whole number.
    """
    if extension not in CONTAINERS:
        raise ValueError(f"a video file to write ends in {_either(CONTAINERS)}, got {extension!r}")
    codec = CONTAINERS[extension][0] if codec is None else codec
    if codec not in CODECS:
        raise ValueError(f"codec is {_either(CODECS)}, got {codec!r}")
    if codec not in CONTAINERS[extension]:
        holders = [name for name, codecs in CONTAINERS.items() if codec in codecs]
        raise ValueError(
            f"codec {codec!r} does not go into {extension}: "
            f"{extension} takes {_either(CONTAINERS[extension])}, and {codec} goes into {_either(holders)}"
        )
    known = CODECS[codec]
    best, worst, usual = known.crf
    check_whole_numbers(crf=crf)
    crf = usual if crf is None else crf
    if not best <= crf <= worst:
        raise ValueError(f"crf of {codec} is from {best} to {worst}, got {crf}")
    if preset is not None and str(preset) not in known.presets:
        choice = f"is {_either(known.presets)}" if known.presets else "is not to be given"
        raise ValueError(f"preset of {codec} {choice}, got {preset!r}")
    return Encoding(codec, crf, known.preset if preset is None else str(preset))


def checked_hardware(hardware: bool | str) -> tuple[str, ...]:
    """The families of hardware encoders to try.

    Raises
    ------
    ValueError
        `hardware` is neither a bool nor one of them.
    """
    if isinstance(hardware, bool):
        return tuple(HARDWARE) if hardware else ()
    if hardware not in HARDWARE:
        raise ValueError(f"hardware is True, False or {_either(HARDWARE)}, got {hardware!r}")
    return (hardware,)


def quiet_encoders() -> None:
    """Have SVT-AV1 say errors only: it writes 20 lines about itself to stderr, past all logging."""
    os.environ.setdefault("SVT_LOG", "1")


def _either(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
