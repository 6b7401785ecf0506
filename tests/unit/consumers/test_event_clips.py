from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow.consumers import EventClipWriter
from daskflow.consumers.clip import Coded, Preroll
from daskflow.scene import Event
from tests.unit.media import context, open_files, picture, read_video


def run(
    writer: EventClipWriter,
    happenings: dict[int, Any],
    frames: int,
    rate: int = 10,
    gap: tuple[int, float] = (0, 0),
) -> None:
    """Frames at a steady rate, but for a gap of so many seconds before one of them."""
    writer = pickle.loads(pickle.dumps(writer))
    writer.open()
    try:
        for number in range(frames):
            away_s = gap[1] if number >= gap[0] else 0
            ctx = context(event_time=1000 + number / rate + away_s, frame_rate=rate)
            ctx.sequence_number = number
            writer.consume(picture(number, width=63), happenings.get(number), ctx)
    finally:
        writer.close()


def test_a_clip_has_the_seconds_before_and_after(tmp_path: Path) -> None:
    event = Event("line/in", "counter", 45, 1004.5, tracker_id=np.int64(3), details={"line": "door"})
    run(EventClipWriter(tmp_path / "new" / "clips", 1, 1.5), {45: event}, 90)
    clip, sidecar = tmp_path / "new/clips/00000045-line_in.mp4", tmp_path / "new/clips/00000045-line_in.json"
    assert sorted(clip.parent.iterdir()) == [sidecar, clip]
    pictures, times, facts = read_video(clip)
    said = json.loads(sidecar.read_text())
    first = round((said["begin_s"] - 1000) * 10)
    assert 45 - 20 <= first <= 45 - 10
    assert len(pictures) == said["frames"] == 60 - first + 1
    assert times == pytest.approx([i / 10 for i in range(len(pictures))], abs=1e-3)
    assert facts["codec"] == "h264"
    assert said["duration_s"] == pytest.approx(facts["duration"], abs=1e-3)
    assert (said["clip"], said["width"], said["height"]) == (clip.name, 64, 48)
    [noted] = said["events"]
    assert noted["at_s"] == pytest.approx((45 - first) / 10)
    assert (noted["kind"], noted["tracker_id"], noted["details"]) == ("line/in", 3, {"line": "door"})
    for shown, number in ((0, first), (45 - first, 45), (-1, 60)):
        assert np.abs(pictures[shown][:, :63].astype(int) - picture(number, width=63)).mean() < 6


def test_further_events_prolong_a_clip_and_later_ones_begin_another(tmp_path: Path) -> None:
    event = Event("seen")
    run(EventClipWriter(tmp_path, 1, 1), {20: event, 28: [event, event], 60: event}, 100)
    assert [path.name for path in sorted(tmp_path.glob("*.mp4"))] == [
        "00000020-seen.mp4",
        "00000060-seen.mp4",
    ]
    first = json.loads((tmp_path / "00000020-seen.json").read_text())
    assert len(first["events"]) == 3
    assert first["begin_s"] + first["duration_s"] == pytest.approx(1000 + 3.9, abs=1e-3)


def test_close_completes_the_clip_in_hand(tmp_path: Path) -> None:
    run(EventClipWriter(tmp_path, 5, 5), {0: Event("seen")}, 3)
    assert len(read_video(tmp_path / "00000000-seen.mp4")[0]) == 3
    assert not [name for name in open_files() if name.startswith(str(tmp_path))]


@pytest.mark.parametrize("event_at", [20, 21, 29])
def test_a_gap_is_not_part_of_a_clip_that_begins_after_it(tmp_path: Path, event_at: int) -> None:
    run(EventClipWriter(tmp_path, 1, 1), {event_at: Event("seen")}, 60, gap=(20, 3600))
    said = json.loads((tmp_path / f"000000{event_at}-seen.json").read_text())
    assert said["begin_s"] == pytest.approx(4602)
    assert said["frames"] == event_at - 20 + 11
    assert len(read_video(tmp_path / said["clip"])[0]) == said["frames"]


def test_a_gap_ends_a_clip_and_an_event_after_it_begins_another(tmp_path: Path) -> None:
    run(EventClipWriter(tmp_path, 1, 2), dict.fromkeys((15, 20), Event("seen")), 60, gap=(20, 3600))
    before, after = (json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.json")))
    assert before["begin_s"] + before["duration_s"] == pytest.approx(1002)
    assert (after["begin_s"], after["frames"]) == (pytest.approx(4602), 21)
    assert [len(clip["events"]) for clip in (before, after)] == [1, 1]


def test_a_short_gap_stays(tmp_path: Path) -> None:
    run(EventClipWriter(tmp_path, 5, 5), {20: Event("seen")}, 40, gap=(15, 2))
    _, times, facts = read_video(tmp_path / "00000020-seen.mp4")
    assert times == pytest.approx([i / 10 + (2 if i >= 15 else 0) for i in range(40)], abs=1e-3)
    assert facts["duration"] == pytest.approx(6)


def test_events_without_end_make_clips_of_limited_length(tmp_path: Path) -> None:
    run(EventClipWriter(tmp_path, 0, 0.5, max_clip_s=2), dict.fromkeys(range(60), Event("seen")), 60)
    clips = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.json"))]
    assert len(clips) >= 2
    assert max(clip["duration_s"] for clip in clips) <= 2.2


def test_no_event_leaves_nothing(tmp_path: Path) -> None:
    run(EventClipWriter(tmp_path), {}, 5)
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_in_bytes(tmp_path: Path) -> None:
    writer = EventClipWriter(tmp_path, 60, 1, max_memory_mb=0.1, crf=0, preset="ultrafast")
    writer.open()
    most = 0
    random = np.random.default_rng(0)
    for number in range(60):
        noise = random.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        writer.consume(noise, None, context(event_time=number / 10, frame_rate=10))
        most = max(most, writer._memory.size_bytes)
    assert 30_000 < most <= 0.1 * 2**20
    writer.close()


def test_preroll_reaches_back_to_a_key_frame() -> None:
    memory = Preroll(10, 10_000)
    for stamp in range(0, 40, 2):
        memory.add(Coded(b"1", stamp, stamp % 8 == 0))
    assert [coded.stamp for coded in memory] == list(range(24, 40, 2))
    assert memory.size_bytes == 8 * 201


@pytest.mark.parametrize(
    "options",
    [{"before_s": -1}, {"after_s": float("nan")}, {"max_clip_s": 10.5}, {"max_memory_mb": 0}, {"crf": 99}],
)
def test_arguments(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        EventClipWriter("clips", **options)
