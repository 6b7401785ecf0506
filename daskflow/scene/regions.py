"""Where in a picture something is counted: a line that is crossed, a zone that is entered."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

Point: TypeAlias = tuple[float, float]
"""x and y in pixels, from the left and the top of the frame."""

_FEWEST_CORNERS = 3

_Region = TypeVar("_Region", "Line", "Zone")


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
    TypeError
        `corners` are no sequence.
    ValueError
        There are fewer than three different corners, or one is no point.
    """

    corners: tuple[Point, ...]
    name: str = "zone"

    def __post_init__(self) -> None:
        if not isinstance(self.corners, Iterable):
            raise TypeError(f"a zone is made of its corners, three points or more, got {self.corners!r}")
        corners = tuple(_point(corner) for corner in self.corners)
        if len(set(corners)) < _FEWEST_CORNERS:
            raise ValueError(f"a zone has at least three different corners, got {corners}")
        object.__setattr__(self, "corners", corners)


def regions(kind: type[_Region], value: Any, name: str) -> tuple[_Region, ...]:
    """The lines or zones that a node was given: one, or any number of them.

    Raises
    ------
    TypeError
        There is something else.
    """
    found = (value,) if isinstance(value, kind) or not isinstance(value, Iterable) else tuple(value)
    for one in found:
        if not isinstance(one, kind):
            raise TypeError(f"{name} are daskflow.scene.{kind.__name__} objects, got {one!r}")
    return found


def _point(value: object) -> Point:
    try:
        x, y = map(float, value)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise ValueError(f"a point is x and y in pixels, got {value!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"a point is x and y in pixels, got {value!r}")
    return x, y
