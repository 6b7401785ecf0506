"""The formulas for queues, against what is known of them exactly."""

from __future__ import annotations

import math

import pytest

from daskflow.core.histogram import Histogram
from daskflow.monitor.forecast.waiting import erlang_c, queue, variation


def test_erlangs_c():
    assert erlang_c(1, 0.7) == pytest.approx(0.7)  # M/M/1: the server is busy
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(2, 2.0) == 1.0
    assert erlang_c(500, 450.0) < 0.1  # factorials would overflow


@pytest.mark.parametrize(
    ("serving", "wait_s"),
    [
        (1.0, 0.8 * 0.1 / 0.2),  # M/M/1
        (0.0, 0.8 * 0.1 / 0.2 / 2),  # M/D/1, by Pollaczek and Khinchine
    ],
)
def test_one_server(serving, wait_s):
    assert queue(rate=8.0, service_s=0.1, nb_tasks=1, coming=1.0, serving=serving).wait_s == pytest.approx(
        wait_s
    )


def test_what_comes_and_is_served_by_the_clock_does_not_wait():
    assert queue(rate=9.0, service_s=0.1, nb_tasks=1, coming=0.0, serving=0.0).wait_s == 0.0


def test_what_leaves_a_busy_node_is_as_variable_as_its_calls_and_an_idle_one_passes_on_what_came():
    busy = queue(rate=9.999, service_s=0.1, nb_tasks=1, coming=1.0, serving=0.2)
    idle = queue(rate=0.001, service_s=0.1, nb_tasks=1, coming=0.3, serving=5.0)
    assert busy.leaving == pytest.approx(0.2, abs=0.01)
    assert idle.leaving == pytest.approx(0.3, abs=0.01)


def test_more_than_can_be_done_waits_for_ever():
    assert queue(rate=10.0, service_s=0.1, nb_tasks=1, coming=0.0, serving=0.0).wait_s == math.inf


def test_how_times_vary():
    assert variation(Histogram.of([0.02] * 100)) == pytest.approx(0.0, abs=1e-9)
    # Half of them three times as long as the others: mean 2, standard deviation 1.
    assert variation(Histogram.of([0.01, 0.03] * 50)) == pytest.approx(0.25, rel=0.05)
    assert variation(Histogram.of([0.01])) == 1.0
