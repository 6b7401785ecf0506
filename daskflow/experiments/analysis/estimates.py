"""Medians, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import comb
from statistics import median

LEVEL = 0.95
"""The confidence that intervals have where there are repeats enough for it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median and its interval.

    Attributes
    ----------
    value : float
        The median.
    nb_values : int
        How many it is made of.
    low, high : float or None
        Ends of the interval; None with one value, of which nobody can say how it would vary.
    confidence : float or None
        How probable it was that the interval would contain the true median. It is less than `LEVEL` with
        fewer than six values: 0.5, 0.75, 0.875 and 0.9375 with two, three, four and five.
    """

    value: float
    nb_values: int
    low: float | None = None
    high: float | None = None
    confidence: float | None = None

    def scaled(self, factor: float) -> Estimate:
        """The same in another unit; `factor` is positive."""
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return Estimate(self.value * factor, self.nb_values, low, high, self.confidence)


def estimate(values: Sequence[float], level: float = LEVEL) -> Estimate | None:
    """The median of some values, with an interval between two of them.

    Which two follows from the binomial distribution alone: each value is below the true median with a
    probability of a half, so that the k lowest and k highest can be left out as long as it is improbable that
    so few are on one side [1]_. Nothing is assumed about how values are distributed, and nothing is
    resampled: with three values a bootstrap would claim more than there is to know.

    Parameters
    ----------
    values : sequence of float
        In any order and unit.
    level : float
        The confidence that is wanted.

    Returns
    -------
    Estimate or None
        None where there are no values. The interval is the narrowest that has the confidence, or all of the
        values where no interval between them has it.

    References
    ----------
    .. [1] H. A. David, H. N. Nagaraja, *Order Statistics*, 3rd edition, Wiley 2003, section 7.1.
    """
    ordered = sorted(values)
    count = len(ordered)
    if count == 0:
        return None
    if count == 1:
        return Estimate(ordered[0], 1)
    left_out, confidence = _left_out(count, level)
    return Estimate(median(ordered), count, ordered[left_out], ordered[-1 - left_out], confidence)


def _left_out(count: int, level: float) -> tuple[int, float]:
    """How many values at each end an interval can do without, and its confidence."""
    fewer = [total / 2**count for total in accumulate(comb(count, k) for k in range((count + 1) // 2))]
    allowed = [k for k, probability in enumerate(fewer) if 1 - 2 * probability >= level]
    best = max(allowed, default=0)
    return best, 1 - 2 * fewer[best]
