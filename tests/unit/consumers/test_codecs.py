"""Each codec in each container that the documentation lists, written and read back."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from daskflow.consumers import VideofileWriter, codecs
from daskflow.consumers.codecs import CODECS, CONTAINERS, HARDWARE
from tests.unit.media import context, picture, read_video

DOCS = Path(__file__).parents[3] / "docs" / "writing-video.md"
PAIRS = [(container, codec) for container, names in CONTAINERS.items() for codec in names]
QUICKEST = {"h264": "ultrafast", "hevc": "ultrafast", "vp9": "8", "av1": "13", "mpeg4": None, "mjpeg": None}
TIMES = (0, 0.1, 0.2, 0.5, 0.6, 0.7)  # two are missing


def write(path: Path, pictures: Any, times: Any = TIMES, **options: Any) -> None:
    writer = VideofileWriter(path, **options)
    writer.open(context())
    try:
        for image, time in zip(pictures, times, strict=False):
            writer.consume(image, context(event_time=7 + time, frame_rate=10))
    finally:
        writer.close()


@pytest.mark.parametrize(("container", "codec"), PAIRS)
def test_what_is_written_comes_back(tmp_path: Path, container: str, codec: str) -> None:
    path = tmp_path / f"v{container}"
    originals = [picture(i, width=95, height=71) for i in range(6)]
    write(path, originals, codec=codec, preset=QUICKEST[codec])
    pictures, times, facts = read_video(path) if container in (".mp4", ".avi") else read_matroska(path)
    decoders = {"av1": ("libdav1d", "av1"), "vp9": ("vp9", "libvpx-vp9")}
    assert facts["codec"] in decoders.get(codec, (codec,))
    assert facts["pix_fmt"] == ("yuvj420p" if codec == "mjpeg" else "yuv420p")
    assert times == pytest.approx(TIMES, abs=2e-3)
    assert facts["duration"] == pytest.approx(0.8, abs=2e-3)
    assert [p.shape for p in pictures] == [(72, 96, 3)] * 6
    for image, original in zip(pictures, originals, strict=True):
        assert np.abs(image[:71, :95].astype(int) - original).mean() < 8


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="there are no scheduling policies here")
def test_no_encoder_has_itself_scheduled_before_all_others(tmp_path: Path) -> None:
    seen = set()
    writer = VideofileWriter(tmp_path / "v.mp4", codec="av1", preset=QUICKEST["av1"])  # as root it does
    writer.open(context())
    try:
        for i, time in enumerate(TIMES):
            writer.consume(picture(i, width=96, height=72), context(event_time=7 + time, frame_rate=10))
            seen |= {os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}
    finally:
        writer.close()
    assert seen == {os.SCHED_OTHER}


def read_matroska(path: Path) -> tuple[list[Any], list[float], dict[str, Any]]:
    """As `read_video`, of a container that keeps its duration outside of the stream."""
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        frames = list(container.decode(stream))
        return (
            [frame.to_ndarray(format="bgr24", threads=1) for frame in frames],
            [float(frame.pts * frame.time_base) for frame in frames],
            {
                "duration": container.duration / av.time_base,
                "codec": stream.codec_context.name,
                "pix_fmt": stream.codec_context.pix_fmt,
            },
        )


@pytest.mark.parametrize("codec", ["h264", "hevc", "vp9", "av1"])
def test_smallest_frames(tmp_path: Path, codec: str) -> None:
    grey = np.full((1, 3), 200, np.uint8)
    write(tmp_path / "v.mp4", [grey] * 2, codec=codec)
    pictures, _, _ = read_video(tmp_path / "v.mp4")
    assert len(pictures) == 2
    assert abs(int(pictures[1].mean()) - 200) < 5


def test_hevc_has_the_tag_that_apples_players_want(tmp_path: Path) -> None:
    write(tmp_path / "v.mp4", [picture()], codec="hevc")
    assert b"hvc1" in (tmp_path / "v.mp4").read_bytes()


@pytest.mark.parametrize("codec", CODECS)
def test_crf_says_the_size(tmp_path: Path, codec: str) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (64, 96, 3), dtype=np.uint8) for _ in range(2)]
    sizes = []
    for crf in (CODECS[codec].crf[0] + 4, CODECS[codec].crf[1]):
        path = tmp_path / ("v.avi" if codec == "mpeg4" else "v.mkv")
        write(path, pictures, codec=codec, crf=crf, preset=QUICKEST[codec])
        sizes.append(path.stat().st_size)
    assert sizes[0] > 1.5 * sizes[1]


def test_documentation_lists_what_is_tested() -> None:
    rows = re.findall(r"^\| `(\.\w+)` \| ([\w, ]+?) \|", DOCS.read_text(), re.M)
    assert {container: tuple(names.split(", ")) for container, names in rows} == CONTAINERS
    listed = re.findall(r"^\| (\w+) \| (\S+) \| (\d+)–(\d+), (\d+) \| (\S+) \|", DOCS.read_text(), re.M)
    assert {name: (encoder, (int(a), int(b), int(c)), p) for name, encoder, a, b, c, p in listed} == {
        name: (codec.encoder, codec.crf, codec.preset or "–") for name, codec in CODECS.items()
    }


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("v.avi", {"codec": "vp9"}, r"vp9' does not go into .avi.*mpeg4 or mjpeg.*into .mp4, .mkv or .webm"),
        ("v.webm", {"codec": "h264"}, "does not go into .webm"),
        ("v.mp4", {"codec": "divx"}, "codec is h264, hevc.* got 'divx'"),
        ("v.mp4", {"codec": "av1", "crf": 64}, "crf of av1 is from 1 to 63, got 64"),
        ("v.mp4", {"codec": "av1", "preset": "fast"}, "preset of av1 is 0, 1.* or 13, got 'fast'"),
        ("v.mp4", {"codec": "vp9", "preset": 9}, "preset of vp9 is .* got 9"),
        ("v.avi", {"preset": "fast"}, "preset of mpeg4 is not to be given"),
        ("v.mp4", {"hardware": "cuda"}, "hardware is True, False or nvenc or qsv, got 'cuda'"),
    ],
)
def test_refusals(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        VideofileWriter(name, **options)


class TestHardware:
    """Encoders in software stand in for those in hardware, but for what the machine itself has."""

    @pytest.mark.parametrize("codec", ["h264", "hevc", "vp9", "av1"])
    @pytest.mark.parametrize("hardware", [True, *HARDWARE])
    def test_what_the_machine_has_or_software(
        self, tmp_path: Path, caplog: Any, codec: str, hardware: Any
    ) -> None:
        path = tmp_path / "v.mp4"
        options = {"codec": codec, "hardware": hardware}
        encoder, [line, *_] = self.written_by(path, caplog, **options)
        assert encoder in {CODECS[codec].encoder} | {names.get(codec) for names in HARDWARE.values()}
        assert f"{path}: encoded by " in line

    def written_by(
        self, path: Path, caplog: pytest.LogCaptureFixture, **options: Any
    ) -> tuple[str, list[str]]:
        with caplog.at_level(logging.INFO):
            writer = VideofileWriter(path, **options)
            writer.open(context())
            writer.consume(picture(), context())
            assert writer._encoder is not None
            encoder = writer._encoder.encoder
            writer.close()
        assert len(read_video(path)[0]) == 1
        return encoder, [record.getMessage() for record in caplog.records]

    def test_one_that_opens_is_used(self, tmp_path: Path, monkeypatch: Any, caplog: Any) -> None:
        monkeypatch.setitem(HARDWARE, "nvenc", {"h264": "libx264rgb"})  # refuses these pixels
        monkeypatch.setitem(HARDWARE, "qsv", {"h264": "libvpx-vp9"})
        monkeypatch.setattr(codecs.Encoding, "options", lambda self, name: {})
        encoder, [line] = self.written_by(tmp_path / "v.mp4", caplog, hardware=True)
        assert encoder == "libvpx-vp9"
        assert line == f"{tmp_path / 'v.mp4'}: encoded by libvpx-vp9"

    def test_none_that_opens(self, tmp_path: Path, monkeypatch: Any, caplog: Any) -> None:
        monkeypatch.setitem(HARDWARE, "nvenc", {"h264": "absent"})
        encoder, [line] = self.written_by(tmp_path / "v.mp4", caplog, hardware="nvenc")
        assert encoder == "libx264"
        assert re.search(r"v.mp4: encoded by libx264, in software \(absent: .+\)", line)

    def test_one_that_refuses_the_frames(self, tmp_path: Path, monkeypatch: Any, caplog: Any) -> None:
        monkeypatch.setitem(HARDWARE, "nvenc", {"h264": "libsvtav1"})  # takes none above 8704 rows
        options = codecs.Encoding.options
        monkeypatch.setattr(codecs.Encoding, "options", lambda self, name: options(self, "mpeg4"))
        high = tmp_path / "v.mp4"
        with caplog.at_level(logging.INFO):
            writer = VideofileWriter(high, hardware="nvenc")
            writer.open(context())
            writer.consume(np.zeros((9000, 2, 3), np.uint8), context())
            writer.close()
        assert os.sched_getscheduler(0) == os.SCHED_OTHER  # also where it was only tried
        assert len(read_video(high)[0]) == 1
        assert "libsvtav1 refuses frames of 2×9000" in caplog.text
        assert "encoded by libx264 instead" in caplog.text

    @pytest.mark.parametrize(
        ("hardware", "sees"), [(False, False), (True, True), ("nvenc", True), ("qsv", False)]
    )
    def test_the_plan_is_asked_to_show_a_gpu_for_nvenc(self, hardware: Any, sees: bool) -> None:
        assert VideofileWriter("v.mp4", hardware=hardware).encodes_on_gpu is sees
