"""Figures and laws in words."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from daskflow.experiments.analysis.estimates import Estimate, estimate
from daskflow.experiments.analysis.laws import AMDAHL, USL, fit_law
from daskflow.experiments.analysis.scaling import scalings
from daskflow.experiments.report.words import (
    brackets_words,
    confidence_words,
    estimate_words,
    law_words,
    number,
    percent,
    scaling_words,
)
from tests.unit.experiments.trials import WORKERS, failed, ideal, rates, trials


@pytest.mark.parametrize(
    ("value", "words"),
    [(12345.6, "12,346"), (48.314, "48.31"), (0.042213, "0.0422"), (0, "0"), (1, "1"), (-2.5, "-2.5")],
)
def test_numbers_have_the_digits_they_need(value, words):
    assert number(value) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0.0042, "0.42 %"), (0.075, "7.5 %"), (0.984, "98 %"), (0, "0.00 %"), (1.5, "150 %")]
)
def test_shares_have_two_digits(share, words):
    assert percent(share) == words


def test_an_interval_is_said_only_where_there_is_one():
    assert estimate_words(estimate([48.0, 49.0, 50.0])) == "49 (48–50)"
    assert estimate_words(estimate([48.0])) == "48"
    assert estimate_words(Estimate(48.0, 3, 48.0, 48.0, 0.75)) == "48"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([1], ""),
        ([3], "the true median with 75 % confidence, the most that so few repeats give"),
        ([2, 3], "with 50 % to 75 % confidence"),
        ([1, 3], "single trials have none"),
        ([10], "with 98 % confidence"),
    ],
)
def test_confidence_is_said_as_it_is(counts, words):
    assert words in confidence_words(counts)
    assert bool(words) == bool(confidence_words(counts))


def test_single_trials_have_no_brackets():
    assert brackets_words([1]).startswith("Single trials")
    assert brackets_words([3]).startswith("Medians, with intervals")


def law(name, contention=0.0, coherency=0.0, counts=(1, 2, 4, 8)):
    rates = {n: [50 * n / (1 + contention * (n - 1) + coherency * n * (n - 1))] for n in counts}
    return fit_law(name, rates)


def said(found, most=8) -> str:
    return " ".join(law_words(found, most))


def test_a_peak_beyond_what_was_measured_is_called_a_guess():
    found = law(USL, 0.02, 0.002)
    assert "the peak at 22.1 workers" in said(found)
    assert "so it is a guess" in said(found)
    assert "guess" not in said(found, most=32)


def test_no_peak_and_no_cost_are_said():
    assert "no peak" in said(law(USL, 0.1))
    assert "no cost of more workers is to be seen" in said(law(AMDAHL, counts=(1, 2, 4)))


def test_the_limit_of_amdahl_is_said():
    assert "would not exceed 500 messages/s" in said(law(AMDAHL, 0.1))


def test_what_is_not_tested_is_said():
    assert "whether it holds is not tested" in said(law(USL, 0.1, 0.01, counts=(1, 2, 4)))
    assert "root mean square" in said(law(USL, 0.1))


def test_what_cannot_be_fitted_is_said():
    (scaling,) = scalings(trials({"detector.nb_tasks": [1, 2]}, rates(ideal)))
    words = " ".join(scaling_words(scaling))
    assert "Amdahl's law cannot be fitted: a fit needs rates at 3 numbers of workers" in words
    assert "detector.nb_tasks=2 is 2 times as fast as detector.nb_tasks=1: 100 % of the ideal." in words


def test_a_rate_that_falls_again_has_its_highest_said():
    (scaling,) = scalings(trials(WORKERS, rates(lambda n: {1: 50, 2: 90, 4: 120, 8: 80}[n])))
    words = " ".join(scaling_words(scaling))
    assert "The highest rate is at detector.nb_tasks=4: 2.4 times that of the fewest." in words


def test_without_the_fewest_no_speed_up_is_said():
    records = trials(WORKERS, rates(ideal))
    records[:3] = map(failed, records[:3])
    (scaling,) = scalings(records)
    assert "There is no speed-up" in " ".join(scaling_words(scaling))


def test_where_the_fewest_are_the_fastest_that_is_said():
    (scaling,) = scalings(trials(WORKERS, rates(lambda n: 50.0 / n)))
    words = " ".join(scaling_words(scaling))
    assert "The highest rate is at detector.nb_tasks=1, the fewest: more gain nothing." in words
    assert "1 times" not in words


def test_where_all_others_failed_nothing_is_said_of_a_gain():
    records = trials(WORKERS, rates(ideal))
    records[3:] = map(failed, records[3:])
    (scaling,) = scalings(records)
    first, *_ = scaling_words(scaling)
    assert first.startswith("There is no speed-up")
    assert "gain nothing" not in " ".join(scaling_words(scaling))


def test_laws_are_told_without_the_fewest():
    records = trials(WORKERS, rates(ideal))
    records[:3] = map(failed, records[:3])
    (scaling,) = scalings(records)
    assert "Amdahl's law: contention" in " ".join(scaling_words(scaling))


def test_the_last_with_a_speed_up_is_told():
    records = trials(WORKERS, rates(ideal), repeats=2)
    records[1], records[6] = failed(records[1]), failed(records[6])  # of 1 and of 8 no repeat has both
    (scaling,) = scalings(records)
    assert "detector.nb_tasks=4 is 4 times as fast" in " ".join(scaling_words(scaling))


def test_intervals_of_laws_say_how_sure_they_are():
    (scaling,) = scalings(trials(WORKERS, rates(ideal, 0.05), repeats=6))
    assert "have 95 % confidence" in " ".join(scaling_words(scaling))
    assert "peak at" in " ".join(law_words(replace(scaling.laws[USL], coherency=0.0), 8))


def test_a_peak_that_is_not_excluded_is_said():
    found = replace(
        law(USL, 0.1), intervals={"contention": (0, 0.1), "coherency": (0, 0.1), "peak": (9, inf)}
    )
    assert "always faster, if less and less so; but a peak at 9 or more is not excluded." in said(found)
