"""A gate: whether anything became worse, so much and so surely that it should be stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import comb, isfinite

from daskflow.errors import ResultsError
from daskflow.experiments.analysis.comparison import ALPHA, Change, Comparison
from daskflow.experiments.analysis.metrics import HIGHER, NEITHER, metric_of


@dataclass(frozen=True, slots=True)
class Gate:
    """What a gate says.

    Attributes
    ----------
    tolerance : float
        The share by which things may become worse.
    worse : tuple of Change
        What became worse by more, and significantly by more.
    undecided : tuple of Change
        What seems worse by more, but not so that chance is excluded; of which a larger share of trials
        failed; or which is not measured any more.
    """

    tolerance: float
    worse: tuple[Change, ...]
    undecided: tuple[Change, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing became worse."""
        return not self.worse


def gate(comparison: Comparison, tolerance: float) -> Gate:
    """Judge a comparison.

    Many settings are tested at once, of which one in twenty would be significant by chance. So p is
    adjusted as Holm [1]_ does: that of all tests together chance closes the gate once in twenty times at
    most. All settings together are one more test, which finds a loss that they share with fewer repeats
    than each of them would need. Tests are one-sided, since the question is whether something is worse; and
    they ask whether it is worse than the figures before would be if they were worse by the tolerance, so that
    chance does not close the gate on a loss that is allowed either. A setting whose trials all fail now, and
    did not before, is worse.

    Parameters
    ----------
    comparison : Comparison
        What changed.
    tolerance : float
        The share by which things may become worse, such as 0.05.

    Raises
    ------
    ResultsError
        The tolerance is no share, a metric is neither good nor bad, or there are so few repeats that nothing
        could be significant: such a gate would always be open.
    ModuleNotFoundError
        SciPy is not installed.

    References
    ----------
    .. [1] S. Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of
       Statistics 6 (1979).
    """
    changes = [*comparison.together, *comparison.changes]
    _refuse_no_share(tolerance, changes)
    for change in changes:
        if metric_of(change.metric).better == NEITHER:
            raise ResultsError(
                "a gate needs a metric of which more, or less, is known to be better; "
                f"{change.metric!r} is none. Ask for rate, latency_p95_s, cpu_s_per_message, memory_bytes or "
                "the like"
            )
    broken = [change for change in changes if change.is_broken]
    tested = [change for change in changes if change.p_worse is not None]
    if not broken:
        _refuse_the_blind(tested)
    adjusted = _holm([change.p_worse_by(tolerance) for change in tested])
    surely = [
        change
        for change, p in zip(tested, adjusted, strict=True)
        if p <= ALPHA and change.worsening > tolerance
    ]
    worse = [*broken, *surely]
    undecided = [
        change
        for change in changes
        if change not in worse and (change.worsening > tolerance or change.fails_more or change.is_unmeasured)
    ]
    return Gate(tolerance, tuple(worse), tuple(undecided))


def _refuse_no_share(tolerance: float, changes: Sequence[Change]) -> None:
    if not isfinite(tolerance) or tolerance < 0:
        raise ResultsError(f"a gate's tolerance is a share of 0 or more, such as 0.05, got {tolerance}")
    falling = [change.metric for change in changes if metric_of(change.metric).better == HIGHER]
    if tolerance >= 1 and falling:
        raise ResultsError(
            f"the gate could only be open: nothing falls by more than all of it, and the tolerance for "
            f"{falling[0]} is {tolerance:g}, which is {tolerance * 100:g} %. It is a share: 0.05 is 5 %"
        )


def _refuse_the_blind(tested: Sequence[Change]) -> None:
    """Holm's first step: the least p times the number of tests."""
    if not tested:
        raise ResultsError(
            "the gate could only be open: at no setting have both sweeps a figure of what was asked for"
        )
    least = min(change.smallest_p_worse or 1.0 for change in tested)
    if least * len(tested) > ALPHA:
        enough = next(n for n in count(1) if len(tested) <= ALPHA * comb(2 * n, n))
        raise ResultsError(
            f"the gate could only be open: with so few repeats, even figures as different as can be have p = "
            f"{least:.2g} in one test, and it takes {ALPHA:g} in {len(tested)}. Run both sweeps with "
            f"{enough} repeats or more"
        )


def _holm(probabilities: Sequence[float]) -> list[float]:
    adjusted = [0.0] * len(probabilities)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(probabilities)), key=lambda i: probabilities[i])):
        highest = max(highest, min(1.0, probabilities[i] * (len(probabilities) - rank)))
        adjusted[i] = highest
    return adjusted
