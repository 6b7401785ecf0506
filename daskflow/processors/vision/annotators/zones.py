"""Zones, and how many are in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import (
    checked_size,
    checked_thickness,
    line_thickness,
    palette_colour,
    text_scale,
)
from daskflow.processors.vision.annotators.text import draw_text
from daskflow.scene import Zone, ZoneCount
from daskflow.scene.regions import regions


class ZoneAnnotator(Layer):
    """Draws zones and how many are in them, on a copy of the frame.

    Parameters
    ----------
    zones : Zone or iterable of Zone, optional
        To be drawn on every frame, with their names and no numbers. Those of counts need not be given.
    totals : bool, default False
        Write below the number how many have come and gone.
    opacity : float, default 0.15
        Of the colour of the area, from 0 to 1.
    thickness : int, optional
        Of the edges, in pixels. If not given, it follows the size of the frame.
    text_scale : float, optional
        Of the letters, as OpenCV has it. If not given, it follows the size of the frame.
    **options
        As for `ProcessorNode`.
    """

    takes = (ZoneCount,)

    def __init__(
        self,
        zones: Zone | Iterable[Zone] = (),
        totals: bool = False,
        opacity: float = 0.15,
        thickness: int | None = None,
        text_scale: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._zones = regions(Zone, zones, "zones")
        if not 0 <= opacity <= 1:
            raise ValueError(f"opacity is from 0 to 1, got {opacity}")
        self._totals, self._opacity = totals, opacity
        self._thickness = checked_thickness(thickness)
        self._scale = checked_size("text_scale", text_scale)

    def process(self, frame: Frame, *counts: ZoneCount, ctx: Context | None = None) -> Frame:
        """Draw the zones; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        *counts : ZoneCount
            What the parents after the first gave, one count each or several in a list or tuple.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or one of `counts` is none.
        """
        return self.annotated(frame, counts, ctx)

    @property
    def needs_values(self) -> bool:
        """Whether it draws nothing without counts."""
        return not self._zones

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw the areas, then the texts over all of them."""
        counts = [count for value in values for count in several(value, ZoneCount, self)]
        shown: dict[Zone, list[str]] = {zone: [zone.name] for zone in self._zones}
        for count in counts:
            shown[count.zone] = [f"{count.zone.name}: {count.count}"]
            if self._totals:
                shown[count.zone].append(f"{count.entered} came, {count.left} left")
        for number, zone in enumerate(shown):
            self._fill(canvas, zone, colour_of(number))
        scale = text_scale(canvas, self._scale)
        for number, (zone, lines) in enumerate(shown.items()):
            draw_text(canvas, lines, _middle(zone), scale, centred=True, background=colour_of(number))

    def _fill(self, canvas: Frame, zone: Zone, colour: tuple[int, int, int]) -> None:
        corners = np.round(np.asarray(zone.corners)).astype(np.int32)
        left, top, width, height = cv2.boundingRect(corners)
        right, bottom = min(left + width, canvas.shape[1]), min(top + height, canvas.shape[0])
        left, top = max(0, left), max(0, top)
        part = canvas[top:bottom, left:right]
        if part.size and self._opacity:
            coloured = part.copy()
            cv2.fillPoly(coloured, [corners - (left, top)], colour)
            part[:] = cv2.addWeighted(coloured, self._opacity, part, 1 - self._opacity, 0)
        cv2.polylines(canvas, [corners], True, colour, line_thickness(canvas, self._thickness), cv2.LINE_AA)


def several(value: Any, kind: type, reader: object) -> tuple[Any, ...]:
    """The counts in what one parent gave: one, or several in a list or tuple.

    Raises
    ------
    TypeError
        There is something else among them.
    """
    found = tuple(value) if isinstance(value, list | tuple) else (value,)
    for one in found:
        if not isinstance(one, kind):
            raise TypeError(
                f"{reader!r} takes a frame, and {kind.__name__}s beside it; got {type(one).__name__}: "
                "check the order of its parents"
            )
    return found


def colour_of(number: int, first: int = 12) -> tuple[int, int, int]:
    """The colour of the zone or line with a number, BGR, from supervision's palette."""
    return palette_colour(first + 3 * number)


def _middle(zone: Zone) -> tuple[float, float]:
    moments = cv2.moments(np.asarray(zone.corners, np.float32))
    if not moments["m00"]:
        x, y = np.mean(zone.corners, axis=0)
        return float(x), float(y)
    return moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
