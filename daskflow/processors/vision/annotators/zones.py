"""Zones, and how many are in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.measures import line_thickness, text_scale
from daskflow.processors.vision.annotators.regions import RegionLayer
from daskflow.processors.vision.annotators.text import draw_text
from daskflow.scene import Zone, ZoneCount


class ZoneAnnotator(RegionLayer):
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

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.
    """

    takes = (ZoneCount,)
    region = Zone
    plural = "zones"
    first_colour = 12

    def __init__(
        self,
        zones: Zone | Iterable[Zone] = (),
        totals: bool = False,
        opacity: float = 0.15,
        thickness: int | None = None,
        text_scale: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(zones, thickness, text_scale, **options)
        if not 0 <= opacity <= 1:
            raise ValueError(f"opacity is from 0 to 1, got {opacity}")
        self._totals, self._opacity = totals, opacity

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw the areas, then the texts over all of them."""
        counts = self.counts_in(values)
        shown: dict[Zone, list[str]] = {zone: [zone.name] for zone in self._given}
        for count in counts:
            shown[count.zone] = [f"{count.zone.name}: {count.count}"]
            if self._totals:
                shown[count.zone].append(f"{count.entered} came, {count.left} left")
        for number, zone in enumerate(shown):
            self._fill(canvas, zone, self.colour_of(number))
        scale = text_scale(canvas, self._scale)
        for number, (zone, lines) in enumerate(shown.items()):
            draw_text(canvas, lines, _middle(zone), scale, centred=True, background=self.colour_of(number))

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


def _middle(zone: Zone) -> tuple[float, float]:
    moments = cv2.moments(np.asarray(zone.corners, np.float32))
    if not moments["m00"]:
        x, y = np.mean(zone.corners, axis=0)
        return float(x), float(y)
    return moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
