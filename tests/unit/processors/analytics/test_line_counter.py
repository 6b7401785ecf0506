from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision import LineCounter
from daskflow.scene import Line, LineCount, events_of
from tests.unit.processors.analytics.steps import context, opened, standing, taken_up

ACROSS = Line((0, 100), (200, 100), name="gate")  # from left to right
CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")


def counted(counter: LineCounter, heights: list[float | None], first: int = 0) -> list[LineCount]:
    """Of one track at x = 100 whose feet are at the given heights; None where it is not detected."""
    return [
        counter.process(standing({} if y is None else {7: (100, y)}), context(first + i))
        for i, y in enumerate(heights)
    ]


def in_and_out(count: LineCount) -> tuple[int, int]:
    return count.in_count, count.out_count


def test_what_moves_up_over_a_line_from_left_to_right_goes_in() -> None:
    counts = counted(opened(LineCounter(line=ACROSS)), [180, 160, 130, 110, 90, 70])
    assert [in_and_out(count) for count in counts] == [(0, 0)] * 4 + [(1, 0)] * 2
    counts = counted(opened(LineCounter(line=ACROSS)), [70, 90, 110, 130, 160, 180])
    assert in_and_out(counts[-1]) == (0, 1)


def test_the_other_way_round_in_is_out() -> None:
    assert in_and_out(counted(opened(LineCounter((200, 100), (0, 100))), [180, 70])[-1]) == (0, 1)


def test_in_is_on_the_left_hand_of_a_line_down_the_picture() -> None:
    """Who looks down the picture has its right side on the left hand."""
    counter = opened(LineCounter((100, 0), (100, 200)))
    counter.process(standing({1: (60, 100)}), context(0))
    count = counter.process(standing({1: (140, 100)}), context(1))
    assert in_and_out(count) == (1, 0)


def test_the_crossing_is_an_event() -> None:
    counts = counted(opened(LineCounter(line=ACROSS)), [180, 70, 60])
    assert [len(events_of(count)) for count in counts] == [0, 1, 0]
    (event,) = events_of(counts[1])
    assert (event.kind, event.node, event.sequence_number, event.time_s) == ("line_in", "analyst", 1, 0.1)
    assert (event.tracker_id, event.class_id, event.class_name) == (7, 0, "0")
    assert event.box == (90, 30, 110, 70)
    assert event.details == {"line": "gate"}
    assert counts[1].line == ACROSS


def test_numbers_by_class() -> None:
    counter = opened(LineCounter(line=ACROSS))
    names = {1: "bus", 2: "car", 3: "car"}
    counter.process(standing({1: (40, 80), 2: (80, 180), 3: (120, 180)}, names), context(0))
    count = counter.process(standing({1: (40, 180), 2: (80, 80), 3: (120, 80)}, names), context(1))
    assert (count.in_by_class, count.out_by_class) == ({"car": 2}, {"bus": 1})
    assert in_and_out(count) == (2, 1)


def test_as_the_library_counts_where_nothing_is_lost() -> None:
    random = np.random.default_rng(3)
    counter = opened(LineCounter(line=ACROSS))
    library = sv.LineZone(sv.Point(0, 100), sv.Point(200, 100), [sv.Position.BOTTOM_CENTER])
    places = {number: random.uniform(0, 200, 2) for number in range(12)}
    for i in range(60):
        places = {number: place + random.normal(0, 25, 2) for number, place in places.items()}
        detections = standing(places)
        library.trigger(detections)
        count = counter.process(detections, context(i))
        assert in_and_out(count) == (library.in_count, library.out_count)
    assert count.in_count > 10


def test_feet_or_corners() -> None:
    down: list[float | None] = [80, 105, 130, 141]  # the head is across at 141, the feet at 105
    feet = [in_and_out(count)[1] for count in counted(opened(LineCounter(line=ACROSS)), down)]
    whole = opened(LineCounter(line=ACROSS, anchors=CORNERS))
    assert feet == [0, 1, 1, 1]
    assert [in_and_out(count)[1] for count in counted(whole, down)] == [0, 0, 0, 1]


def test_who_shakes_on_the_line_is_counted_once() -> None:
    shaking: list[float | None] = [110, 108, 99, 101, 98, 102, 99, 101, 97, 96, 95, 94]
    once = opened(LineCounter(line=ACROSS, minimum_crossing_threshold=3))
    assert in_and_out(counted(once, shaking)[-1]) == (1, 0)
    many = counted(opened(LineCounter(line=ACROSS)), shaking)[-1]
    assert many.in_count + many.out_count == 7


def test_who_crosses_unseen_is_counted_within_the_patience() -> None:
    lost: list[float | None] = [130, 120, None, None, None, None, 80, 70]
    assert in_and_out(counted(opened(LineCounter(line=ACROSS)), lost)[-1]) == (1, 0)
    impatient = opened(LineCounter(line=ACROSS, patience_s=0.3))
    assert in_and_out(counted(impatient, lost)[-1]) == (0, 0)


def test_what_is_no_track_is_passed_over() -> None:
    counter = opened(LineCounter(line=ACROSS))
    for i, y in enumerate([180, 70]):
        count = counter.process(standing({-1: (100, y)}), context(i))
    assert in_and_out(count) == (0, 0)


def test_tracks_that_are_gone_are_forgotten() -> None:
    counter = opened(LineCounter(line=ACROSS))
    for i in range(300):
        counter.process(standing({i: (100, 180), i + 1: (60, 80)}), context(i))
    zone, seen_s, *_ = counter.snapshot()
    assert len(seen_s) <= 12
    assert all(len(value) <= 14 for value in zone.values() if isinstance(value, dict))


def test_a_clock_that_is_set_back_forgets_who_is_away() -> None:
    counter = opened(LineCounter(line=ACROSS))
    counter.process(standing({1: (100, 180)}), context(1000))
    counter.process(standing({2: (100, 180)}), context(0))
    assert list(counter.snapshot()[1]) == [2]


@pytest.mark.parametrize("lost_at", range(12))
def test_another_process_goes_on(lost_at: int) -> None:
    heights: list[float | None] = [130, 120, None, None, 110, 80, 70, None, 120, 130, 140, 90]
    node = LineCounter(line=ACROSS, minimum_crossing_threshold=2)
    undisturbed = counted(opened(node), heights)
    first = opened(node)
    before = counted(first, heights[:lost_at])
    after = counted(taken_up(first, node), heights[lost_at:], lost_at)
    assert before + after == undisturbed
    assert in_and_out(undisturbed[-1]) == (1, 1)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({}, TypeError, "start and end, or as line="),
        ({"start": (0, 1)}, TypeError, "start and end, or as line="),
        ({"start": (0, 1), "end": (1, 1), "line": ACROSS}, TypeError, "start and end, or as line="),
        ({"line": (0, 1)}, TypeError, "a daskflow.scene.Line"),
        ({"start": (0, 1), "end": (0, 1)}, ValueError, "two different ends"),
        ({"line": ACROSS, "anchors": ()}, ValueError, "got none"),
        ({"line": ACROSS, "anchors": "feet"}, ValueError, "an anchor is one of center, .*; got 'feet'"),
        ({"line": ACROSS, "anchors": "center_of_mass"}, ValueError, "got 'center_of_mass'"),
        ({"line": ACROSS, "minimum_crossing_threshold": 0}, ValueError, "at least 1 frame"),
        ({"line": ACROSS, "minimum_crossing_threshold": 1.5}, TypeError, "whole number"),
        ({"line": ACROSS, "patience_s": -1}, ValueError, "patience_s is a number of seconds"),
        ({"line": ACROSS, "patience_s": "1"}, TypeError, "patience_s is a number of seconds"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        LineCounter(**options)


def test_inputs() -> None:
    counter = opened(LineCounter(line=ACROSS, name="gate"))
    untracked = sv.Detections(xyxy=np.zeros((1, 4), np.float32))
    with pytest.raises(ValueError, match="gate takes tracked detections"):
        counter.process(untracked, context())
    ctx = context()
    ctx.metadata = {}
    with pytest.raises(ValueError, match="gate goes by event_time"):
        counter.process(standing({1: (1, 1)}), ctx)
