"""Video files of many kinds, and what a reader gives of them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from daskflow.core.node import ProducerNode
from daskflow.runtime.runner import NodeRunner
from tests.unit.media import Picture, context, noise, picture, write_video

Message = tuple[Picture, dict[str, Any]]


def rest_of(reader: ProducerNode, sequence: int | None, most: int | None = None) -> list[Message]:
    """What a worker's copy of a reader gives after `seek`, or without one, up to `most` messages."""
    runner = NodeRunner(pickle.loads(pickle.dumps(reader)), context())
    runner.open()
    if sequence is not None:
        runner.seek(sequence)
    messages = []
    while most is None or len(messages) < most:
        try:
            frame, metadata = runner.produce(len(messages))
        except StopIteration:
            break
        assert metadata.pop("capture_time") <= metadata.pop("production_time")  # others each time
        messages.append((frame, metadata))
    runner.close()
    return messages


def are_equal(one: list[Message], other: list[Message]) -> bool:
    return [m for _, m in one] == [m for _, m in other] and all(
        np.array_equal(a, b) for (a, _), (b, _) in zip(one, other, strict=True)
    )


def with_b_frames(folder: Path) -> Path:
    return write_video(folder / "b.mp4", map(picture, range(40)), options={"bf": "3", "g": "12"})


def damaged(folder: Path) -> Path:
    path = write_video(folder / "damaged.mp4", map(noise, range(40)), options={"bf": "2", "g": "10"})
    content = bytearray(path.read_bytes())
    for part in (3, 6):
        begin = len(content) * part // 10
        content[begin : begin + 4000] = bytes(4000)
    path.write_bytes(content)
    return path


def rotated(folder: Path) -> Path:
    pictures = [picture(i) for i in range(10)]
    return write_video(folder / "r.mov", pictures, codec="png", pix_fmt="rgb24", rotation=90)


def without_times(folder: Path) -> Path:
    """A raw stream: neither an index nor time stamps."""
    return write_video(folder / "raw.h264", map(picture, range(15)), options={"bf": "2"})


def of_uneven_pace(folder: Path) -> Path:
    return write_video(folder / "v.mp4", map(picture, range(12)), times=[n * n for n in range(12)])


def of_two_sizes(folder: Path) -> Path:
    """Motion JPEG whose pictures change their size on the way."""
    path = folder / "sizes.mjpeg"
    kind = {"codec": "mjpeg", "pix_fmt": "yuvj420p"}
    parts = [
        write_video(folder / f"{i}.mjpeg", [picture(width=w, height=h)] * 4, **kind)
        for i, (w, h) in enumerate([(64, 48), (96, 32)])
    ]  # fmt: skip
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path
