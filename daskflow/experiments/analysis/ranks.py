"""Whether two sets of figures differ by more than chance: exact tests by ranks, and ratios with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, prod
from statistics import median
from typing import Literal

import numpy as np

from daskflow.core.lazy import missing_package
from daskflow.experiments.analysis.estimates import LEVEL

Alternative = Literal["two-sided", "less", "greater"]
"""What is asked of the second set: whether it differs from the first, is lower, or is higher."""

Pair = tuple[Sequence[float], Sequence[float]]
"""Figures of the same thing before and after."""

_SHUFFLES = 19_999
_MOST_EXACT = 2500
_LEAST_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much higher one set of positive figures is than another.

    Attributes
    ----------
    value : float
        Of the second to the first: the median over all pairs of figures.
    low, high : float or None
        Ends of the interval; None where there are too few figures for one.
    confidence : float or None
        How probable it was that the interval would contain the true ratio.
    """

    value: float
    low: float | None = None
    high: float | None = None
    confidence: float | None = None


def ratio_of(before: Sequence[float], after: Sequence[float], level: float = LEVEL) -> Ratio | None:
    """The ratio of two sets of figures by Hodges and Lehmann [1]_, with the interval that belongs to the
    rank test.

    The interval leaves out 1 just where `rank_test`, without ties, has a p below one minus its confidence.

    Parameters
    ----------
    before, after : sequence of float
        Figures; there is no ratio unless all are above zero.
    level : float
        The confidence that is wanted. The interval has it where there are figures enough; else it goes from
        the lowest to the highest ratio and says its own, such as 0.9 with three and three.

    References
    ----------
    .. [1] J. L. Hodges, E. L. Lehmann, *Estimates of location based on rank tests*, Annals of Mathematical
       Statistics 34 (1963).
    """
    if not before or not after or min(*before, *after) <= 0:
        return None
    ratios = sorted(b / a for a in before for b in after)
    total, outside = comb(len(before) + len(after), len(before)), 0
    left_out, confidence = 0, 0.0
    for k, count in enumerate(_rank_sums(len(before), len(after))):
        outside += 2 * count
        if k and 1 - outside / total < level:
            break
        left_out, confidence = k, 1 - outside / total
    if confidence < _LEAST_CONFIDENCE:
        return Ratio(median(ratios))
    return Ratio(median(ratios), ratios[left_out], ratios[-1 - left_out], confidence)


def _rank_sums(first: int, second: int) -> list[int]:
    """In how many orders of so many figures a number of pairs, the index, is the other way round.

    The coefficients of the Gaussian binomial (first + second over first), up to the middle.
    """
    size = first * second // 2 + 1
    counts = [1] + [0] * (size - 1)
    for i in range(1, first + 1):
        for k in range(size - 1, second + i - 1, -1):
            counts[k] -= counts[k - second - i]
        for k in range(i, size):
            counts[k] += counts[k - i]
    return counts


def smallest_p(pairs: Sequence[Pair], alternative: Alternative) -> float:
    """The least p that so many figures can give, were they as different as can be."""
    orders = prod(comb(len(before) + len(after), len(before)) for before, after in pairs)
    return min(1.0, (2 if alternative == "two-sided" else 1) / orders)


def rank_test(before: Sequence[float], after: Sequence[float], alternative: Alternative) -> float:
    """The p of the test by Mann and Whitney: how often chance alone makes figures differ so much.

    Exact up to fifty figures each, by random permutations where figures are equal.

    Raises
    ------
    ModuleNotFoundError
        SciPy is not installed.
    """
    try:
        from scipy.stats import PermutationMethod, mannwhitneyu
    except ModuleNotFoundError as error:
        raise missing_package("A test by ranks", "scipy") from error
    method: object = "exact" if len(before) * len(after) <= _MOST_EXACT else "asymptotic"
    is_tied = len({*before, *after}) < len(before) + len(after)
    if is_tied and min(len(before), len(after)) < 2:
        return stratified_test([(before, after)], alternative)  # SciPy permutes no single figures
    if is_tied:
        method = PermutationMethod(n_resamples=_SHUFFLES, rng=np.random.default_rng(0))
    return float(mannwhitneyu(after, before, alternative=alternative, method=method).pvalue)


def stratified_test(pairs: Sequence[Pair], alternative: Alternative) -> float:
    """The p of the test by van Elteren [1]_: whether several things have changed in the same direction.

    Each pair is ranked for itself, since a setting is faster than another anyway; the rank sums, weighted
    by one over the number of figures plus one, are added. By random permutations within the pairs, always
    the same.

    Parameters
    ----------
    pairs : sequence of (sequence of float, sequence of float)
        Figures before and after of each thing.
    alternative : str
        What is asked.

    Raises
    ------
    ModuleNotFoundError
        SciPy is not installed.

    References
    ----------
    .. [1] P. H. van Elteren, *On the combination of independent two-sample tests of Wilcoxon*, Bulletin of
       the International Statistical Institute 37 (1960).
    """
    try:
        from scipy.stats import rankdata
    except ModuleNotFoundError as error:
        raise missing_package("A test by ranks", "scipy") from error
    random = np.random.default_rng(0)
    seen, shuffled = 0.0, np.zeros(_SHUFFLES)
    for before, after in pairs:
        ranks = rankdata([*after, *before]) - (len(before) + len(after) + 1) / 2
        ranks /= len(before) + len(after) + 1
        seen += float(ranks[: len(after)].sum())
        orders = random.permuted(np.tile(ranks, (_SHUFFLES, 1)), axis=1)
        shuffled += orders[:, : len(after)].sum(axis=1)
    if alternative == "two-sided":
        extreme = np.abs(shuffled) >= abs(seen) - 1e-9
    elif alternative == "greater":
        extreme = shuffled >= seen - 1e-9
    else:
        extreme = shuffled <= seen + 1e-9
    return float((1 + extreme.sum()) / (1 + _SHUFFLES))
