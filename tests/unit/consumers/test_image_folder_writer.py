from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from daskflow.consumers import ImageFolderWriter
from tests.unit.media import context, files_of_at_most, noise, picture


def write(writer: ImageFolderWriter, frame: Any, sequence: int = 0, **metadata: Any) -> None:
    ctx = context(**metadata)
    ctx.sequence_number = sequence
    writer.open()
    writer.consume(frame, ctx)
    writer.close()


@pytest.mark.parametrize("extension", ["jpg", "jpeg", "png", "webp"])
def test_pictures_come_back(tmp_path: Path, extension: str) -> None:
    writer = ImageFolderWriter(tmp_path / "a" / "b", f"f{{sequence:03d}}.{extension}")
    write(writer, picture(), 7)
    write(writer, picture()[::-1, :, 1], 8)
    assert sorted(os.listdir(tmp_path / "a" / "b")) == [f"f007.{extension}", f"f008.{extension}"]
    seen = cv2.imread(str(tmp_path / f"a/b/f007.{extension}"))
    assert np.abs(seen.astype(int) - picture()).mean() < (0.001 if extension == "png" else 5)


def test_the_index_of_the_source_names_them_and_what_exists_is_replaced(tmp_path: Path) -> None:
    writer = ImageFolderWriter(tmp_path)
    (tmp_path / "000041.jpg").write_text("older")
    write(writer, picture(), 3, index=41)
    write(writer, picture(), 3, index=41)
    write(writer, picture(), 3)
    assert sorted(os.listdir(tmp_path)) == ["000003.jpg", "000041.jpg"]
    assert cv2.imread(str(tmp_path / "000041.jpg")).shape == (48, 64, 3)


def test_quality(tmp_path: Path) -> None:
    for quality in (20, 95):
        write(ImageFolderWriter(tmp_path, "{index}.webp", quality), picture(), quality)
    assert (tmp_path / "20.webp").stat().st_size < (tmp_path / "95.webp").stat().st_size


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"pattern": "{index}.gif"}, "pattern ends in"),
        ({"pattern": "{number}.jpg"}, "pattern may name"),
        ({"pattern": "frame.jpg"}, "pattern has"),
        ({"pattern": "../{index}.jpg"}, "pattern has"),
        ({"quality": 0}, "quality is from 1 to 100"),
        ({"pattern": "{index}.png", "quality": 90}, "not for PNG"),
    ],
)
def test_arguments(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ImageFolderWriter("pictures", **options)


def test_what_is_no_frame(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="takes frames"):
        write(ImageFolderWriter(tmp_path), "text")
    assert os.listdir(tmp_path) == []


def test_nothing_is_left_of_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    with files_of_at_most(1000), pytest.raises(OSError, match=f"File too large: '{tmp_path}/000000.png'"):
        write(ImageFolderWriter(tmp_path, "{index:06d}.png"), noise(0))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: path != str(tmp_path))
    with pytest.raises(PermissionError, match=f"{tmp_path} cannot be written to"):
        ImageFolderWriter(tmp_path).open()
