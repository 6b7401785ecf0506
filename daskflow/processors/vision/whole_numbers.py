"""Numbers of pixels, frames and the like, which have no fraction."""

from __future__ import annotations

import operator
from typing import Any


def whole(name: str, value: Any, of: str = "pixels") -> int:
    """The number as an int, known to be whole.

    OpenCV and slices refuse 320.0 in the worker, where nobody knows any more who said it.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : object
        An int, or one of NumPy's.
    of : str, default "pixels"
        What it counts, for the message.

    Raises
    ------
    TypeError
        It is no whole number.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number of {of}, got {value!r}") from None
