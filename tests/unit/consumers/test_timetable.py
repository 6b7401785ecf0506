from __future__ import annotations

from fractions import Fraction

import pytest

from daskflow.consumers.timetable import Timetable


def seconds(table: Timetable, times: list[float | None]) -> list[float]:
    return [float(table.next(time) * table.unit) for time in times]


@pytest.mark.parametrize(
    "rate",
    [Fraction(10), Fraction(30_000, 1001), Fraction(24_000, 1001), Fraction(1, 3), Fraction(59_999, 7)],
)
@pytest.mark.parametrize("slots", [True, False])
def test_period_is_exact(rate: Fraction, slots: bool) -> None:
    table = Timetable(rate, constant=True, slots=slots)
    assert table.period * table.unit == 1 / rate
    assert [table.next(None) * table.unit for _ in range(3)] == [0, 1 / rate, 2 / rate]


def test_constant_rate_takes_no_notice_of_event_times() -> None:
    table = Timetable(Fraction(10), constant=True, slots=False)
    assert seconds(table, [5.0, 9.0, 2.0]) == [0, 0.1, 0.2]


def test_true_times_from_the_first_on() -> None:
    table = Timetable(Fraction(10), constant=False, slots=False)
    assert seconds(table, [1e9 + 0.5, 1e9 + 0.6, 1e9 + 0.87]) == pytest.approx([0, 0.1, 0.37], abs=1e-5)


def test_recording_at_the_rate_is_exact() -> None:
    table = Timetable(Fraction(30_000, 1001), constant=False, slots=False)
    stamps = [table.next(float(i / Fraction(30_000, 1001))) for i in range(1000)]
    assert stamps == [i * table.period for i in range(1000)]


def test_time_that_does_not_go_on_is_not_believed() -> None:
    table = Timetable(Fraction(10), constant=False, slots=False)
    assert seconds(table, [0.0, 0.5, 0.5, 0.2, 1.0]) == pytest.approx([0, 0.5, 0.6, 0.7, 1.0])


def test_missing_times_follow_at_the_rate() -> None:
    table = Timetable(Fraction(10), constant=False, slots=False)
    assert seconds(table, [0.0, None, 0.15, None]) == pytest.approx([0, 0.1, 0.15, 0.25])
    late = Timetable(Fraction(10), constant=False, slots=False)
    assert seconds(late, [None, None, 7.0, 7.5]) == pytest.approx([0, 0.1, 0.2, 0.7])


def test_long_gaps_are_cut_short_and_times_go_on_from_there() -> None:
    table = Timetable(Fraction(10), constant=False, slots=False, longest_s=5)
    assert seconds(table, [0.0, 5.0, 11.0, 11.1, 1.7e9, 1.7e9 + 0.5]) == pytest.approx(
        [0, 5, 10, 10.1, 15.1, 15.6]
    )
    slots = Timetable(Fraction(30), constant=False, slots=True)
    assert [slots.next(time) for time in (0.0, 3600.0, 3600.1)] == [0, 50_000, 50_003]


def test_slow_rate_has_its_period_though_that_is_long() -> None:
    table = Timetable(Fraction(1, 20), constant=False, slots=False, longest_s=5)
    assert seconds(table, [0.0, 20.0, None, 60.0]) == pytest.approx([0, 20, 40, 60])


def test_times_that_are_no_numbers_are_not_believed() -> None:
    table = Timetable(Fraction(10), constant=False, slots=False)
    assert seconds(table, [0.0, float("nan"), float("inf"), 1.0]) == pytest.approx([0, 0.1, 0.2, 1.0])


def test_slots_are_whole_and_never_taken_twice() -> None:
    table = Timetable(Fraction(10), constant=False, slots=True)
    assert table.unit == Fraction(1, 10)
    assert [table.next(time) for time in (0.0, 0.11, 0.12, 0.42)] == [0, 1, 2, 4]
