"""Arguments that are to be numbers, refused by name where a node is made.

A comparison would say that str and int cannot be compared, and OpenCV and slices would refuse 320.0 in the
worker, where nobody knows any more who said it.
"""

from __future__ import annotations

import operator
from numbers import Real
from typing import Any


def whole(what: str, value: Any, of: str = "", least: int | None = None) -> int:
    """The argument as an int.

    Parameters
    ----------
    what : str
        What the argument is called.
    value : object
        An int, or one of NumPy's.
    of : str, optional
        What it counts, for the message.
    least : int, optional
        What it is at least.

    Raises
    ------
    TypeError
        It is no whole number.
    ValueError
        It is below `least`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{what} is a whole number{of and f' of {of}'}, got {value!r}") from None
    if least is not None and number < least:
        raise ValueError(f"{what} is {f'at least {least}' if least else 'not negative'}, got {value}")
    return number


def optional_whole(what: str, value: Any, of: str = "", least: int | None = None) -> int | None:
    """The same, where None is a choice too."""
    return None if value is None else whole(what, value, of, least)


def optional_flag(what: str, value: Any) -> bool | None:
    """The argument, known to be True, False or None.

    Raises
    ------
    TypeError
        It is none of them.
    """
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{what} is True or False, got {value!r}")
    return value


def number(what: str, value: Any) -> Any:
    """The argument, known to be a number of any kind.

    Raises
    ------
    TypeError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} is a number, got {value!r}")
    return value


def check_numbers(**values: object) -> None:
    """Refuse what is no number; None stands for a default.

    Raises
    ------
    TypeError
        With the name of the argument.
    """
    for what, value in values.items():
        if value is not None:
            number(what, value)


def check_whole_numbers(**values: object) -> None:
    """Refuse what is no whole number; None stands for a default.

    Raises
    ------
    TypeError
        With the name of the argument.
    """
    for what, value in values.items():
        optional_whole(what, value)
