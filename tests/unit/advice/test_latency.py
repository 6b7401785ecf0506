"""How long messages are expected to take."""

from __future__ import annotations

import pytest

from daskflow.advice import advise
from daskflow.advice.latency import HOP_S
from daskflow.core.histogram import Histogram
from tests.unit.advice.profiles import line, work

VARIED = Histogram.of([0.01, 0.01, 0.01, 0.17] * 100)
"""On average 50 ms, with a standard deviation of 69 ms."""


def test_paced_and_even_messages_do_not_wait():
    advice = advise(line(work("slow", 0.05), source_s=0.1))
    assert advice.limited_by == "source"
    assert advice.expected_latency_s == pytest.approx(0.05 + 0.0001 + 2 * HOP_S, rel=0.02)


def test_those_whose_calls_vary_wait_by_pollaczek_and_khinchine():
    advice = advise(line(work("slow", 0.05, service=VARIED), source_s=0.1), 5)
    # M/G/1 has (1 + 1.92) / 2 times the wait of M/M/1. The source is even for half of its time: 0.75 for 1.
    wait_s = 0.25 / 0.75 * 0.05 * (0.75 + 1.92) / 2
    assert advice.nb_tasks["slow"] == 1
    assert advice.expected_latency_s == pytest.approx(0.0501 + wait_s + 2 * HOP_S, rel=0.05)


def test_before_a_slow_node_edges_are_full():
    advice = advise(line(work("quick", 0.001), work("slow", 0.1, kind="stateful processor")))
    assert advice.limited_by == "slow"
    # Two edges of 11 before it, at 10 messages a second, by Little's law.
    assert advice.expected_latency_s == pytest.approx(2.2, rel=0.01)


def test_more_tasks_have_more_in_hand():
    one = advise(line(work("slow", 0.1)), 5)
    assert one.nb_tasks["slow"] == 1
    most = advise(line(work("slow", 0.1)))
    assert most.nb_tasks["slow"] == 8
    assert most.expected_latency_s == pytest.approx((11 + 2 * 7) / 80, rel=0.02)
