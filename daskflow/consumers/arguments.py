"""Says by name which argument is no number: a comparison would say that str and int cannot be compared."""

from __future__ import annotations

from numbers import Integral, Real


def check_numbers(**values: object) -> None:
    """Refuse what is not a number; None stands for a default.

    Raises
    ------
    TypeError
        With the name of the argument.
    """
    for name, value in values.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, Real)):
            raise TypeError(f"{name} is a number, got {value!r}")


def check_integers(**values: object) -> None:
    """Refuse what is not a whole number; None stands for a default.

    Raises
    ------
    TypeError
        With the name of the argument.
    """
    for name, value in values.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, Integral)):
            raise TypeError(f"{name} is a whole number, got {value!r}")
