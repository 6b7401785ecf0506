"""Tests by ranks, and ratios with intervals."""

from __future__ import annotations

import random
import sys
from itertools import combinations
from math import comb

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daskflow.experiments.analysis.ranks import rank_test, ratio_of, smallest_p, stratified_test

FIFTIES = [50.0, 51.0, 52.0, 53.0]
FORTIES = [45.0, 46.0, 44.0, 47.0]


def test_three_and_three_cannot_be_significant_on_two_sides_but_just_on_one():
    assert rank_test(FIFTIES[:3], FORTIES[:3], "two-sided") == pytest.approx(0.1)
    assert rank_test(FIFTIES[:3], FORTIES[:3], "less") == pytest.approx(0.05)
    assert smallest_p([(FIFTIES[:3], FORTIES[:3])], "two-sided") == pytest.approx(0.1)
    assert smallest_p([(FIFTIES[:3], FORTIES[:3])], "less") == pytest.approx(0.05)


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'daskflow\[experiments\]'"):
        rank_test(FIFTIES, FORTIES, "less")


def test_the_direction_is_that_of_the_second():
    assert rank_test(FIFTIES, FORTIES, "less") == pytest.approx(1 / 70)
    assert rank_test(FIFTIES, FORTIES, "greater") == 1


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize(
    ("before", "after"),
    [([0.0] * 4, [0.0] * 4), ([1.0], [1.0]), ([1.0], [2.0]), ([1.0, 1.0], [1.0]), ([3.0], [3.0, 3.0, 4.0])],
)
def test_equal_and_single_figures_are_never_significant(before, after, alternative):
    assert rank_test(before, after, alternative) > 0.2


def test_figures_that_are_partly_equal_are_permuted():
    assert rank_test([0, 0, 0, 0], [1, 1, 2, 2], "greater") == pytest.approx(1 / 70)


def test_the_ratio_is_between_all_pairs():
    ratio = ratio_of([10.0, 20.0], [30.0])
    assert ratio.value == pytest.approx((1.5 + 3) / 2)
    assert ratio.low is None or ratio.confidence >= 0.5


@pytest.mark.parametrize(("count", "confidence"), [(2, 2 / 3), (3, 0.9)])
def test_few_figures_say_how_sure_they_are(count, confidence):
    ratio = ratio_of(FIFTIES[:count], FORTIES[:count])
    assert ratio.confidence == pytest.approx(confidence)
    assert (ratio.low, ratio.high) == (
        pytest.approx(min(FORTIES[:count]) / max(FIFTIES[:count])),
        pytest.approx(max(FORTIES[:count]) / min(FIFTIES[:count])),
    )


def test_single_figures_have_a_ratio_and_no_interval():
    ratio = ratio_of([50.0], [45.0])
    assert (ratio.value, ratio.low, ratio.high, ratio.confidence) == (0.9, None, None, None)


@pytest.mark.parametrize(
    ("before", "after"), [([0.0, 1.0], [1.0]), ([1.0], [-1.0]), ([], [1.0]), ([1.0], [])]
)
def test_there_is_no_ratio_of_what_is_not_above_zero(before, after):
    assert ratio_of(before, after) is None


@pytest.mark.parametrize(("first", "second"), [(3, 4), (5, 5), (4, 7)])
def test_confidence_is_the_share_of_orders_whose_interval_holds_one(first, second):
    # All orders of so many distinct figures, as they come where nothing has changed.
    values = [1.0 + i / 100 for i in range(first + second)]
    held = 0
    for chosen in combinations(range(first + second), first):
        before = [values[i] for i in chosen]
        ratio = ratio_of(before, [value for value in values if value not in before])
        held += ratio.low <= 1 <= ratio.high
    assert held / comb(first + second, first) == pytest.approx(ratio.confidence)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(1, 10**6), min_size=5, max_size=7, unique=True),
    st.lists(st.integers(1, 10**6), min_size=5, max_size=7, unique=True),
)
def test_interval_and_test_agree(before, after):
    if set(before) & set(after):
        return
    ratio = ratio_of(before, after)
    excludes_one = not ratio.low <= 1 <= ratio.high
    assert excludes_one == (rank_test(before, after, "two-sided") <= 1 - ratio.confidence + 1e-12)


def test_several_settings_together_tell_what_none_of_them_can():
    chance = random.Random(3)
    pairs = [
        (
            [rate * chance.gauss(1, 0.01) for _ in range(3)],
            [0.97 * rate * chance.gauss(1, 0.01) for _ in range(3)],
        )
        for rate in (50, 100, 200, 400, 800, 1600)
    ]
    assert max(rank_test(*pair, "two-sided") for pair in pairs) > 0.05
    assert stratified_test(pairs, "less") < 0.001
    assert stratified_test(pairs, "greater") > 0.99


def test_one_that_gains_and_one_that_loses_make_no_difference_together():
    pairs = [(FIFTIES, FORTIES), (FORTIES, FIFTIES)]
    assert stratified_test(pairs, "two-sided") > 0.9


def test_one_setting_alone_gives_what_the_plain_test_gives():
    before, after = [50.0, 51.5, 53.0, 54.0, 49.0], [48.0, 50.5, 47.0, 51.0, 46.0]
    for alternative in ("two-sided", "less"):
        alone = stratified_test([(before, after)], alternative)
        assert alone == pytest.approx(rank_test(before, after, alternative), abs=0.01)
