"""The nominal frame rate of a written video."""

from __future__ import annotations

import math
from fractions import Fraction
from numbers import Rational, Real

_USUAL_RATE = Fraction(30)
_LARGEST_TERM = 65_535  # of a rate, in MPEG-4


def nominal_rate(wanted: object) -> Fraction:
    """Frames per second, with terms that every encoder can say; 30 where `wanted` is no such rate.

    Parameters
    ----------
    wanted : object
        What a user or the metadata of a frame says: any number, also NaN, as some cameras have it; or None.
    """
    rate = _USUAL_RATE
    if isinstance(wanted, Rational):
        rate = Fraction(int(wanted.numerator), int(wanted.denominator))
    elif isinstance(wanted, Real) and math.isfinite(wanted):
        rate = Fraction(float(wanted))
    if not 0 < rate <= 1000:
        rate = _USUAL_RATE
    rate = rate.limit_denominator(max(1, min(1001, int(_LARGEST_TERM / rate))))
    return max(rate, Fraction(1, 1001))
