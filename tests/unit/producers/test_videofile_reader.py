from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow.producers import VideofileReader
from tests.unit.media import (
    ABSENT,
    PEDESTRIANS,
    VTEST,
    Picture,
    context,
    noise,
    open_files,
    picture,
    write_video,
)


def frames_of(reader: VideofileReader) -> Iterator[tuple[Picture, dict[str, Any]]]:
    """All frames of a reader with their metadata, through a copy as a worker has it."""
    reader = pickle.loads(pickle.dumps(reader))
    ctx = context()
    reader.open(ctx)
    try:
        while True:
            ctx.metadata = {}
            try:
                frame = reader.next(ctx)
            except StopIteration:
                return
            yield frame, ctx.metadata
    finally:
        reader.close()


class TestFrames:
    def test_packaged_sample(self) -> None:
        read = list(frames_of(VideofileReader(PEDESTRIANS, stride=20)))
        assert len(read) == 300 / 20
        for i, (frame, metadata) in zip(range(0, 300, 20), read, strict=True):
            assert frame.shape == (576, 768, 3)
            assert frame.dtype == np.uint8
            assert frame.flags.c_contiguous
            assert min(frame.strides) > 0
            assert metadata["index"] == i
            assert metadata["source"] == str(PEDESTRIANS)
            assert metadata["event_time"] == pytest.approx(i / 10)
            assert metadata["pts"] * metadata["time_base"] == Fraction(i, 10)
            assert metadata["frame_rate"] == 10

    @pytest.mark.skipif(not VTEST.exists(), reason=ABSENT)
    def test_sample_is_the_start_of_the_original(self) -> None:
        ours = frames_of(VideofileReader(PEDESTRIANS, max_frames=1))
        theirs = frames_of(VideofileReader(VTEST, max_frames=1))
        difference = next(ours)[0].astype(int) - next(theirs)[0]
        assert np.abs(difference).mean() < 6

    def test_order_of_colours(self, tmp_path: Path) -> None:
        red = np.zeros((48, 64, 3), np.uint8)
        red[...] = (10, 30, 240)
        path = write_video(tmp_path / "red.mp4", [red])
        [(frame, _)] = frames_of(VideofileReader(path))
        assert np.abs(frame.astype(int) - red).max() < 12

    def test_frames_held_back_by_the_decoder_come_too(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "b.mp4", map(picture, range(13)), options={"bf": "3"})
        assert [m["index"] for _, m in frames_of(VideofileReader(path))] == list(range(13))
        assert len(list(frames_of(VideofileReader(path, decoder_threads=3)))) == 13

    @pytest.mark.parametrize(("said", "planned", "threads"), [(None, 1, 0), (None, 3, 3), (2, 5, 2)])
    def test_threads_are_the_plans_unless_said(
        self, tmp_path: Path, said: int | None, planned: int, threads: int
    ) -> None:
        path = write_video(tmp_path / "v.mp4", map(picture, range(13)))
        reader, ctx = VideofileReader(path, decoder_threads=said), context()
        ctx.cpu_threads = planned
        before = len(os.listdir("/proc/self/task"))
        reader.open(ctx)
        reader.next(ctx)
        assert len(os.listdir("/proc/self/task")) == before + threads
        reader.close()

    def test_frames_do_not_share_memory(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.mp4", map(picture, range(3)))
        first, second, _ = [frame for frame, _ in frames_of(VideofileReader(path))]
        assert not np.shares_memory(first, second)
        assert first.flags.writeable

    @pytest.mark.parametrize(
        ("name", "codec", "pix_fmt", "tolerance"),
        [
            ("v.avi", "mjpeg", "yuvj420p", 30),
            ("v.mkv", "ffv1", "yuv444p10le", 3),
            ("v.mkv", "ffv1", "bgr0", 0),
            ("v.mp4", "libx264", "yuv422p10le", 30),
            ("v.mkv", "ffv1", "gray", 255),
            ("v.mov", "png", "rgb24", 0),
        ],
    )
    def test_pixel_formats(self, tmp_path: Path, name: str, codec: str, pix_fmt: str, tolerance: int) -> None:
        smooth = picture(2, width=62, height=46)
        path = write_video(tmp_path / name, [smooth] * 2, codec=codec, pix_fmt=pix_fmt)
        read = list(frames_of(VideofileReader(path)))
        assert len(read) == 2
        assert read[0][0].shape == (46, 62, 3)
        assert np.abs(read[0][0].astype(int) - smooth).mean() <= tolerance

    def test_odd_size(self, tmp_path: Path) -> None:
        odd = picture(width=63, height=47)
        path = write_video(tmp_path / "v.mkv", [odd], codec="ffv1", pix_fmt="bgr0")
        [(frame, _)] = frames_of(VideofileReader(path))
        assert frame.flags.c_contiguous
        np.testing.assert_array_equal(frame, odd)

    @pytest.mark.parametrize("rotation", [90, 180, -90])
    def test_rotated_recordings_come_upright(self, tmp_path: Path, rotation: int) -> None:
        lying = picture(3)
        path = write_video(tmp_path / "v.mov", [lying], codec="png", pix_fmt="rgb24", rotation=rotation)
        [(frame, _)] = frames_of(VideofileReader(path))
        upright = np.rot90(lying, rotation // 90)  # both turn counter-clockwise
        np.testing.assert_array_equal(frame, upright)
        assert frame.flags.c_contiguous

    def test_variable_rate_keeps_its_times(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.mp4", map(picture, range(4)), times=[0, 10, 37, 40])
        times = [m["event_time"] for _, m in frames_of(VideofileReader(path))]
        assert times == pytest.approx([0, 0.1, 0.37, 0.4])


class TestLimits:
    @pytest.mark.parametrize(("limit", "count"), [(0, 0), (2, 2), (5, 5), (9, 5), (None, 5)])
    def test_max_frames(self, tmp_path: Path, limit: int | None, count: int) -> None:
        path = write_video(tmp_path / "v.mp4", map(picture, range(5)))
        reader = VideofileReader(path, max_frames=limit)
        assert len(list(frames_of(reader))) == count == reader.length

    def test_arguments(self) -> None:
        with pytest.raises(ValueError, match="max_frames"):
            VideofileReader("v.mp4", max_frames=-1)
        with pytest.raises(ValueError, match="decoder_threads"):
            VideofileReader("v.mp4", decoder_threads=0)
        reader = VideofileReader("v.mp4", "camera", nb_tasks=2, queue_size=3)
        assert (reader.name, reader.nb_tasks, reader.queue_size) == ("camera", 2, 3)
        assert not reader.resumable

    def test_relative_path_is_taken_at_construction(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_video(tmp_path / "v.mp4", map(picture, range(2)))
        monkeypatch.chdir(tmp_path)
        reader = VideofileReader("v.mp4")
        monkeypatch.chdir("/")
        [(_, metadata), _] = frames_of(reader)
        assert metadata["source"] == str(tmp_path / "v.mp4")
        assert reader.length == 2


class TestLength:
    @pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
    def test_known_from_the_header(self, tmp_path: Path, name: str) -> None:
        codec = "mpeg4" if name.endswith("avi") else "libx264"
        path = write_video(tmp_path / name, map(picture, range(7)), codec=codec)
        assert VideofileReader(path).length == 7

    def test_unknown(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.mkv", map(picture, range(7)))
        assert VideofileReader(path).length is None

    def test_never_raises(self, tmp_path: Path) -> None:
        text = tmp_path / "text.mp4"
        text.write_text("no video")
        for path in (text, tmp_path, tmp_path / "absent.mp4"):
            assert VideofileReader(path).length is None

    def test_leaves_no_file_open(self) -> None:
        assert VideofileReader(PEDESTRIANS).length == 300
        assert str(PEDESTRIANS) not in open_files()


class TestRefusals:
    def test_missing(self, tmp_path: Path) -> None:
        path = tmp_path / "absent.mp4"
        with pytest.raises(FileNotFoundError, match=f"{path}.*check the path"):
            VideofileReader(path).open(context())

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(IsADirectoryError, match=str(tmp_path)):
            VideofileReader(tmp_path).open(context())

    def test_forbidden(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write_video(tmp_path / "v.mp4", [picture()])
        monkeypatch.setattr(os, "access", lambda place, mode: place != str(path))
        with pytest.raises(PermissionError, match=f"{path} may not be read by this user"):
            VideofileReader(path).open(context())

    @pytest.mark.parametrize("content", [b"", b"this is no video\n" * 50])
    def test_no_video(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "text.mp4"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"{path} cannot be read as a video"):
            VideofileReader(path).open(context())

    def test_sound_only(self, tmp_path: Path) -> None:
        import wave

        path = tmp_path / "sound.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(1600))
        with pytest.raises(ValueError, match=f"{path} has no video stream"):
            VideofileReader(path).open(context())
        assert str(path) not in open_files()

    def test_close_without_open_and_twice(self) -> None:
        reader = VideofileReader(PEDESTRIANS)
        reader.close()
        reader.open(context())
        assert str(PEDESTRIANS) in open_files()
        reader.close()
        reader.close()
        assert str(PEDESTRIANS) not in open_files()


class TestDamage:
    def test_broken_frames_are_left_out_with_a_warning(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path = write_video(tmp_path / "v.mp4", map(noise, range(30)))
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 3000] = bytes(3000)
        path.write_bytes(content)
        with caplog.at_level(logging.WARNING):
            indices = [m["index"] for _, m in frames_of(VideofileReader(path))]
        assert 20 < len(indices) < 30
        assert indices == sorted(set(indices))
        assert indices[-1] == 29
        assert f"{path}: a frame is left out" in caplog.text

    def test_truncated(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.avi", map(noise, range(20)), codec="mjpeg", pix_fmt="yuvj420p")
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert 0 < len(list(frames_of(VideofileReader(path)))) < 20

    def test_nothing_left(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.mov", map(noise, range(3)), codec="png", pix_fmt="rgb24")
        content = path.read_bytes()
        # Damage the pictures only: the index behind them must stay readable.
        path.write_bytes(content.replace(b"\x89PNG", b"\x00XYZ").replace(b"IDAT", b"ZZZZ"))
        with pytest.raises(ValueError, match=f"no frame of {path} can be decoded"):
            list(frames_of(VideofileReader(path)))


class TestFormats:
    def test_all_show_the_same_picture(self, tmp_path: Path) -> None:
        path = write_video(
            tmp_path / "v.mkv", [picture(2, width=63, height=47)], codec="ffv1", pix_fmt="bgr0"
        )
        read = {
            kind: next(frames_of(VideofileReader(path, format=kind)))[0]
            for kind in ("bgr24", "rgb24", "gray")
        }
        assert all(frame.flags.c_contiguous and min(frame.strides) > 0 for frame in read.values())
        assert read["gray"].shape == (47, 63)
        np.testing.assert_array_equal(read["rgb24"], read["bgr24"][:, :, ::-1])
        blue, green, red = np.moveaxis(read["bgr24"].astype(float), 2, 0)
        assert np.abs(0.114 * blue + 0.587 * green + 0.299 * red - read["gray"]).max() < 2

    def test_grey_uses_all_values(self, tmp_path: Path) -> None:
        """Most files keep brightness from 16 to 235: a frame does not."""
        white = np.full((48, 64, 3), 255, np.uint8)
        path = write_video(tmp_path / "v.mp4", [white, white // 255])
        first, second = [frame for frame, _ in frames_of(VideofileReader(path, format="gray"))]
        assert first.mean() > 250
        assert second.mean() < 4

    @pytest.mark.parametrize("rotation", [90, 180])
    def test_grey_is_upright_too(self, tmp_path: Path, rotation: int) -> None:
        kind = {"codec": "png", "pix_fmt": "rgb24"}
        lying = write_video(tmp_path / "lying.mov", [picture(3)], **kind)
        turned = write_video(tmp_path / "v.mov", [picture(3)], rotation=rotation, **kind)
        [(frame, _)] = frames_of(VideofileReader(turned, format="gray"))
        [(before, _)] = frames_of(VideofileReader(lying, format="gray"))
        np.testing.assert_array_equal(frame, np.rot90(before, rotation // 90))
        assert frame.flags.c_contiguous

    def test_capture_time_is_when_it_was_given(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "v.mp4", map(picture, range(3)))
        begin = time.time()
        times = [metadata["capture_time"] for _, metadata in frames_of(VideofileReader(path))]
        assert begin <= times[0] <= times[1] <= times[2] <= time.time()
