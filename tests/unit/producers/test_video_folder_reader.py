from __future__ import annotations

import logging
from pathlib import Path

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import FunctionProcessorNode
from daskflow.producers import VideofileReader, VideoFolderReader
from daskflow.testing import Kill, simulate
from tests.unit.media import PEDESTRIANS, context, open_files, picture, write_video
from tests.unit.producers.recordings import are_equal, damaged, rest_of

NAMES = ["part1.mp4", "part2.avi", "part10.mp4"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three videos of 5, 6 and 7 frames, in natural order, one of another size, and what is none."""
    for i, name in enumerate(NAMES):
        codec = "mpeg4" if name.endswith("avi") else "libx264"
        pictures = [picture(n + 10 * i, width=64 + 16 * i) for n in range(5 + i)]
        write_video(tmp_path / name, pictures, codec=codec)
    (tmp_path / "notes.txt").write_text("no video")
    (tmp_path / "more").mkdir()
    write_video(tmp_path / "more" / "v.mkv", [picture()])
    return tmp_path


def test_all_frames_of_all_files(folder: Path) -> None:
    reader = VideoFolderReader(folder)
    read = rest_of(reader, None)
    assert reader.length == len(read) == 18
    files = [rest_of(VideofileReader(folder / name), None) for name in NAMES]
    expected, offset_s = [], 0.0
    for file_index, messages in enumerate(files):
        for frame, m in messages:
            expected.append(
                (frame, {**m, "file_index": file_index, "event_time": m["event_time"] + offset_s})
            )
        offset_s += len(messages) / 10
    assert are_equal(
        [(f, {**m, "event_time": round(m["event_time"], 6)}) for f, m in read],
        [(f, {**m, "event_time": round(m["event_time"], 6)}) for f, m in expected],
    )
    assert [m["event_time"] for _, m in read] == pytest.approx([n / 10 for n in range(18)])


def test_stride_begins_anew_with_each_file(folder: Path) -> None:
    reader = VideoFolderReader(folder, stride=3, max_frames=6)
    read = [(m["file_index"], m["index"]) for _, m in rest_of(reader, None)]
    assert read == [(0, 0), (0, 3), (1, 0), (1, 3), (2, 0), (2, 3)]
    assert reader.length == 6
    assert VideoFolderReader(folder, stride=3).length == 7
    [(_, metadata)] = rest_of(reader, 2, 1)
    assert metadata["event_time"] == pytest.approx(0.5)


def test_pattern_and_folders_within(folder: Path) -> None:
    def names(**options: object) -> list[str]:
        read = rest_of(VideoFolderReader(folder, **options), None)
        return list(dict.fromkeys(Path(m["source"]).name for _, m in read))

    assert names(pattern="*1*.mp4") == ["part1.mp4", "part10.mp4"]
    assert names(recursive=True) == [*NAMES, "v.mkv"]
    assert VideoFolderReader(folder, recursive=True).length is None  # the header of an MKV does not say


@pytest.mark.parametrize(
    "options", [{}, {"stride": 2, "max_frames": 8}, {"format": "gray", "on_bad_file": "skip"}]
)
def test_each_place_to_go_on(
    folder: Path, options: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    damaged(folder)
    if "on_bad_file" in options:
        (folder / "part3.mp4").write_text("no video")
    reader = VideoFolderReader(folder, decoder_threads=1, **options)
    whole = rest_of(reader, None)
    assert len(whole) >= 8
    for sequence in range(len(whole) + 2):
        assert are_equal(rest_of(reader, sequence, 2), whole[sequence : sequence + 2]), sequence


def test_a_file_that_is_no_video(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    bad = folder / "part2.avi"
    bad.write_text("no video\n" * 50)
    with pytest.raises(ValueError, match=f"{bad} cannot be read as a video"):
        rest_of(VideoFolderReader(folder), None)
    read = rest_of(VideoFolderReader(folder, on_bad_file="skip"), None)
    assert [m["file_index"] for _, m in read] == [0] * 5 + [2] * 7
    assert [m["event_time"] for _, m in read] == pytest.approx([n / 10 for n in range(12)])
    assert f"a file is skipped: {bad} cannot be read as a video" in caplog.text


def test_no_file_stays_open(folder: Path) -> None:
    reader, ctx = VideoFolderReader(folder), context()
    reader.open(ctx)
    reader.next(ctx)
    assert [name for name in open_files() if name.startswith(str(folder))] == [str(folder / NAMES[0])]
    reader.close()
    reader.close()
    assert not [name for name in open_files() if name.startswith(str(folder))]


def test_a_killed_reader_goes_on_in_a_flow(folder: Path) -> None:
    reader = VideoFolderReader(folder, name="reader")
    width = FunctionProcessorNode(lambda frame: frame.shape[1], name="width")(reader)
    flow = Flow([reader], [CollectConsumer(name="collect")(width)], BATCH)
    result = simulate(flow, [Kill("reader", at=7), Kill("reader", at=12, point="commit")])
    assert result.missed == ()
    assert result.results("collect") == [64] * 5 + [80] * 6 + [96] * 7


def test_refusals(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        VideoFolderReader(folder / "absent").open(context())
    with pytest.raises(NotADirectoryError):
        VideoFolderReader(PEDESTRIANS).open(context())
    with pytest.raises(FileNotFoundError, match=r"no file in .*more matches \*\.mp4"):
        VideoFolderReader(folder / "more", pattern="*.mp4").open(context())
    assert VideoFolderReader(folder / "absent").length is None
    for option in (
        {"stride": 0},
        {"max_frames": -1},
        {"decoder_threads": 0},
        {"on_bad_file": "x"},
        {"format": ""},
    ):
        with pytest.raises(ValueError, match=next(iter(option))):
            VideoFolderReader(folder, **option)
