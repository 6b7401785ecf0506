"""What changed between two sweeps, in words."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite

from daskflow.experiments.analysis.comparison import Change
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


def median_words(change: Change, estimate: Estimate | None, failed: int) -> str:
    """A median with its interval in the unit that is shown, and failures where there are any."""
    if change.settings is None:
        return ""
    if estimate is None:
        return "failed" if failed else "not measured"
    words = estimate_words(estimate.scaled(metric_of(change.metric).scale))
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
    worsening = change.worsening
    if metric_of(change.metric).better == NEITHER:
        if change.ratio is not None:
            return f"{percent(abs(change.ratio.value - 1))} {'higher' if change.ratio.value > 1 else 'lower'}"
        return "different"
    word = "worse" if worsening > 0 else "better"
    return f"{percent(abs(worsening))} {word}" if isfinite(worsening) and worsening else word


def p_words(p: float) -> str:
    """A probability with two digits; very small ones as a bound."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


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
        lines.append("these seem worse by more, but with so few repeats it may be chance:")
        lines += map(line, gate.undecided)
    return "\n".join(lines)


def _how_much(change: Change) -> str:
    if change.is_broken:
        return f"all {change.failed_after} trials failed"
    return f"{percent(change.worsening)} worse" if isfinite(change.worsening) else "was zero, and is not"
