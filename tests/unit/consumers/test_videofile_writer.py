from __future__ import annotations

import logging
import os
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow.consumers import VideofileWriter
from daskflow.producers import VideofileReader
from tests.unit.media import (
    ABSENT,
    PEDESTRIANS,
    VTEST,
    Picture,
    context,
    files_of_at_most,
    noise,
    open_files,
    picture,
    read_video,
)


def write(writer: VideofileWriter, pictures: Any, metadata: Any = ()) -> None:
    """All of a writer's life, in a copy as a worker has it; `metadata` is one dict for each picture."""
    writer = pickle.loads(pickle.dumps(writer))
    writer.open(context())
    try:
        given = list(metadata)
        for number, image in enumerate(pictures):
            writer.consume(image, context(**(given[number] if given else {})))
    finally:
        writer.close()


def copy_video(source: Path, target: Path, last: int, keep: Any = lambda index: True, **options: Any) -> None:
    reader, writer = VideofileReader(source, max_frames=last), VideofileWriter(target, **options)
    ctx = context()
    reader.open(ctx)
    writer.open(context())
    while True:
        ctx.metadata = {}
        try:
            frame = reader.next(ctx)
        except StopIteration:
            break
        frame.flags.writeable = False
        if keep(ctx.metadata["index"]):
            writer.consume(frame, ctx)
    writer.close()
    reader.close()


def is_close(image: Picture, other: Picture, most: float = 6) -> bool:
    return image.shape == other.shape and float(np.abs(image.astype(int) - other).mean()) < most


class TestFiles:
    @pytest.mark.parametrize(("name", "codec"), [("v.mp4", "h264"), ("v.avi", "mpeg4"), ("V.MP4", "h264")])
    def test_pictures_come_back(self, tmp_path: Path, name: str, codec: str) -> None:
        originals = [picture(i) for i in range(12)]
        write(VideofileWriter(tmp_path / name, fps=25), originals)
        pictures, times, facts = read_video(tmp_path / name)
        assert len(pictures) == facts["frames"] == 12
        assert facts["rate"] == 25
        assert facts["duration"] == pytest.approx(12 / 25)
        assert (facts["codec"], facts["pix_fmt"]) == (codec, "yuv420p")
        assert times == pytest.approx([i / 25 for i in range(12)])
        assert all(map(is_close, pictures, originals))

    def test_mp4_has_its_index_at_the_front(self, tmp_path: Path) -> None:
        write(VideofileWriter(tmp_path / "v.mp4"), map(picture, range(3)))
        content = (tmp_path / "v.mp4").read_bytes()
        assert 0 < content.find(b"moov") < content.find(b"mdat")

    @pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
    def test_one_frame(self, tmp_path: Path, name: str) -> None:
        write(VideofileWriter(tmp_path / name), [picture()])
        assert len(read_video(tmp_path / name)[0]) == 1

    def test_no_frame_leaves_no_file(self, tmp_path: Path) -> None:
        write(VideofileWriter(tmp_path / "v.mp4"), [])
        assert list(tmp_path.iterdir()) == []

    def test_no_frame_leaves_an_older_file(self, tmp_path: Path) -> None:
        (tmp_path / "v.mp4").write_text("older")
        write(VideofileWriter(tmp_path / "v.mp4"), [])
        assert (tmp_path / "v.mp4").read_text() == "older"

    def test_name_is_given_when_it_is_complete(self, tmp_path: Path) -> None:
        path = tmp_path / "v.mp4"
        path.write_text("older")
        writer = VideofileWriter(path)
        writer.open(context())
        for number in range(100):  # the encoder holds back the first ones
            writer.consume(picture(number), context())
        assert path.read_text() == "older"
        assert f"{path}.part" in open_files()
        writer.close()
        writer.close()
        assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]
        assert len(read_video(path)[0]) == 100
        assert not [name for name in open_files() if name.startswith(str(tmp_path))]

    def test_failure_keeps_what_came_before(self, tmp_path: Path) -> None:
        path = tmp_path / "v.mp4"
        with pytest.raises(TypeError):
            write(VideofileWriter(path), [picture(0), picture(1), "no picture"])
        assert len(read_video(path)[0]) == 2

    def test_file_that_cannot_be_completed_is_removed(self, tmp_path: Path) -> None:
        path = tmp_path / "v.mp4"
        writer = VideofileWriter(path)
        writer.open(context())
        writer.consume(picture(), context())
        path.mkdir()  # now the rename fails
        with pytest.raises(OSError, match=r"v\.mp4"):
            writer.close()
        assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]
        assert not [name for name in open_files() if name.startswith(str(tmp_path))]

    @pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
    def test_nothing_is_left_where_the_disk_takes_no_more(self, tmp_path: Path, name: str) -> None:
        with files_of_at_most(30_000), pytest.raises(OSError, match=r"File too large: '.*v\.\w+.part'"):
            write(VideofileWriter(tmp_path / name, crf=4), map(noise, range(100)))
        assert list(tmp_path.iterdir()) == []

    def test_frames_that_the_encoder_refuses(self, tmp_path: Path) -> None:
        too_wide = np.zeros((2, 17_000, 3), np.uint8)
        with pytest.raises(ValueError, match=r"libx264 refuses frames of 17000×2 \(.*\): resize them before"):
            write(VideofileWriter(tmp_path / "v.mp4"), [too_wide])
        assert list(tmp_path.iterdir()) == []
        assert not [name for name in open_files() if name.startswith(str(tmp_path))]

    def test_left_over_part_does_not_disturb(self, tmp_path: Path) -> None:
        (tmp_path / "v.mp4.part").write_bytes(b"killed" * 10_000)
        write(VideofileWriter(tmp_path / "v.mp4"), map(picture, range(2)))
        assert len(read_video(tmp_path / "v.mp4")[0]) == 2
        assert not (tmp_path / "v.mp4.part").exists()

    def test_crf_and_preset(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        pictures = [rng.integers(0, 255, (96, 128, 3), dtype=np.uint8) for _ in range(5)]
        sizes = []
        for crf in (10, 40):
            write(VideofileWriter(tmp_path / "v.mp4", crf=crf, preset="ultrafast"), pictures)
            sizes.append((tmp_path / "v.mp4").stat().st_size)
        assert sizes[0] > 2 * sizes[1]


class TestPictures:
    @pytest.mark.parametrize("colour", [(250, 10, 10), (10, 250, 10), (10, 10, 250), (128, 128, 128)])
    @pytest.mark.parametrize("size", [(64, 48), (1280, 720)])
    def test_colours(self, tmp_path: Path, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
        image = np.full((size[1], size[0], 3), colour, np.uint8)
        write(VideofileWriter(tmp_path / "v.mp4", preset="ultrafast"), [image])
        [written], _, _ = read_video(tmp_path / "v.mp4")
        assert np.abs(written.astype(int) - image).max() < 12

    def test_grey(self, tmp_path: Path) -> None:
        grey = np.ascontiguousarray(picture()[..., 1])
        write(VideofileWriter(tmp_path / "v.mp4"), [grey, picture()])
        pictures = read_video(tmp_path / "v.mp4")[0]
        assert is_close(pictures[0], np.repeat(grey[..., None], 3, axis=2))
        assert is_close(pictures[1], picture())

    @pytest.mark.parametrize("size", [(63, 48), (64, 47), (63, 47), (1, 1)])
    @pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
    def test_odd_size_is_padded_with_its_edge(self, tmp_path: Path, size: tuple[int, int], name: str) -> None:
        width, height = size
        image = np.full((height, width, 3), (200, 120, 40), np.uint8)
        write(VideofileWriter(tmp_path / name), [image, image[..., 0]])
        pictures = read_video(tmp_path / name)[0]
        assert pictures[0].shape == (height + height % 2, width + width % 2, 3)
        assert np.abs(pictures[0].astype(int) - (200, 120, 40)).max() < 12

    @pytest.mark.parametrize("view", [np.s_[::-1], np.s_[:, ::-1], np.s_[..., ::-1], np.s_[:24, :32]])
    def test_views(self, tmp_path: Path, view: Any) -> None:
        image = picture()[view]
        write(VideofileWriter(tmp_path / "v.mp4"), [image])
        [written], _, _ = read_video(tmp_path / "v.mp4")
        assert is_close(written, image)

    def test_other_sizes_are_fitted_to_the_first_with_one_warning(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        pictures = [picture(), picture(width=128, height=96), picture(width=33, height=21), picture()]
        with caplog.at_level(logging.WARNING):
            write(VideofileWriter(tmp_path / "v.mp4"), pictures)
        assert [record.getMessage() for record in caplog.records] == [
            f"{tmp_path / 'v.mp4'}: a frame of 128×96 is resized to 64×48, that of the first; "
            "so are all others"
        ]
        assert [p.shape for p in read_video(tmp_path / "v.mp4")[0]] == [(48, 64, 3)] * 4

    @pytest.mark.parametrize(
        ("item", "error", "words"),
        [
            (
                np.zeros((48, 64, 3), np.float32),
                TypeError,
                "out takes frames, uint8 .*got an array of dtype float32",
            ),
            (np.zeros((48, 64, 4), np.uint8), ValueError, r"out takes frames.*shape \(48, 64, 4\)"),
            ([1, 2], TypeError, "out takes frames.*got list"),
        ],
    )
    def test_refusals(self, tmp_path: Path, item: Any, error: type[Exception], words: str) -> None:
        with pytest.raises(error, match=words):
            write(VideofileWriter(tmp_path / "v.mp4", name="out"), [item])
        assert list(tmp_path.iterdir()) == []


class TestTimes:
    def test_true_times(self, tmp_path: Path) -> None:
        metadata = [{"event_time": 100 + t, "frame_rate": Fraction(10)} for t in (0, 0.1, 0.4, 0.45, 1.0)]
        write(VideofileWriter(tmp_path / "v.mp4"), map(picture, range(5)), metadata)
        _, times, facts = read_video(tmp_path / "v.mp4")
        assert times == pytest.approx([0, 0.1, 0.4, 0.45, 1.0], abs=1e-4)
        assert facts["duration"] == pytest.approx(1.1)

    def test_true_times_in_avi_are_rounded_to_the_rate(self, tmp_path: Path) -> None:
        metadata = [{"event_time": t, "frame_rate": Fraction(10)} for t in (0, 0.1, 0.42, 0.48)]
        write(VideofileWriter(tmp_path / "v.avi"), map(picture, range(4)), metadata)
        assert read_video(tmp_path / "v.avi")[1] == pytest.approx([0, 0.1, 0.4, 0.5])

    @pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
    def test_a_gap_that_the_container_cannot_have(self, tmp_path: Path, name: str) -> None:
        times = [0, 0.1, 50_000, 50_000.1]  # FFmpeg refuses it in an avi, and muddles all times in an mp4
        metadata = [{"event_time": t, "frame_rate": Fraction(10)} for t in times]
        write(VideofileWriter(tmp_path / name), map(picture, range(4)), metadata)
        left = 21_600 if name == "v.mp4" else 5000
        shown = read_video(tmp_path / name)[1]
        assert shown == pytest.approx([0, 0.1, 0.1 + left, 0.2 + left])

    def test_fps_overrides_them(self, tmp_path: Path) -> None:
        metadata = [{"event_time": t, "frame_rate": Fraction(10)} for t in (0, 3, 9)]
        write(VideofileWriter(tmp_path / "v.mp4", 50), map(picture, range(3)), metadata)
        _, times, facts = read_video(tmp_path / "v.mp4")
        assert times == pytest.approx([0, 0.02, 0.04])
        assert facts["rate"] == 50

    @pytest.mark.parametrize(
        ("fps", "metadata", "rate"),
        [
            (None, {}, 30),
            (None, {"frame_rate": Fraction(30_000, 1001)}, Fraction(30_000, 1001)),
            (None, {"frame_rate": 0}, 30),
            (None, {"frame_rate": 1e7}, 30),
            (29.97, {}, Fraction(2997, 100)),
            (Fraction(24_000, 1001), {"frame_rate": 10}, Fraction(24_000, 1001)),
            (0.5, {}, Fraction(1, 2)),
        ],
    )
    @pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
    def test_rate(self, tmp_path: Path, name: str, fps: Any, metadata: dict[str, Any], rate: Any) -> None:
        path = tmp_path / name
        write(VideofileWriter(path, fps), map(picture, range(4)), [metadata] * 4)
        _, times, facts = read_video(path)
        assert facts["rate"] == rate
        assert times == pytest.approx([float(i / Fraction(rate)) for i in range(4)])

    @pytest.mark.parametrize("fps", [1e-4, 119.88, 1000])
    def test_rates_at_the_limits_are_encoded(self, tmp_path: Path, fps: float) -> None:
        for name in ("v.mp4", "v.avi"):
            write(VideofileWriter(tmp_path / name, fps), map(picture, range(2)))
            assert len(read_video(tmp_path / name)[0]) == 2


class TestThroughReader:
    def test_dropped_frames_leave_the_pace(self, tmp_path: Path) -> None:
        path = tmp_path / "v.mp4"
        copy_video(PEDESTRIANS, path, keep=lambda i: i < 12 and i % 3 != 1, last=12, preset="ultrafast")
        pictures, times, _ = read_video(path)
        assert len(pictures) == 8
        assert times == pytest.approx([i / 10 for i in range(12) if i % 3 != 1])

    @pytest.mark.skipif(not VTEST.exists(), reason=ABSENT)
    def test_avi_to_mp4(self, tmp_path: Path) -> None:
        path = tmp_path / "v.mp4"
        copy_video(VTEST, path, last=30, preset="ultrafast")
        pictures, times, facts = read_video(path)
        assert len(pictures) == facts["frames"] == 30
        assert facts["rate"] == 10
        assert facts["duration"] == 3
        assert times == pytest.approx([i / 10 for i in range(30)])


class TestArguments:
    @pytest.mark.parametrize("name", ["v.gif", "v", "v.mp4.txt", ".mp4"])
    def test_extension(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"a video file to write (ends in .mp4, .mkv|has an extension)"):
            VideofileWriter(name)

    @pytest.mark.parametrize(
        "options",
        [{"fps": 0}, {"fps": -1}, {"fps": 2000}, {"crf": 52}, {"preset": "best"}, {"encoder_threads": 0}],
    )
    def test_values(self, options: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(options))):
            VideofileWriter("v.mp4", **options)

    @pytest.mark.parametrize(("said", "planned", "threads"), [(None, 1, 1), (None, 3, 3), (2, 5, 2)])
    def test_threads_are_the_plans_unless_said(
        self, tmp_path: Path, said: int | None, planned: int, threads: int
    ) -> None:
        writer, ctx = VideofileWriter(tmp_path / "v.mp4", encoder_threads=said), context()
        ctx.cpu_threads = planned
        writer.open(context())
        writer.consume(picture(), ctx)
        assert writer._encoder is not None
        assert writer._encoder._stream.codec_context.thread_count == threads
        writer.close()

    def test_options_reach_the_base(self) -> None:
        writer = VideofileWriter("v.mp4", name="out", queue_size=7)
        assert (writer.name, writer.queue_size) == ("out", 7)
        assert not writer.resumable

    def test_places_that_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path / 'absent'}"):
            VideofileWriter(tmp_path / "absent" / "v.mp4").open(context())
        (tmp_path / "v.mp4").mkdir()
        with pytest.raises(IsADirectoryError, match=r"v\.mp4 cannot be written: it is a folder"):
            VideofileWriter(tmp_path / "v.mp4").open(context())

    def test_forbidden(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # A new file takes the place of the old one, so it is the folder that counts.
        (tmp_path / "v.mp4").write_text("older")
        monkeypatch.setattr(os, "access", lambda path, mode: path != str(tmp_path))
        with pytest.raises(PermissionError, match=r"v\.mp4 cannot be written: this user has no permission"):
            VideofileWriter(tmp_path / "v.mp4").open(context())

    def test_relative_path_is_taken_at_construction(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        writer = VideofileWriter("v.mp4")
        monkeypatch.chdir("/")
        write(writer, [picture()])
        assert (tmp_path / "v.mp4").exists()
