"""Numbers that are none, or too small, are refused where the node is made, by the name of the option."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daskflow.core.node import ProducerNode
from daskflow.producers import (
    DetectionsFileReader,
    ImageFolderReader,
    ImageProducer,
    QueueProducer,
    TileReader,
    VideoDeviceReader,
    VideofileReader,
    VideoFolderReader,
    VideoUrlReader,
)

FRAME = np.zeros((4, 4, 3), np.uint8)
Make = Callable[..., ProducerNode]


def url(**options: Any) -> ProducerNode:
    return VideoUrlReader("rtsp://camera", **options)


def image(**options: Any) -> ProducerNode:
    return ImageProducer(FRAME, **options)


def tiles(**options: Any) -> ProducerNode:
    return TileReader(image(), **options)


def queue(**options: Any) -> ProducerNode:
    return QueueProducer("frames", **options)


COUNTS: list[tuple[Make, str, int]] = [
    (url, "max_frames", 0),
    (url, "reconnects", 0),
    (url, "decoder_threads", 1),
    (VideoDeviceReader, "max_frames", 0),
    (VideoDeviceReader, "decoder_threads", 1),
    (queue, "max_frames", 0),
    (image, "repeat", 0),
    (tiles, "columns", 1),
    (tiles, "overlap", 0),
    (lambda **options: VideofileReader("v.mp4", **options), "decoder_threads", 1),
    (lambda **options: VideoFolderReader("v", **options), "decoder_threads", 1),
]
NUMBERS: list[tuple[Make, str]] = [
    (url, "open_timeout_s"),
    (url, "read_timeout_s"),
    (url, "reconnect_wait_s"),
    (VideoDeviceReader, "fps"),
    (VideoDeviceReader, "open_timeout_s"),
    (queue, "open_timeout_s"),
    (image, "fps"),
    (lambda **options: ImageFolderReader("v", **options), "fps"),
    (lambda **options: DetectionsFileReader("v.txt", **options), "fps"),
]


@pytest.mark.parametrize(("make", "name", "least"), COUNTS)
def test_counts(make: Make, name: str, least: int) -> None:
    make(**{name: np.int64(least)})
    for wrong in (2.5, "2", True):
        with pytest.raises(TypeError, match=f"^{name} is a whole number, got {wrong!r}"):
            make(**{name: wrong})
    with pytest.raises(ValueError, match=f"^{name} is .*, got {least - 1}"):
        make(**{name: least - 1})


@pytest.mark.parametrize(("make", "name"), NUMBERS)
def test_numbers(make: Make, name: str) -> None:
    make(**{name: np.float32(2.5)})
    with pytest.raises(TypeError, match=f"^{name} is a number, got '5'"):
        make(**{name: "5"})
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match=f"^{name} is "):
            make(**{name: wrong})


def test_an_address_is_a_text() -> None:
    with pytest.raises(TypeError, match="url is an address"):
        VideoUrlReader(None)  # type: ignore[arg-type]
