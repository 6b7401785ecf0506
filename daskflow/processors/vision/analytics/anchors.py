"""Which point of a box says where a thing is."""

from __future__ import annotations

from typing import Any

import supervision as sv

FEET = "bottom_center"
"""Where a thing that stands on the ground touches it."""

_NAMES = ", ".join(position.value.lower() for position in sv.Position)


def checked_anchor(value: Any) -> sv.Position:
    """The anchor of that name.

    Parameters
    ----------
    value : str or supervision.Position
        Such as ``"bottom_center"``.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    if isinstance(value, sv.Position):
        return value
    try:
        return sv.Position(str(value).upper())
    except ValueError:
        raise ValueError(f"an anchor is one of {_NAMES}; got {value!r}") from None
