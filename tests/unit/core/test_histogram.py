"""Counts of times, in buckets that can be added."""

from __future__ import annotations

import math
import random

import pytest

from daskflow.core.histogram import NOTHING, Histogram, bucket_of, end_of


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.95, 0.99, 1.0])
def test_a_quantile_is_right_within_a_bucket(share):
    times = sorted(random.Random(1).lognormvariate(-5, 2) for _ in range(2000))
    exact = times[max(1, math.ceil(share * len(times))) - 1]
    assert Histogram.of(times).quantile_s(share) == pytest.approx(exact, rel=0.023)


def test_sums_and_differences_are_those_of_the_times():
    one, other = [0.001, 0.002, 3.0], [0.002, 40.0]
    both = Histogram.of(one) + Histogram.of(other)
    assert both == Histogram.of(one + other)
    left = both - Histogram.of(one)
    assert (left.counts, left.count) == (Histogram.of(other).counts, 2)
    assert left.sum_s == pytest.approx(40.002)
    assert (both - both).counts == {}


def test_of_nothing():
    assert (NOTHING.count, NOTHING.mean_s, NOTHING.quantile_s(0.5), NOTHING.up_to(1.0)) == (0, 0.0, 0.0, 0)


def test_buckets_end_at_powers_of_two_and_include_their_end():
    assert bucket_of(1.0) == 0
    assert end_of(16) == 2.0
    counted = Histogram.of([0.25, 0.5, 0.500001, 1.0])
    assert [counted.up_to(2.0**power) for power in (-3, -2, -1, 0)] == [0, 1, 2, 4]


def test_what_takes_no_time_counts_too():
    assert Histogram.of([0.0, 0.0]).count == 2
