"""Routes of a layout as smooth lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from daskflow.diagram.layout import Point


def smooth(route: Sequence[Point], steps: int = 8) -> list[Point]:
    """Points along a route that leaves and enters each of its points level.

    Between two rows it follows the cubic Bézier curve whose inner points lie half way, as in flow editors.

    Parameters
    ----------
    route : sequence of (float, float)
        Of a `Layout`, in its units or scaled.
    steps : int, default 8
        Of how many straight pieces a curve is made.
    """
    points = [route[0]]
    for (x0, y0), (x1, y1) in pairwise(route):
        if y0 != y1:
            for i in range(1, steps):
                t = i / steps
                # with inner points at half way the curve's x is this, and its y the smooth step
                x = 1.5 * t * (1 - t) + t**3
                points.append((x0 + (x1 - x0) * x, y0 + (y1 - y0) * t * t * (3 - 2 * t)))
        points.append((x1, y1))
    return points
