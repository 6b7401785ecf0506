"""Which point of a box says where a thing is."""

from __future__ import annotations

from typing import Any

import supervision as sv

FEET = "bottom_center"
"""Where a thing that stands on the ground touches it."""

_OF_MASK = sv.Position.CENTER_OF_MASS


def checked_anchor(value: Any, *, of_box: bool = False) -> sv.Position:
    """The anchor of that name.

    Parameters
    ----------
    value : str or supervision.Position
        Such as ``"bottom_center"``.
    of_box : bool, default False
        Whether it must be a point of the box, and not ``"center_of_mass"``, which is of the mask.

    Raises
    ------
    ValueError
        There is none of that name.
    """
    known = [position for position in sv.Position if not (of_box and position is _OF_MASK)]
    for position in known:
        if value is position or str(value).upper() == position.value:
            return position
    names = ", ".join(position.value.lower() for position in known)
    raise ValueError(f"an anchor is one of {names}; got {value!r}")
