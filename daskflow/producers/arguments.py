"""What is checked of the numbers that several producers are given."""

from __future__ import annotations

import operator
from fractions import Fraction
from numbers import Rational, Real
from typing import Any


def checked_count(what: str, value: Any, least: int = 0) -> int:
    """A whole number; raises TypeError if it is none, and ValueError if it is below `least`."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} is a whole number, got {value!r}") from None
    if number < least:
        raise ValueError(f"{what} is {f'at least {least}' if least else 'not negative'}, got {value}")
    return number


def optional_count(what: str, value: Any, least: int = 0) -> int | None:
    """The same, where None is a choice too."""
    return None if value is None else checked_count(what, value, least)


def checked_number(what: str, value: Any) -> Any:
    """A number of any kind; raises TypeError if it is none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} is a number, got {value!r}")
    return value


def checked_seconds(what: str, value: Any) -> float:
    """A time-out; raises TypeError if it is no number, and ValueError if it is not above 0."""
    if not 0 < checked_number(what, value) < float("inf"):
        raise ValueError(f"{what} is more than 0 seconds, got {value}")
    return float(value)


def checked_rate(fps: Any) -> Fraction:
    """Frames per second; raises TypeError if that is no number, and ValueError if it is not above 0."""
    if not 0 < checked_number("fps", fps) < float("inf"):
        raise ValueError(f"fps is above 0, got {fps}")
    return Fraction(fps) if isinstance(fps, Rational) else Fraction(float(fps))
