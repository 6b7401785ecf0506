"""Figures, intervals and laws in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from daskflow.experiments.analysis.estimates import LEVEL, Estimate, estimate
from daskflow.experiments.analysis.laws import AMDAHL, FEWEST_REPEATS, USL, Law
from daskflow.experiments.analysis.metrics import Record
from daskflow.experiments.analysis.scaling import Scaling
from daskflow.experiments.analysis.settings import groups_of, settings_words

NAMES = {AMDAHL: "Amdahl's law", USL: "The Universal Scalability Law"}


def number(value: float) -> str:
    """A figure with four digits, or more before the point, or three behind it: ``48.31``, ``0.0422``."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 1 else f"{value:.3g}"


def percent(share: float) -> str:
    """A share in per cent, with two digits: ``0.42 %``, ``7.5 %``, ``98 %``."""
    digits = 0 if abs(share) >= 0.0995 else 1 if abs(share) >= 0.00995 else 2
    return f"{share * 100:.{digits}f} %"


def estimate_words(value: Estimate) -> str:
    """A median with its interval in brackets: ``48.3 (47.9–48.8)``; without where there is none."""
    middle = number(value.value)
    if value.low is None or value.high is None:
        return middle
    low, high = number(value.low), number(value.high)
    return middle if low == high == middle else f"{middle} ({low}–{high})"


def confidence_words(counts: Sequence[int]) -> str:
    """How sure intervals are that are made of so many values; nothing where there are none."""
    sure = {count: found.confidence for count in counts if (found := estimate([0.0] * count)) is not None}
    known = sorted({confidence for confidence in sure.values() if confidence is not None})
    if not known:
        return ""
    at_least = percent(known[0]) if len(known) == 1 else f"{percent(known[0])} to {percent(known[-1])}"
    few = ", the most that so few repeats give" if known[0] < 0.95 else ""
    lone = "; single trials have none" if 1 in counts else ""
    return f"intervals that hold the true median with {at_least} confidence{few}{lone}"


def brackets_words(counts: Sequence[int]) -> str:
    """What figures in the tables of a report are."""
    words = confidence_words(counts)
    if not words:
        return "Single trials: nobody can say how they would vary, so there are no intervals."
    return f"Medians, with {words}. Intervals are of the spread between repeats, not between messages."


def bars_words(records: Sequence[Record]) -> str:
    """What the bars of plots mean."""
    counts = [len(group.records) - group.nb_failed for group in groups_of(records)]
    words = confidence_words(sorted({count for count in counts if count}))
    if not words:
        return "Points are single trials, without intervals."
    return f"Points are medians, dots single trials, bars {words}."


def scaling_words(scaling: Scaling) -> Iterator[str]:
    """Sentences about a speed-up and its laws."""
    setting, fewest = scaling.setting, f"{scaling.setting}={number(scaling.fewest)}"
    compared = [point for point in scaling.points if point.speed_up and point.workers > scaling.fewest]
    if not compared:
        yield f"There is no speed-up: no repeat ended well both with {fewest} and with more."
    for point in compared[-1:]:
        assert point.speed_up is not None
        assert point.efficiency is not None
        yield (
            f"{setting}={number(point.workers)} is {estimate_words(point.speed_up)} times as fast as "
            f"{fewest}: {percent(point.efficiency.value)} of the ideal."
        )
    best = max(scaling.points, key=lambda point: point.rate.value, default=None)
    if compared and best is not None and best is not compared[-1]:
        times = "" if best.speed_up is None else f": {estimate_words(best.speed_up)} times that of the fewest"
        none = ", the fewest: more gain nothing"
        yield (
            f"The highest rate is at {setting}={number(best.workers)}"
            f"{none if best.workers == scaling.fewest else times}."
        )
    for name, law in scaling.laws.items():
        if isinstance(law, str):
            yield f"{NAMES[name]} cannot be fitted: {law}."
        else:
            yield " ".join(law_words(law, most=scaling.points[-1].workers))
    laws = [law for law in scaling.laws.values() if isinstance(law, Law)]
    if any(law.intervals for law in laws):
        yield f"Intervals of the laws' parameters have {percent(LEVEL)} confidence, where the law holds."
    elif laws:
        yield f"With fewer than {FEWEST_REPEATS} repeats the parameters of the laws have no intervals."


def law_words(law: Law, most: float) -> Iterator[str]:
    """Sentences about a fitted law.

    Parameters
    ----------
    law : Law
        The law.
    most : float
        The most workers that were measured.
    """
    yield f"{NAMES[law.name]}: {_costs(law)}; one worker would do {number(law.rate)} messages/s."
    if law.name == AMDAHL and isfinite(law.limit):
        yield f"Any number of them would not exceed {number(law.limit)} messages/s, if it holds so far."
    if law.name == USL:
        yield _peak(law, most)
    if law.is_tested:
        worst = max(law.residuals, key=lambda workers: abs(law.residuals[workers]))
        yield (
            f"Measured medians lie {percent(law.spread)} from it (root mean square), at most "
            f"{percent(abs(law.residuals[worst]))}, at {number(worst)}."
        )
    else:
        yield (
            f"It has as many parameters as there are points ({len(law.residuals)}), and so it goes through "
            "them: whether it holds is not tested."
        )


def _costs(law: Law) -> str:
    costs = f"contention {percent(law.contention)}{_interval(law, 'contention')}"
    if law.name == USL:
        costs += f", coherency {percent(law.coherency)}{_interval(law, 'coherency')}"
    if law.contention == 0 and law.coherency == 0:
        costs += ", so that no cost of more workers is to be seen"
    return costs


def _interval(law: Law, what: str) -> str:
    if what not in law.intervals:
        return ""
    low, high = law.intervals[what]
    return f" ({percent(low)} to {percent(high)})"


def _peak(law: Law, most: float) -> str:
    low, high = law.intervals.get("peak", (law.peak, law.peak))
    if not isfinite(law.peak):
        less = ", if less and less so" if law.contention else ""
        perhaps = f"; but a peak at {low:.3g} or more is not excluded" if isfinite(low) else ""
        return f"It predicts no peak: more workers are always faster{less}{perhaps}."
    interval = ""
    if low < high:
        interval = f" ({low:.3g} to {high:.3g})" if isfinite(high) else f" ({low:.3g} or more, or none)"
    beyond = f", beyond the {number(most)} that were measured, so it is a guess" if law.peak > most else ""
    workers = f"{law.peak:.3g} worker{'s' * (law.peak > 1)}"
    return f"It predicts the peak at {workers}{interval}, {number(law.limit)} messages/s{beyond}."


def family_words(scaling: Scaling, names: Sequence[str]) -> str:
    """What a speed-up is of, and what the other swept settings were."""
    others = settings_words(scaling.others, names)
    return f"{scaling.setting} with {others}" if others else scaling.setting
