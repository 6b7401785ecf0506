"""Times and rates that several producers are given."""

from __future__ import annotations

from fractions import Fraction
from numbers import Rational
from typing import Any

from daskflow.core.arguments import number


def checked_seconds(what: str, value: Any) -> float:
    """A time-out; raises TypeError if it is no number, and ValueError if it is not above 0."""
    if not 0 < number(what, value) < float("inf"):
        raise ValueError(f"{what} is more than 0 seconds, got {value}")
    return float(value)


def checked_rate(fps: Any) -> Fraction:
    """Frames per second; raises TypeError if that is no number, and ValueError if it is not above 0."""
    if not 0 < number("fps", fps) < float("inf"):
        raise ValueError(f"fps is above 0, got {fps}")
    return Fraction(fps) if isinstance(fps, Rational) else Fraction(float(fps))
