"""A diagram as shapes in pixels, which the writers of SVG and PNG draw alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.diagram.layout import Point

INK = "ink"
"""The colour of text: dark on a light ground, light on a dark one."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A filled and outlined box, its left and right corners rounded by different radii."""

    x: float
    y: float
    width: float
    height: float
    radius: tuple[float, float] = (0.0, 0.0)
    fill: str | None = None
    opacity: float = 1.0
    stroke: str | None = INK
    stroke_width: float = 1.2
    says: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A route, smooth between its points."""

    route: tuple[Point, ...]
    width: float = 1.4
    is_dashed: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an arrow that points to the right, with its tip at `x`, `y`."""

    x: float
    y: float
    size: float = 8.0


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text whose baseline is at `y`; `width` is the room that it has."""

    text: str
    x: float
    y: float
    size: float
    width: float
    is_bold: bool = False
    opacity: float = 1.0


Shape = Panel | Curve | Head | Words


@dataclass(frozen=True, slots=True)
class Figure:
    """Shapes, the lowest first, in an area of some pixels."""

    width: float
    height: float
    shapes: Sequence[Shape]
    title: str = ""
