from __future__ import annotations

from typing import Any

import pytest
import supervision as sv

from daskflow.processors.vision import ZoneCounter
from daskflow.scene import Zone, ZoneCount, events_of
from tests.unit.processors.analytics.steps import context, opened, standing, taken_up

SQUARE = Zone(((100, 100), (200, 100), (200, 200), (100, 200)), name="hall")
IN, OUT = (150.0, 150.0), (50.0, 50.0)

Places = list[tuple[float, float] | None]


def counted(counter: ZoneCounter, places: Places, first: int = 0) -> list[ZoneCount]:
    """Of one track that is at the given places; None where it is not detected."""
    return [
        counter.process(standing({} if place is None else {7: place}), context(first + i))
        for i, place in enumerate(places)
    ]


def kinds(counts: list[ZoneCount]) -> list[tuple[int, str]]:
    return [(i, event.kind) for i, count in enumerate(counts) for event in events_of(count)]


def test_who_comes_and_goes() -> None:
    counts = counted(opened(ZoneCounter(zone=SQUARE)), [OUT, IN, IN, IN, OUT, OUT])
    assert [count.count for count in counts] == [0, 1, 1, 1, 0, 0]
    assert kinds(counts) == [(1, "zone_enter"), (4, "zone_leave")]
    assert (counts[-1].entered, counts[-1].left) == (1, 1)
    assert [count.dwell_s.get(7) for count in counts[1:4]] == pytest.approx([0, 0.1, 0.2])
    assert counts[-1].mean_dwell_s == pytest.approx(0.2)
    assert counts[-1].zone == SQUARE


def test_events_say_who_where_and_for_how_long() -> None:
    counts = counted(opened(ZoneCounter(zone=SQUARE)), [IN, (160, 150), OUT])
    (came,), (went,) = counts[0].events, counts[2].events
    assert (came.tracker_id, came.node, came.sequence_number, came.time_s) == (7, "analyst", 0, 0.0)
    assert came.details == {"zone": "hall"}
    assert came.box == (140, 110, 160, 150)
    assert (went.sequence_number, went.time_s) == (2, 0.2)
    assert went.box == (150, 110, 170, 150)  # where it was seen last in the zone
    assert went.details == {"zone": "hall", "dwell_s": pytest.approx(0.1)}


def test_by_class() -> None:
    counter = opened(ZoneCounter(SQUARE.corners))
    names = {1: "car", 2: "car", 3: "bus", 4: "bus"}
    count = counter.process(standing({1: IN, 2: IN, 3: IN, 4: OUT}, names), context())
    assert (count.count, count.by_class) == (3, {"car": 2, "bus": 1})
    assert count.zone.name == "zone"


def test_who_is_lost_in_the_zone_leaves_it_after_the_patience() -> None:
    counts = counted(opened(ZoneCounter(zone=SQUARE, patience_s=0.35)), [IN, IN, *[None] * 6])
    assert kinds(counts) == [(0, "zone_enter"), (5, "zone_leave")]  # last seen at 0.1 s
    assert counts[-1].mean_dwell_s == pytest.approx(0.1)
    back = counted(opened(ZoneCounter(zone=SQUARE, patience_s=0.35)), [IN, IN, None, None, IN, OUT])
    assert kinds(back) == [(0, "zone_enter"), (5, "zone_leave")]
    assert back[-1].mean_dwell_s == pytest.approx(0.4)


def test_who_shakes_on_the_border_has_not_left() -> None:
    shaking: Places = [(101, 150), (99, 150), (101, 150), (99, 150), (102, 150), OUT, OUT, OUT, OUT]
    steady = counted(opened(ZoneCounter(zone=SQUARE, leave_after_s=0.25)), shaking)
    assert kinds(steady) == [(0, "zone_enter"), (7, "zone_leave")]
    assert steady[-1].mean_dwell_s == pytest.approx(0.4)
    assert len(kinds(counted(opened(ZoneCounter(zone=SQUARE)), shaking))) == 6


def test_anchor() -> None:
    head_inside = [(150.0, 220.0)]  # the box reaches up to 180
    assert counted(opened(ZoneCounter(zone=SQUARE, anchor="TOP_CENTER")), [*head_inside])[0].count == 1
    assert counted(opened(ZoneCounter(zone=SQUARE)), [*head_inside])[0].count == 0


def test_a_zone_may_reach_out_of_the_picture() -> None:
    counter = opened(ZoneCounter([(-50.4, -50.4), (60.2, -50.4), (60.2, 60.2), (-50.4, 60.2)]))
    assert counted(counter, [OUT])[0].count == 1


def test_what_is_no_track_is_passed_over() -> None:
    counter = opened(ZoneCounter(zone=SQUARE))
    assert counter.process(standing({-1: IN}), context()).count == 0


def test_tracks_that_are_gone_are_forgotten() -> None:
    counter = opened(ZoneCounter(zone=SQUARE))
    for i in range(300):
        count = counter.process(standing({i: IN}), context(i))
    assert count.count == len(counter.snapshot()[0]) <= 12
    assert count.entered == 300


def test_a_clock_that_is_set_back_ends_visits_of_those_away() -> None:
    counter = opened(ZoneCounter(zone=SQUARE))
    counter.process(standing({1: IN, 2: IN}), context(1000))
    count = counter.process(standing({2: IN}), context(0))
    assert (count.count, count.left, count.dwell_s) == (1, 1, {2: 0.0})


@pytest.mark.parametrize("lost_at", range(10))
def test_another_process_goes_on(lost_at: int) -> None:
    places: Places = [OUT, IN, IN, None, None, IN, OUT, IN, None, None]
    node = ZoneCounter(zone=SQUARE, patience_s=0.15, leave_after_s=0.05)
    undisturbed = counted(opened(node), places)
    first = opened(node)
    before = counted(first, places[:lost_at])
    assert before + counted(taken_up(first, node), places[lost_at:], lost_at) == undisturbed


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({}, TypeError, "its corners, or as zone="),
        ({"corners": SQUARE.corners, "zone": SQUARE}, TypeError, "its corners, or as zone="),
        ({"zone": SQUARE.corners}, TypeError, "a daskflow.scene.Zone"),
        ({"corners": [(0, 0), (1, 1)]}, ValueError, "three different corners"),
        ({"corners": [(0, 0), (1, 1), (0, 1e9)]}, ValueError, "up to 32767 pixels"),
        ({"corners": [(5, -3), (9, -3), (9, -1)]}, ValueError, "outside of the picture"),
        ({"corners": SQUARE}, TypeError, "a zone is made of its corners, three points or more, got Zone"),
        ({"zone": SQUARE, "anchor": "foot"}, ValueError, "an anchor is one of"),
        ({"zone": SQUARE, "patience_s": float("inf")}, ValueError, "patience_s"),
        ({"zone": SQUARE, "leave_after_s": -1}, ValueError, "leave_after_s"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        ZoneCounter(**options)


def test_empty_detections_may_be_untracked() -> None:
    assert opened(ZoneCounter(zone=SQUARE)).process(sv.Detections.empty(), context()).count == 0
