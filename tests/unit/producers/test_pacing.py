"""A file that comes as from a camera, on a clock of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daskflow import BATCH, SKIP, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import FunctionProcessorNode
from daskflow.producers import VideofileReader, pacing
from daskflow.testing import Kill, simulate
from tests.unit.media import context, picture, write_video


class Time:
    """Stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now_s += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(pacing, "time", time)
    return time


def messages_of(reader: VideofileReader, time: Time, busy_s: float = 0.0) -> list[tuple[Any, float]]:
    """The index of each frame, or SKIP, with the seconds at which it came."""
    ctx, messages = context(), []
    begin = time.now_s
    while True:
        ctx.metadata = {}
        try:
            frame = reader.next(ctx)
        except StopIteration:
            return messages
        messages.append((SKIP if frame is SKIP else ctx.metadata["index"], round(time.now_s - begin, 6)))
        time.now_s += busy_s


def opened(path: Path, **options: Any) -> VideofileReader:
    reader = VideofileReader(path, realtime=True, **options)
    reader.open(context())
    return reader


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """Frames at 0, 0.1, 2.6, 4.6 and 4.7 s, and one after a jump of more than an hour."""
    times = [0, 10, 260, 460, 470, 400_000]
    return write_video(tmp_path / "v.mkv", map(picture, range(6)), times=times)


def test_frames_come_when_their_stamps_say_and_pauses_let_go(uneven: Path, time: Time) -> None:
    assert messages_of(opened(uneven), time) == [
        (0, 0.0), (1, 0.1), (SKIP, 1.1), (SKIP, 2.1), (2, 2.6), (SKIP, 3.6), (3, 4.6), (4, 4.7), (5, 4.7),
    ]  # fmt: skip
    assert max(time.sleeps) <= pacing.STEP_S + 1e-6


@pytest.mark.parametrize("sequence", range(11))
def test_seek_counts_what_is_skipped_and_does_not_wait(uneven: Path, time: Time, sequence: int) -> None:
    whole = [what for what, _ in messages_of(opened(uneven), time)]
    reader = opened(uneven)
    time.sleeps.clear()
    reader.seek(sequence)
    assert time.sleeps == []
    rest = messages_of(reader, time)
    assert [what for what, _ in rest] == whole[sequence:]
    assert not rest or rest[0][1] == 0.0  # the new process begins at once


def test_a_slow_flow_is_not_slowed_further(uneven: Path, time: Time) -> None:
    times = [seconds for _, seconds in messages_of(opened(uneven), time, busy_s=0.3)]
    assert times == [0.0, 0.3, 1.1, 2.1, 2.6, 3.6, 4.6, 4.9, 5.2]


def test_a_flow_that_was_held_up_goes_on_at_the_same_pace(tmp_path: Path, time: Time) -> None:
    reader, ctx = opened(write_video(tmp_path / "v.mp4", map(picture, range(5)))), context()
    reader.next(ctx)
    time.now_s += 100
    assert [seconds for _, seconds in messages_of(reader, time)] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_part_begins_at_once_and_keeps_its_pace(tmp_path: Path, time: Time) -> None:
    path = write_video(tmp_path / "v.mp4", map(picture, range(20)))
    reader = opened(path, start=6, stride=5, stop=17)
    assert messages_of(reader, time) == [(6, 0.0), (11, 0.5), (16, 1.0)]


def test_a_killed_reader_goes_on_in_a_flow(uneven: Path, time: Time) -> None:
    reader = VideofileReader(uneven, name="reader", realtime=True)
    index = FunctionProcessorNode(lambda frame: int(frame[12, :, 2].argmax()), name="index")(reader)
    flow = Flow([reader], [CollectConsumer(name="collect")(index)], BATCH)
    undisturbed = simulate(flow)
    result = simulate(flow, [Kill("reader", at=3), Kill("reader", at=5, point="commit")])
    assert result.missed == ()
    assert result.results("collect") == undisturbed.results("collect")
    assert len(result.results("collect")) == 6
