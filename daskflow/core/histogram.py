"""How often something took how long: counts in buckets that any two processes share, so they can be added."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

PER_DOUBLING = 16
"""Buckets from one time to twice that: a quantile is right within 2.2 %."""

SHORTEST_S = 2.0**-24
"""What took less than this, 60 ns, counts as this."""


def bucket_of(time_s: float) -> int:
    """The bucket of a time in seconds; bucket 0 ends at one second, and 16 more at twice that."""
    return math.ceil(math.log2(max(time_s, SHORTEST_S)) * PER_DOUBLING)


def end_of(bucket: int) -> float:
    """The longest time, in seconds, that belongs in a bucket."""
    return math.exp2(bucket / PER_DOUBLING)


@dataclass(frozen=True)
class Histogram:
    """Times, counted in buckets whose width grows with the time, as in DDSketch (Masson, Rim and Lee, 2019).

    Attributes
    ----------
    counts : mapping of int to int
        How many times fell in each bucket that has any; see `bucket_of`.
    sum_s : float
        Of all of them, exactly.
    """

    counts: Mapping[int, int] = field(default_factory=dict)
    sum_s: float = 0.0

    @classmethod
    def of(cls, times_s: Iterable[float]) -> Histogram:
        """That of some times in seconds."""
        counts: dict[int, int] = {}
        sum_s = 0.0
        for time_s in times_s:
            bucket = bucket_of(time_s)
            counts[bucket] = counts.get(bucket, 0) + 1
            sum_s += time_s
        return cls(counts, sum_s)

    @cached_property
    def count(self) -> int:
        """How many times there are."""
        return sum(self.counts.values())

    @property
    def mean_s(self) -> float:
        """Their mean in seconds; 0 where there are none."""
        return self.sum_s / self.count if self.count else 0.0

    def quantile_s(self, share: float) -> float:
        """The time in seconds that this share of them, from 0 to 1, does not exceed; 0 where there are none.

        Right within 2.2 %.
        """
        if not self.count:
            return 0.0
        left = max(1, math.ceil(share * self.count))
        for bucket in sorted(self.counts):
            left -= self.counts[bucket]
            if left <= 0:
                break
        return math.exp2((bucket - 0.5) / PER_DOUBLING)  # the middle of it

    def up_to(self, time_s: float) -> int:
        """How many are at most so long; exact at the ends of buckets, such as powers of two."""
        last = bucket_of(time_s)
        return sum([count for bucket, count in self.counts.items() if bucket <= last])

    def __add__(self, other: Histogram) -> Histogram:
        return self._with(other, 1)

    def __sub__(self, earlier: Histogram) -> Histogram:
        """What has come since an earlier state of the same histogram."""
        return self._with(earlier, -1)

    def _with(self, other: Histogram, sign: int) -> Histogram:
        counts = dict(self.counts)
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + sign * count
        return Histogram(
            {b: n for b, n in counts.items() if n > 0}, max(0.0, self.sum_s + sign * other.sum_s)
        )


NOTHING = Histogram()
