"""Folders of images: which, in what order, and what becomes of them."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from daskflow import SKIP
from daskflow.producers import ImageFolderReader
from daskflow.producers.listing import natural
from tests.unit.media import Picture, context, picture
from tests.unit.producers.recordings import are_equal, rest_of


def write(path: Path, image: Picture) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Images 1 to 12, whose numbers are not all of one length, and what is none of them."""
    for number in range(1, 13):
        write(tmp_path / f"img{number}.png", picture(number))
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".img0.png").write_text("hidden")
    (tmp_path / "folder.png").mkdir()
    write(tmp_path / "more2" / "img1.PNG", picture(21))
    write(tmp_path / "more10" / "img0.jpg", picture(20))
    return tmp_path


def names_of(reader: ImageFolderReader) -> list[str]:
    return [Path(m["source"]).name for _, m in rest_of(reader, None)]


def only_frame_of(path: Path, **options: Any) -> Picture:
    [(frame, _)] = rest_of(ImageFolderReader(path.parent, pattern=path.name, **options), None)
    assert (frame.dtype, frame.flags.c_contiguous) == (np.uint8, True)
    return frame


class TestOrder:
    def test_numbers_count_as_numbers(self, folder: Path) -> None:
        read = rest_of(ImageFolderReader(folder), None)
        assert [m["source"] for _, m in read] == [str(folder / f"img{n}.png") for n in range(1, 13)]
        for number, (frame, _) in enumerate(read, 1):
            np.testing.assert_array_equal(frame, picture(number))

    def test_folders_within_it(self, folder: Path) -> None:
        read = [m["source"] for _, m in rest_of(ImageFolderReader(folder, recursive=True), None)]
        assert read[11:] == [str(folder / p) for p in ("img12.png", "more2/img1.PNG", "more10/img0.jpg")]

    @pytest.mark.parametrize(
        ("pattern", "names"),
        [("IMG1?.png", [10, 11, 12]), (["img2.*", "img1.png"], [1, 2]), ("img[1-3].png", [1, 2, 3])],
    )
    def test_pattern(self, folder: Path, pattern: str | list[str], names: list[int]) -> None:
        assert names_of(ImageFolderReader(folder, pattern=pattern)) == [f"img{n}.png" for n in names]

    def test_names_of_all_kinds_can_be_compared(self) -> None:
        names = ["b", "a10", "a2", "A1", "10", "9", "a02", "", "é1", "a2b3", "a2b"]
        assert sorted(names, key=natural) == [
            "",
            "9",
            "10",
            "A1",
            "a02",
            "a2",
            "a2b",
            "a2b3",
            "a10",
            "b",
            "é1",
        ]

    def test_relative_folder_is_taken_at_construction(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder.parent)
        reader = ImageFolderReader(folder.name, max_frames=1)
        monkeypatch.chdir("/")
        assert names_of(reader) == ["img1.png"]


class TestMetadata:
    def test_times_are_those_of_a_video(self, folder: Path) -> None:
        [(_, metadata)] = rest_of(ImageFolderReader(folder, fps=12.5, start=5, max_frames=1), None)
        assert metadata == {
            "source": str(folder / "img6.png"), "index": 5, "pts": 5, "time_base": Fraction(2, 25),
            "event_time": 0.4, "frame_rate": Fraction(25, 2),
        }  # fmt: skip

    @pytest.mark.parametrize(
        "part", [{}, {"start": 3, "stride": 4}, {"stop": 7, "stride": 2, "max_frames": 3}]
    )
    def test_a_part_and_each_place_to_go_on_in_it(self, folder: Path, part: dict[str, int]) -> None:
        whole = rest_of(ImageFolderReader(folder), None)
        reader = ImageFolderReader(folder, **part)
        undisturbed = rest_of(reader, None)
        wanted = whole[part.get("start", 0) : part.get("stop") : part.get("stride", 1)]
        assert are_equal(undisturbed, wanted[: part.get("max_frames")])
        assert reader.length == len(undisturbed)
        for sequence in range(len(undisturbed) + 2):
            assert are_equal(rest_of(reader, sequence, 2), undisturbed[sequence : sequence + 2])


class TestKinds:
    def test_exif_orientation(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned clockwise
        Image.fromarray(picture()[:, :, ::-1]).save(tmp_path / "v.jpg", exif=exif, quality=100, subsampling=0)
        upright = np.rot90(picture(), -1).astype(int)
        frame = only_frame_of(tmp_path / "v.jpg")
        assert frame.shape == (64, 48, 3)
        assert np.abs(frame - upright).mean() < 3
        assert only_frame_of(tmp_path / "v.jpg", format="gray").shape == (64, 48)

    @pytest.mark.parametrize("end", ["png", "tiff"])
    def test_sixteen_bits(self, tmp_path: Path, end: str) -> None:
        path = write(tmp_path / f"v.{end}", picture().astype(np.uint16) * 257)
        np.testing.assert_array_equal(only_frame_of(path), picture())

    def test_alpha_is_left_out(self, tmp_path: Path) -> None:
        alpha = np.full((48, 64, 1), 128, np.uint8)
        path = write(tmp_path / "v.png", np.concatenate([picture(), alpha], axis=2))
        np.testing.assert_array_equal(only_frame_of(path), picture())

    def test_grey_becomes_three_channels_and_back(self, tmp_path: Path) -> None:
        grey = np.arange(48 * 5, dtype=np.uint8).reshape(48, 5)
        path = write(tmp_path / "v.png", grey)
        np.testing.assert_array_equal(only_frame_of(path), np.dstack([grey] * 3))
        np.testing.assert_array_equal(only_frame_of(path, format="gray"), grey)

    def test_palette_and_order_of_colours(self, tmp_path: Path) -> None:
        Image.fromarray(np.full((4, 5, 3), (250, 20, 10), np.uint8)).quantize(4).save(tmp_path / "v.png")
        assert only_frame_of(tmp_path / "v.png")[0, 0].tolist() == [10, 20, 250]
        assert only_frame_of(tmp_path / "v.png", format="rgb24")[0, 0].tolist() == [250, 20, 10]

    @pytest.mark.parametrize("end", ["bmp", "webp", "tif", "jpeg", "ppm"])
    def test_kinds_of_files(self, tmp_path: Path, end: str) -> None:
        assert (
            np.abs(only_frame_of(write(tmp_path / f"v.{end}", picture())).astype(int) - picture()).mean() < 9
        )


class TestBadFiles:
    @pytest.mark.parametrize("kept", [0.0, 0.05, 0.5, 0.9])
    @pytest.mark.parametrize("end", ["png", "jpg", "webp"])
    def test_an_incomplete_image_is_named_or_skipped(
        self, tmp_path: Path, end: str, kept: float, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number in range(3):
            path = write(tmp_path / f"{number}.{end}", np.random.default_rng(0).integers(0, 255, (48, 64, 3)))
        bad = tmp_path / f"1.{end}"
        bad.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
        with pytest.raises(ValueError, match=f"{bad} cannot be read as an image: it is "):
            rest_of(ImageFolderReader(tmp_path), None)
        reader, ctx = ImageFolderReader(tmp_path, on_bad_file="skip"), context()
        reader.open(context())
        with caplog.at_level(logging.WARNING):
            given = [reader.next(ctx) for _ in range(3)]
        assert [frame is SKIP for frame in given] == [False, True, False]
        assert reader.length == 3
        assert ctx.metadata["index"] == 2  # numbers and positions stay in step, and seek need not read
        assert f"a file is skipped: {bad} cannot be read as an image" in caplog.text

    def test_text(self, tmp_path: Path) -> None:
        (tmp_path / "v.png").write_text("no image\n" * 100)
        with pytest.raises(ValueError, match=r"v\.png cannot be read as an image: it is of another kind"):
            rest_of(ImageFolderReader(tmp_path), None)

    def test_a_file_that_has_gone(self, folder: Path) -> None:
        reader, ctx = ImageFolderReader(folder), context()
        reader.open(context())
        (folder / "img1.png").unlink()
        with pytest.raises(FileNotFoundError, match=r"there is no image .*img1\.png"):
            reader.next(ctx)


class TestRefusals:
    def test_folder(self, tmp_path: Path) -> None:
        for path, error, message in (
            (tmp_path / "absent", FileNotFoundError, "there is no folder .*absent"),
            (write(tmp_path / "v.png", picture()), NotADirectoryError, "v.png is no folder"),
            (tmp_path, FileNotFoundError, r"no file in .* matches \*\.jpg"),
        ):
            reader = ImageFolderReader(path, pattern="*.jpg")
            assert reader.length is None
            with pytest.raises(error, match=message):
                reader.open(context())

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ({"pattern": ""}, "pattern is compared with the names of files"),
            ({"pattern": "a/*.png"}, "pattern is compared with the names of files"),
            ({"pattern": []}, "pattern is compared with the names of files"),
            ({"fps": 0}, "fps is above 0, got 0"),
            ({"fps": float("nan")}, "fps is above 0"),
            ({"format": "bgra"}, "format is one of"),
            ({"on_bad_file": "ignore"}, "on_bad_file is one of error, skip, got 'ignore'"),
            ({"stride": 0}, "stride is at least 1"),
        ],
    )
    def test_arguments(self, option: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            ImageFolderReader("folder", **option)
