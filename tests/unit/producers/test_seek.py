"""A producer that follows a killed one goes on with the very message that would have been next."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow import ProducerNode
from daskflow.producers import IntProducer, VideofileReader
from tests.unit.media import context, noise, write_video
from tests.unit.producers.recordings import (
    are_equal,
    damaged,
    of_two_sizes,
    of_uneven_pace,
    rest_of,
    rotated,
    with_b_frames,
    without_times,
)

SOUND = [with_b_frames, rotated, without_times, of_uneven_pace, of_two_sizes]


@pytest.mark.parametrize(
    ("make", "threads"),
    [
        *[
            (make, 1)
            for make in (with_b_frames, damaged, rotated, without_times, of_uneven_pace, of_two_sizes)
        ],
        # With several threads FFmpeg does not always leave out the same damaged frames.
        *[(make, 3) for make in (with_b_frames, rotated, without_times, of_uneven_pace, of_two_sizes)],
    ],
)
def test_the_frames_after_seek_are_those_of_an_undisturbed_run(
    tmp_path: Path, make: Callable[[Path], Path], threads: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    reader = VideofileReader(make(tmp_path), decoder_threads=threads)
    undisturbed = rest_of(reader, None)
    assert len(undisturbed) >= 8
    for sequence in range(len(undisturbed) + 3):
        rest = undisturbed[sequence : sequence + 5]
        assert are_equal(rest_of(reader, sequence, 5), rest), sequence
    assert are_equal(rest_of(reader, 5), undisturbed[5:])


def test_the_file_of_two_sizes_is_one(tmp_path: Path) -> None:
    shapes = [frame.shape[:2] for frame, _ in rest_of(VideofileReader(of_two_sizes(tmp_path)), None)]
    assert shapes == [(48, 64)] * 4 + [(32, 96)] * 4


def test_damaged_frames_keep_their_place_in_the_count(tmp_path: Path) -> None:
    reader = VideofileReader(damaged(tmp_path), decoder_threads=1)
    indices = [m["index"] for _, m in rest_of(reader, None)]
    assert 20 < len(indices) < 40
    assert indices != list(range(len(indices)))  # otherwise the test above shows less than it says
    [(_, metadata)] = rest_of(reader, len(indices) - 1)
    assert metadata["index"] == indices[-1]


@pytest.mark.parametrize("sequence", [0, 3, 6, 7, 8, 100])
def test_max_frames_counts_from_the_beginning(tmp_path: Path, sequence: int) -> None:
    reader = VideofileReader(with_b_frames(tmp_path), max_frames=7)
    assert [m["index"] for _, m in rest_of(reader, sequence)] == list(range(sequence, 7))


def test_a_file_of_which_nothing_can_be_decoded_is_named_by_seek(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mov", map(noise, range(3)), codec="png", pix_fmt="rgb24")
    path.write_bytes(path.read_bytes().replace(b"\x89PNG", b"\x00XYZ").replace(b"IDAT", b"ZZZZ"))
    with pytest.raises(ValueError, match=f"no frame of {path} can be decoded"):
        rest_of(VideofileReader(path), 1)


def test_seek_goes_forward_only(tmp_path: Path) -> None:
    reader, ctx = VideofileReader(with_b_frames(tmp_path)), context()
    reader.open(ctx)
    reader.next(ctx)
    reader.seek(4)
    reader.next(ctx)
    assert ctx.metadata["index"] == 4
    with pytest.raises(ValueError, match="forward only"):
        reader.seek(4)
    reader.close()


@given(
    start=st.integers(-100, 100),
    count=st.none() | st.integers(0, 12),
    sequence=st.integers(0, 15),
    others=st.integers(0, 3),
)
def test_numbers_after_seek(start: int, count: int | None, sequence: int, others: int) -> None:
    producer = IntProducer(start, None if count is None else start + count - 1)
    end = sequence + 3 if count is None else count
    for node in (producer, copy.copy(producer)):
        for _ in range(min(others, end)):
            node.next()
        node.seek(sequence)
        for number in range(sequence, end):
            assert node.next() == start + number
        if count is not None:
            with pytest.raises(StopIteration):
                node.next()


def test_only_who_can_resume_says_so() -> None:
    assert not hasattr(ProducerNode, "seek")
    assert not ProducerNode.is_live
