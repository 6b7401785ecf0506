from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow.processors.vision import SpeedEstimator
from tests.unit.processors.analytics.steps import FRAMES_PER_S, context, opened, standing, taken_up

FROM_ABOVE = np.diag([0.02, 0.02, 1.0])  # a pixel is 2 cm

PIXELS = [(300, 200), (500, 200), (700, 500), (100, 500)]  # a street 8 m wide and 30 m long
METRES = [(0, 30), (8, 30), (8, 0), (0, 0)]


def speeds(estimator: SpeedEstimator, places: list[tuple[float, float]], first: int = 0) -> list[float]:
    given = [
        estimator.process(standing({4: place}), context(first + i)).data["speed"]
        for i, place in enumerate(places)
    ]
    assert all(speed.dtype == np.float32 for speed in given)
    return [float(speed[0]) for speed in given]


def on_the_street(x_m: float, y_m: float) -> tuple[float, float]:
    """The pixel that shows a place of the street."""
    homography = opened(SpeedEstimator(source=METRES, target=PIXELS))._homography
    x, y, depth = homography @ [x_m, y_m, 1]
    return x / depth, y / depth


def test_from_above() -> None:
    given = speeds(opened(SpeedEstimator(FROM_ABOVE)), [(10 + 7 * i, 40) for i in range(30)])
    assert all(math.isnan(speed) for speed in given[:5])  # less than half a window
    assert given[5:] == pytest.approx([7 * 0.02 * FRAMES_PER_S] * 25, rel=1e-4)


def test_along_a_street_in_perspective() -> None:
    places = [on_the_street(4, 2 + 0.5 * i) for i in range(40)]
    assert abs(places[1][1] - places[0][1]) > 3 * abs(places[-1][1] - places[-2][1])
    given = speeds(opened(SpeedEstimator(source=PIXELS, target=METRES)), places)
    assert given[5:] == pytest.approx([5.0] * 35, rel=1e-3)


def test_a_longer_window_is_steadier() -> None:
    random = np.random.default_rng(2)
    places = [(10 + 5 * i + random.normal(), 40 + random.normal()) for i in range(120)]
    spreads = [
        np.nanstd(speeds(opened(SpeedEstimator(FROM_ABOVE, window_s=window_s)), places)[20:])
        for window_s in (0.5, 2.0)
    ]
    assert spreads[1] < spreads[0] / 3


def test_a_change_of_speed_shows_within_the_window() -> None:
    places = [(min(i, 20) * 5.0, 40.0) for i in range(40)]
    given = speeds(opened(SpeedEstimator(FROM_ABOVE)), places)
    assert given[20] == pytest.approx(1.0, rel=1e-4)
    assert given[31] == pytest.approx(0.0, abs=1e-6)


def test_beyond_the_horizon_nothing_is_known() -> None:
    estimator = opened(SpeedEstimator(source=PIXELS, target=METRES))
    assert all(math.isnan(speed) for speed in speeds(estimator, [(400, 20.0 + i) for i in range(20)]))
    flipped = opened(SpeedEstimator(-estimator._homography))  # the same up to a factor
    assert all(math.isnan(speed) for speed in speeds(flipped, [(400, 20.0 + i) for i in range(20)]))


def test_what_is_no_track_or_new_has_no_speed() -> None:
    estimator = opened(SpeedEstimator(FROM_ABOVE))
    for i in range(12):
        found = estimator.process(standing({-1: (i, 40), 3: (10 * i, 40)}), context(i))
    assert np.isnan(found.data["speed"]).tolist() == [True, False]
    assert found.tracker_id.tolist() == [-1, 3]


def test_it_adds_to_what_is_known_and_changes_no_input() -> None:
    given = standing({1: (5, 50)}, {1: "person"})
    found = opened(SpeedEstimator(FROM_ABOVE)).process(given, context())
    assert sorted(found.data) == ["class_name", "speed"]
    assert sorted(given.data) == ["class_name"]
    empty = opened(SpeedEstimator(FROM_ABOVE)).process(sv.Detections.empty(), context())
    assert (len(empty), len(empty.data["speed"])) == (0, 0)


def test_memory_is_bounded() -> None:
    estimator = opened(SpeedEstimator(FROM_ABOVE))
    for i in range(400):
        estimator.process(standing({7: (i, 40), 1000 + i: (5, 5)}), context(i))
    seen_s, positions = estimator.snapshot()
    assert set(seen_s) == set(positions)
    assert len(positions) <= 13
    assert max(map(len, positions.values())) <= 12


def test_a_window_of_too_many_frames_is_cut_short() -> None:
    estimator = opened(SpeedEstimator(FROM_ABOVE, window_s=1000))
    found = speeds(estimator, [(i * 5.0, 40) for i in range(1001)])
    assert math.isnan(found[998])
    moving = speeds(opened(SpeedEstimator(FROM_ABOVE)), [(i * 5.0, 40) for i in range(9)])
    assert found[1000] == pytest.approx(moving[8], rel=1e-3)


def test_a_clock_that_stands_or_is_set_back() -> None:
    estimator = opened(SpeedEstimator(FROM_ABOVE))
    speeds(estimator, [(i * 5.0, 40) for i in range(20)], first=100)
    for _ in range(3):
        found = estimator.process(standing({4: (100, 40)}), context(50))
    assert math.isnan(found.data["speed"][0])
    assert len(estimator.snapshot()[1][4]) == 1


@pytest.mark.parametrize("lost_at", [0, 1, 6, 15, 29])
def test_another_process_goes_on(lost_at: int) -> None:
    node, places = SpeedEstimator(FROM_ABOVE), [(i * i / 9, 40.0) for i in range(30)]
    undisturbed = speeds(opened(node), places)
    first = opened(node)
    before = speeds(first, places[:lost_at])
    after = speeds(taken_up(first, node), places[lost_at:], lost_at)
    np.testing.assert_array_equal(before + after, undisturbed)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({}, TypeError, "a homography, or source and target"),
        ({"homography": FROM_ABOVE, "source": PIXELS, "target": METRES}, TypeError, "or source and target"),
        ({"source": PIXELS}, TypeError, "or source and target"),
        ({"homography": np.eye(2)}, ValueError, "3 × 3 finite numbers"),
        ({"homography": np.ones((3, 3))}, ValueError, "to a line or a point"),
        ({"source": PIXELS, "target": METRES[:3]}, ValueError, "as many points"),
        ({"source": PIXELS[:3], "target": METRES[:3]}, ValueError, "at least 4 points"),
        ({"source": [(0, 0), (1, 1), (2, 2), (3, 3)], "target": METRES}, ValueError, "line"),
        ({"homography": FROM_ABOVE, "window_s": 0}, ValueError, "above 0 seconds"),
        ({"homography": FROM_ABOVE, "anchor": "feet"}, ValueError, "an anchor is one of"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        SpeedEstimator(**options)
