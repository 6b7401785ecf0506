from __future__ import annotations

from fractions import Fraction

from daskflow.producers.timing import FrameClock


def test_time_stamps_of_the_file() -> None:
    clock = FrameClock(Fraction(10), Fraction(1, 90_000), 0)
    assert clock.times(0, 0) == {
        "pts": 0,
        "time_base": Fraction(1, 90_000),
        "event_time": 0.0,
        "frame_rate": Fraction(10),
    }
    assert clock.times(13_500, 1)["event_time"] == 0.15


def test_counts_from_the_start_of_the_recording() -> None:
    known = FrameClock(Fraction(10), Fraction(1, 10), 50)
    assert [known.times(pts, i)["event_time"] for i, pts in enumerate([51, 52])] == [0.1, 0.2]
    unknown = FrameClock(Fraction(10), Fraction(1, 10), None)
    assert [unknown.times(pts, i)["event_time"] for i, pts in enumerate([51, 52])] == [0.0, 0.1]


def test_no_time_stamps_at_all() -> None:
    clock = FrameClock(Fraction(25), Fraction(1, 1000), None)
    times = [clock.times(None, i) for i in range(3)]
    assert [t["event_time"] for t in times] == [0.0, 0.04, 0.08]
    assert [t["pts"] for t in times] == [0, 40, 80]


def test_one_without_follows_the_one_before() -> None:
    clock = FrameClock(Fraction(10), Fraction(1, 1000), 0)
    assert clock.times(530, 3)["event_time"] == 0.53
    assert clock.times(None, 5)["event_time"] == 0.73  # the frame between was lost


def test_nothing_known() -> None:
    times = FrameClock(None, None, None).times(None, 50)
    assert times == {"pts": 50, "time_base": Fraction(1, 25), "event_time": 0.0}
