"""Videos made and read for the tests of the node library."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

import daskflow
from daskflow.core.context import Context

PEDESTRIANS = Path(daskflow.__file__).parent / "data" / "pedestrians.mp4"
VTEST = Path(__file__).parents[3] / "shared" / "data" / "vtest.avi"
ABSENT = f"{VTEST} is not here"

Picture = NDArray[np.uint8]


def context(**metadata: Any) -> Context:
    return Context("flow", "run", "node", metadata=metadata)


def picture(number: int = 0, *, width: int = 64, height: int = 48) -> Picture:
    """A blue-green ramp with a red square, at a place that depends on `number`."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 200, width)
    image[..., 1] = np.linspace(50, 150, height)[:, None]
    left = number * 4 % max(1, width - 16)
    image[8:24, left : left + 16] = (0, 0, 255)
    image.flags.writeable = False
    return image


def noise(number: int, *, width: int = 64, height: int = 48) -> Picture:
    """Incompressible, so that damage to a file hits pictures."""
    return np.random.default_rng(number).integers(0, 255, (height, width, 3), dtype=np.uint8)


@contextlib.contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """No file of this process gets larger: a write beyond it fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_video(
    path: Path,
    pictures: Iterable[Picture],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate: int = 10,
    times: list[int] | None = None,
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write `pictures`; `times` are time stamps in tenths of a frame."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options or {})
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        if rotation and not hasattr(type(stream), "set_display_rotation"):
            pytest.skip(f"PyAV {av.__version__} cannot write a rotation")
        if rotation:
            stream.set_display_rotation(rotation)
        for number, image in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = image.shape[:2]
                if times:
                    stream.codec_context.time_base = Fraction(1, rate * 10)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "bgr24")
            frame = frame.reformat(format=pix_fmt, threads=1)
            frame.pts = times[number] if times else number
            frame.time_base = Fraction(1, rate * 10) if times else Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read_video(path: Path) -> tuple[list[Picture], list[float], dict[str, Any]]:
    """The pictures, their times in seconds, and what the file says of itself."""
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        pictures, times = [], []
        for frame in container.decode(stream):
            pictures.append(frame.to_ndarray(format="bgr24", threads=1))
            times.append(float(frame.pts * frame.time_base))
        return (
            pictures,
            times,
            {
                "frames": stream.frames,
                "rate": stream.average_rate,
                "duration": float(stream.duration * stream.time_base),
                "codec": stream.codec_context.name,
                "pix_fmt": stream.codec_context.pix_fmt,
            },
        )


def open_files() -> list[str]:
    """What this process holds open."""
    paths = []
    for number in os.listdir("/proc/self/fd"):
        try:
            paths.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:  # the listing's own
            continue
    return paths
