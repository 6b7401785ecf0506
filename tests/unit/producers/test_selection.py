"""Part of a file: the same frames as out of the whole, however the reader gets there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daskflow.producers import VideofileReader
from daskflow.producers.decoding import VideoDecoder
from daskflow.producers.selection import Selection
from tests.unit.media import ABSENT, VTEST, noise, picture, write_video
from tests.unit.producers.recordings import (
    Message,
    are_equal,
    damaged,
    of_two_sizes,
    of_uneven_pace,
    rest_of,
    rotated,
    with_b_frames,
    without_times,
)

Make = Callable[[Path], Path]


def without_key_frames(folder: Path) -> Path:
    """Pictures are refreshed column by column: what is marked as a key frame is no whole picture."""
    options = {"x264-params": "intra-refresh=1:keyint=8:bframes=0"}
    return write_video(folder / "refresh.mp4", map(picture, range(40)), options=options)


def of_open_groups(folder: Path) -> Path:
    options = {"x264-params": "open-gop=1:keyint=8:min-keyint=8:bframes=3:scenecut=0"}
    return write_video(folder / "open.mp4", map(picture, range(40)), options=options)


def of_mpeg4(folder: Path) -> Path:
    return write_video(folder / "v.avi", map(noise, range(40)), codec="mpeg4", options={"g": "8"})


def of_vp9(folder: Path) -> Path:
    options = {"g": "8", "deadline": "realtime", "cpu-used": "8"}
    return write_video(folder / "v.mkv", map(picture, range(24)), codec="libvpx-vp9", options=options)


ALL = [
    with_b_frames, rotated, without_times, of_uneven_pace, of_two_sizes, without_key_frames,
    of_open_groups, of_mpeg4, of_vp9,
]  # fmt: skip


def wanted(whole: list[Message], selection: Selection) -> list[Message]:
    part = [(f, m) for f, m in whole if m["index"] >= selection.start and selection.takes(m["index"])]
    part = [(f, m) for f, m in part if selection.stop is None or m["index"] < selection.stop]
    return part[: selection.max_frames]


def begins_at_a_key_frame(path: Path, start: int) -> bool:
    decoder = VideoDecoder(str(path), threads=1, logger=logging.getLogger(), start=start)
    entered = decoder._entered()
    decoder.close()
    return entered is not None


@pytest.mark.parametrize("make", ALL)
def test_start_gives_what_the_whole_file_has_there(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path)
    whole = rest_of(VideofileReader(path), None)
    for start in (1, 7, 8, 9, 13, 22, 24, len(whole) - 1, len(whole), len(whole) + 1):
        part = rest_of(VideofileReader(path, start=start), None, 3)
        assert are_equal(part, whole[start : start + 3]), start


@pytest.mark.parametrize(
    ("make", "is_quick"),
    [
        (with_b_frames, True), (rotated, True), (of_mpeg4, True), (of_vp9, True),
        (without_times, False), (without_key_frames, False), (damaged, False),
    ],
)  # fmt: skip
def test_the_key_frame_is_used_where_that_is_exact(tmp_path: Path, make: Make, is_quick: bool) -> None:
    assert begins_at_a_key_frame(make(tmp_path), 23 if make is not rotated else 8) == is_quick


@pytest.mark.skipif(not VTEST.exists(), reason=ABSENT)
def test_the_end_of_a_real_recording() -> None:
    assert begins_at_a_key_frame(VTEST, 790)
    whole = rest_of(VideofileReader(VTEST, stride=20), None)
    assert are_equal(rest_of(VideofileReader(VTEST, start=760, stride=20), None), whole[38:])


@pytest.mark.parametrize("make", [with_b_frames, damaged])
@pytest.mark.parametrize(
    "part",
    [
        {"start": 13}, {"start": 5, "stop": 33, "stride": 4}, {"stop": 30, "stride": 3, "max_frames": 5},
    ],
)  # fmt: skip
def test_a_part_and_each_place_to_go_on_in_it(
    tmp_path: Path, make: Make, part: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    path = make(tmp_path)
    whole = rest_of(VideofileReader(path, decoder_threads=1), None)
    reader = VideofileReader(path, decoder_threads=1, **part)
    undisturbed = rest_of(reader, None)
    assert are_equal(undisturbed, wanted(whole, Selection(**part)))
    assert undisturbed
    assert are_equal(rest_of(reader, 2), undisturbed[2:])
    for sequence in range(len(undisturbed) + 2):
        assert are_equal(rest_of(reader, sequence, 2), undisturbed[sequence : sequence + 2]), sequence


@pytest.mark.parametrize(
    ("part", "length"),
    [
        ({"start": 3}, 4), ({"start": 9}, 0), ({"stop": 0}, 0), ({"start": 5, "stop": 3}, 0),
        ({"stride": 3}, 3), ({"start": 1, "stop": 100, "stride": 2, "max_frames": 9}, 3),
        ({"max_frames": 0}, 0),
    ],
)  # fmt: skip
def test_length_is_how_many_come(tmp_path: Path, part: dict[str, int], length: int) -> None:
    reader = VideofileReader(write_video(tmp_path / "v.mp4", map(picture, range(7))), **part)
    assert reader.length == len(rest_of(reader, None)) == length


@pytest.mark.parametrize(
    ("part", "error", "message"),
    [
        ({"start": -1}, ValueError, "start is not negative, got -1"),
        ({"stop": -1}, ValueError, "stop is not negative"),
        ({"stride": 0}, ValueError, "stride is at least 1, got 0"),
        ({"start": 1.5}, TypeError, r"start is a whole number of frames \(seconds × frame rate\), got 1.5"),
        ({"stop": "3"}, TypeError, "stop is a whole number of frames"),
        ({"stride": None}, TypeError, "stride is a whole number of frames"),
        ({"max_frames": True}, TypeError, "max_frames is a whole number of frames"),
        ({"format": "yuv420p"}, ValueError, "format is one of bgr24, rgb24, gray, got 'yuv420p'"),
    ],
)
def test_what_is_no_part(part: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        VideofileReader("v.mp4", **part)
