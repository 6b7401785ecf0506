"""Where in a picture something is counted: a line that is crossed, a zone that is entered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
"""x and y in pixels, from the left and the top of the frame."""

_FEWEST_CORNERS = 3


@dataclass(frozen=True)
class Line:
    """A line from one point to another.

    Attributes
    ----------
    start, end : tuple of two floats
        x and y in pixels. Who looks from `start` to `end` has ``in`` on the left hand, as the picture is
        seen: with a line from left to right, what moves up goes in.
    name : str
        For events and drawings.

    Raises
    ------
    ValueError
        A point is none, or the two are one.
    """

    start: Point
    end: Point
    name: str = "line"

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _point(self.start))
        object.__setattr__(self, "end", _point(self.end))
        if self.start == self.end:
            raise ValueError(f"a line has two different ends, got {self.start} twice")


@dataclass(frozen=True)
class Zone:
    """A part of the picture with straight edges.

    Attributes
    ----------
    corners : sequence of points
        x and y in pixels of three corners or more, in order, either way round.
    name : str
        For events and drawings.

    Raises
    ------
    ValueError
        There are fewer than three different corners, or one is no point.
    """

    corners: tuple[Point, ...]
    name: str = "zone"

    def __post_init__(self) -> None:
        corners = tuple(_point(corner) for corner in self.corners)
        if len(set(corners)) < _FEWEST_CORNERS:
            raise ValueError(f"a zone has at least three different corners, got {corners}")
        object.__setattr__(self, "corners", corners)


def _point(value: object) -> Point:
    try:
        x, y = map(float, value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise ValueError(f"a point is x and y in pixels, got {value!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"a point is x and y in pixels, got {value!r}")
    return x, y
