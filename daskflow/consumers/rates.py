"""The nominal frame rate of a written video."""

from __future__ import annotations

from fractions import Fraction

_USUAL_RATE = Fraction(30)
_LARGEST_TERM = 65_535  # of a rate, in MPEG-4


def nominal_rate(wanted: float | Fraction | None) -> Fraction:
    """Frames per second, with terms that every encoder can say; 30 where `wanted` is no such rate."""
    rate = Fraction(wanted or _USUAL_RATE)
    if not 0 < rate <= 1000:
        rate = _USUAL_RATE
    rate = rate.limit_denominator(max(1, min(1001, int(_LARGEST_TERM / rate))))
    return max(rate, Fraction(1, 1001))
