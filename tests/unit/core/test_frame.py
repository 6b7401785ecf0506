from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from daskflow.core.frame import checked_frame, is_picture
from tests.unit.transport.device_double import FakeDevice, FakeMemory


def test_frames_pass_as_they_are() -> None:
    colour = np.zeros((4, 6, 3), np.uint8)
    colour.flags.writeable = False
    assert checked_frame(colour, "node") is colour
    grey = np.zeros((4, 6), np.uint8)
    assert checked_frame(grey, "node", grey=True) is grey


def test_on_a_gpu_they_may_be_there_already() -> None:
    memory = FakeMemory(FakeDevice())
    frame = memory.put(np.zeros((4, 6, 3), np.uint8))
    assert checked_frame(frame, "node") is frame
    with pytest.raises(TypeError, match="dtype float32"):
        checked_frame(memory.put(np.zeros((4, 6, 3), np.float32)), "node")


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (None, TypeError, "got NoneType"),
        ([[1, 2]], TypeError, "got list"),
        (np.zeros((4, 6, 3)), TypeError, "dtype float64"),
        (np.zeros((4, 6, 4), np.uint8), ValueError, r"shape \(4, 6, 4\)"),
        (np.zeros((4, 6), np.uint8), ValueError, r"shape \(4, 6\)"),
        (np.zeros((0, 6, 3), np.uint8), ValueError, r"shape \(0, 6, 3\)"),
        (np.zeros((2, 4, 6, 3), np.uint8), ValueError, r"shape \(2, 4, 6, 3\)"),
    ],
)
def test_what_is_no_frame(value: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=rf"'node' takes frames, uint8 .*{words}"):
        checked_frame(value, "node")


def test_pictures_are_frames_and_masks_on_either_side() -> None:
    memory = FakeMemory(FakeDevice())
    pictures = [np.zeros(shape, np.uint8) for shape in ((4, 6, 3), (4, 6), (1, 1))] + [np.ones((4, 6), bool)]
    for picture in pictures:
        assert is_picture(picture)
        assert is_picture(memory.put(picture))
    others = [
        np.zeros((4, 6, 4), np.uint8),
        np.zeros((0, 6), np.uint8),
        np.zeros((4, 6)),
        np.zeros(5, np.uint8),
    ]
    for other in [
        *others,
        memory.put(np.zeros((4, 4), np.float32)),
        None,
        [[1, 2]],
        b"",
        np.ones((4, 6, 3), bool),
    ]:
        assert not is_picture(other)
