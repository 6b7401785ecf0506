"""What tasks say of themselves, added up."""

from __future__ import annotations

import pytest

from daskflow.core.histogram import Histogram
from daskflow.transport.observations import Observations, Times, busy_from


def times(span_s: float, waited_s: float, *busy_s: float) -> Times:
    return Times(span_s, waited_s, Histogram.of(busy_s), 2, 1, [0])


def test_it_adds_up_by_task():
    observed = Observations(2)
    observed.take_times(1, times(1.0, 0.4, 0.1, 0.2), 10.0, 12.0)
    observed.take_times(1, times(2.0, 0.5, 0.3), 10.0, 14.0)
    idle, task = observed.times
    assert (idle.span_s, idle.busy.count) == (0.0, 0)
    assert (task.told_s, task.span_s, task.waited_s) == (14.0, 3.0, pytest.approx(0.9))
    assert (task.busy.count, task.busy.sum_s) == (3, pytest.approx(0.6))
    assert (task.slots, task.slots_on_disk, task.pictures) == (2, 1, {0})


def test_the_wait_for_the_start_does_not_count():
    observed = Observations(1)
    observed.take_times(0, times(5.0, 5.0), None, 9.0)
    assert observed.times[0].span_s == observed.times[0].waited_s == 0.0
    observed.take_times(0, times(5.0, 4.5, 0.5), 13.0, 14.0)
    assert observed.times[0].span_s == 1.0
    assert observed.times[0].waited_s == pytest.approx(0.5)


def test_a_histogram_travels_as_a_list():
    assert busy_from([-5, 2, 7, 1], 9.0) == Histogram({-5: 2, 7: 1}, 9.0)
