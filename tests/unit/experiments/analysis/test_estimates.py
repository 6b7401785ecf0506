"""Medians and their intervals."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daskflow.experiments.analysis.estimates import estimate


def test_nothing_has_no_median():
    assert estimate([]) is None


def test_a_single_value_has_no_interval():
    found = estimate([7.0])
    assert (found.value, found.nb_values, found.low, found.high, found.confidence) == (
        7.0,
        1,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("count", "confidence"), [(2, 0.5), (3, 0.75), (4, 0.875), (5, 0.9375), (6, 0.96875)]
)
def test_few_values_say_how_sure_they_are(count, confidence):
    found = estimate([float(i) for i in range(count)])
    assert (found.low, found.high) == (0.0, count - 1)
    assert found.confidence == confidence


def test_values_are_left_out_as_soon_as_they_may():
    # David and Nagaraja: of nine values the second to the eighth, 0.961; of eight the first to the last.
    nine, eight = estimate([float(i) for i in range(9)]), estimate([float(i) for i in range(8)])
    assert (nine.low, nine.high) == (1.0, 7.0)
    assert nine.confidence == pytest.approx(0.9609, abs=1e-4)
    assert (eight.low, eight.high) == (0.0, 7.0)


def test_the_confidence_is_how_often_the_interval_holds_the_median():
    # Five values, each on either side of the median with a probability of a half: all 32 cases.
    held = sum(
        found.low <= 0 <= found.high
        for signs in product((-1.0, 1.0), repeat=5)
        if (found := estimate([sign * (i + 1) for i, sign in enumerate(signs)]))
    )
    assert held / 32 == found.confidence


def test_a_hundred_intervals_hold_the_median_about_as_often_as_they_say():
    chance = random.Random(4)
    found = [estimate([chance.expovariate(1.0) for _ in range(20)]) for _ in range(1000)]
    held = sum(one.low <= 0.6931 <= one.high for one in found) / 1000
    assert found[0].confidence >= 0.95
    assert held == pytest.approx(found[0].confidence, abs=0.02)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30))
def test_the_interval_is_around_the_median_and_of_values(values):
    found = estimate(values)
    assert found.low <= found.value <= found.high
    assert {found.low, found.high} <= set(values)
    assert 0.5 <= found.confidence < 1


def test_another_unit_changes_no_confidence():
    found = estimate([1.0, 2.0, 3.0]).scaled(1000)
    assert (found.low, found.value, found.high, found.confidence) == (1000.0, 2000.0, 3000.0, 0.75)
