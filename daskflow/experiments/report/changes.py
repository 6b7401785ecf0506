"""What changed between two sweeps, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isfinite

from daskflow.experiments.analysis.comparison import ALPHA, Change
from daskflow.experiments.analysis.estimates import Estimate
from daskflow.experiments.analysis.gate import Gate
from daskflow.experiments.analysis.metrics import NEITHER, metric_of
from daskflow.experiments.analysis.settings import settings_words
from daskflow.experiments.report.words import estimate_words, percent

TOGETHER = "all settings together"


def subject_words(change: Change, names: Collection[str] = ()) -> str:
    """What a change is of: the settings of these names, or all where there are none."""
    if change.settings is None:
        return TOGETHER
    return settings_words(change.settings, names or None) or "the only settings"


def medians_words(change: Change) -> tuple[str, str]:
    """The medians before and after, with their intervals in the unit that is shown, and what failed."""
    if change.settings is None:
        return "", ""
    return (
        _median_words(change, change.before, change.failed_before, change.trials_before),
        _median_words(change, change.after, change.failed_after, change.trials_after),
    )


def _median_words(change: Change, estimate: Estimate | None, failed: int, trials: int) -> str:
    if estimate is None and failed == trials:
        return "failed"
    scale = metric_of(change.metric).scale
    words = "not measured" if estimate is None else estimate_words(estimate.scaled(scale))
    return f"{words}, {failed} failed" if failed else words


def ratio_words(change: Change) -> str:
    """The ratio with its interval and the confidence of that."""
    ratio = change.ratio
    if ratio is None:
        return ""
    if ratio.low is None or ratio.high is None or ratio.confidence is None:
        return f"{ratio.value:.3f}"
    return f"{ratio.value:.3f} ({ratio.low:.3f}–{ratio.high:.3f}, {percent(ratio.confidence)})"


def statement(change: Change) -> str:
    """Whether there is a difference, as far as that can be told."""
    if change.is_broken:
        return "worse: no trial ends well any more"
    if change.p is None or change.smallest_p is None:
        return "cannot be compared"
    if not change.can_be_told:
        return f"cannot be told: with so few repeats p is {change.smallest_p:.2g} at the least"
    if not change.is_significant:
        return f"no difference that chance does not explain ({p_words(change.p)})"
    return f"{_direction(change)} ({p_words(change.p)})"


def _direction(change: Change) -> str:
    """By how much and which way; no share where that of the medians goes the other way than the ranks."""
    worsening = change.worsening
    if metric_of(change.metric).better == NEITHER:
        if change.ratio is not None:
            return f"{percent(abs(change.ratio.value - 1))} {'higher' if change.ratio.value > 1 else 'lower'}"
        return "different"
    is_worse = change.p_worse is not None and change.p_worse < 0.5
    word = "worse" if is_worse else "better"
    is_told = isfinite(worsening) and (worsening > 0 if is_worse else worsening < 0)
    return f"{percent(abs(worsening))} {word}" if is_told else word


def p_words(p: float) -> str:
    """A probability with two digits; very small ones as a bound."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def chance_words(changes: Sequence[Change]) -> str:
    """What p is not: adjusted for how many there are. Nothing where there is one."""
    tested = sum(change.can_be_told for change in changes)
    if tested < 2:
        return ""
    return (
        f"Each p is for its line alone: of {tested} such lines up to {tested * ALPHA:g} are significant by "
        "chance, on average, where nothing has changed."
    )


def gate_words(gate: Gate, names: Collection[str] = ()) -> str:
    """What a gate says, a line for each reason; with the settings of these names."""

    def line(change: Change) -> str:
        return f"  {change.metric}, {subject_words(change, names)}: {_how_much(change)}"

    limit = f"{gate.tolerance * 100:g} %"
    if gate.is_open:
        lines = [f"gate: nothing is significantly worse by more than {limit}"]
    else:
        lines = [f"gate: worse by more than {limit}, and not by chance:"]
        lines += map(line, gate.worse)
    if gate.undecided:
        lines.append("these seem worse, but it may be chance:")
        lines += map(line, gate.undecided)
    return "\n".join(lines)


def _how_much(change: Change) -> str:
    if change.is_broken:
        return f"all {change.failed_after} trials failed"
    if change.is_unmeasured:
        return "not measured any more"
    words = f"{percent(change.worsening)} worse" if isfinite(change.worsening) else "was zero, and is not"
    if change.fails_more:
        failures = (
            f"{change.failed_after} of {change.trials_after} trials failed, "
            f"{change.failed_before} of {change.trials_before} before"
        )
        return f"{words}, {failures}" if change.worsening > 0 else failures
    return words
