"""People and plates that are not to be known again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import supervision as sv

from daskflow.core.arguments import whole
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.masks import mask_rectangle, with_masks
from daskflow.scene import Zone, checked_detections
from daskflow.scene.regions import regions

PIXELATE, BLUR, FILL = "pixelate", "blur", "fill"
METHODS = (PIXELATE, BLUR, FILL)

_FILLING = 0  # black
_LEAST = 3  # pixels across a cell: else a region of few pixels would be left as it is


class RegionBlurrer(Layer):
    """Makes detections or fixed zones unrecognisable, on a copy of the frame.

    Parameters
    ----------
    method : {"pixelate", "blur", "fill"}, default "pixelate"
        The first two keep the mean colours of a few cells of each region, as squares or smoothed, and
        nothing else. ``"fill"`` keeps nothing.
    cells : int, default 6
        How many cells the longer side of a region has, from 1. So the strength goes by the region's size: a
        face near the camera keeps no more than one far away.
    margin : float, default 0.1
        What is added to a box on each side, as a part of its width and height: detectors cut off hair and
        hands.
    use_masks : bool, default False
        Blur the masks of the detections, and not the rest of their boxes; `margin` does not count.
    zones : Zone or iterable of Zone, optional
        Parts that are blurred in every frame. With these the node may have the frames as its only parent.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    It hides what it is given: a face that the detector misses is seen. Cells are means over all of their
    pixels, and no filter that could be inverted. From 6 cells a stranger is not recognised, but what there
    are few of, such as digits in a known type, can be guessed from their mosaic (Hill et al., "On the
    (In)effectiveness of Mosaicing and Blurring as Tools for Document Redaction", 2016): hide text and number
    plates with ``method="fill"``.

    In a `SceneAnnotator` it is best the first layer, so that nothing that was drawn is blurred.
    """

    takes = (sv.Detections,)

    def __init__(
        self,
        method: str = PIXELATE,
        cells: int = 6,
        margin: float = 0.1,
        use_masks: bool = False,
        zones: Zone | Iterable[Zone] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if method not in METHODS:
            raise ValueError(f"method is one of {', '.join(METHODS)}, got {method!r}")
        if whole("cells", cells, "cells") < 1:
            raise ValueError(f"cells is at least 1, got {cells}")
        if not 0 <= margin <= 10:
            raise ValueError(f"margin is a part of the box, from 0 to 10, got {margin}")
        self._method, self._cells, self._margin, self._use_masks = method, cells, margin, use_masks
        self._zones = regions(Zone, zones, "zones")

    def process(
        self, frame: Frame, detections: sv.Detections | None = None, *, ctx: Context | None = None
    ) -> Frame:
        """Hide regions in a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        detections : supervision.Detections, optional
            What to hide beside the zones; with `use_masks` they have masks.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, `detections` are no `supervision.Detections`, or have no masks where
            these are asked for, or a box that is none; or there are neither zones nor detections.
        """
        return self.annotated(frame, () if detections is None else (detections,), ctx)

    @property
    def needs_values(self) -> bool:
        """Whether it draws nothing without detections."""
        return not self._zones

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Hide zones and detections."""
        if not values and not self._zones:
            raise ValueError(f"{self!r} has nothing to hide: give it zones=, or detections as second parent")
        for zone in self._zones:
            self._hide_zone(canvas, zone)
        for value in values:
            if self._use_masks:
                self._hide_masks(canvas, with_masks(value, canvas, self))
            else:
                self._hide_boxes(canvas, checked_detections(value, self))

    def _hide_boxes(self, canvas: Frame, detections: sv.Detections) -> None:
        height, width = canvas.shape[:2]
        boxes = np.asarray(detections.xyxy, np.float64)
        if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
            # never to be passed over: something would be seen
            raise ValueError(
                f"{self!r} hides boxes of left, top, right and bottom in this order, which are finite, got "
                f"{boxes.tolist()}"
            )
        for left, top, right, bottom in boxes:
            across, down = self._margin * (right - left), self._margin * (bottom - top)
            x, y = (
                int(np.clip(np.floor(left - across), 0, width)),
                int(np.clip(np.floor(top - down), 0, height)),
            )
            x2 = int(np.clip(np.ceil(right + across), 0, width))
            y2 = int(np.clip(np.ceil(bottom + down), 0, height))
            part = canvas[y:y2, x:x2]
            if part.size:
                part[:] = self._hidden(part)

    def _hide_masks(self, canvas: Frame, detections: sv.Detections) -> None:
        for mask in detections.mask if len(detections) else ():
            x, y, w, h = mask_rectangle(mask)
            self._hide_part(canvas[y : y + h, x : x + w], np.asarray(mask)[y : y + h, x : x + w])

    def _hide_zone(self, canvas: Frame, zone: Zone) -> None:
        corners = np.round(np.asarray(zone.corners)).astype(np.int32)
        left, top, width, height = cv2.boundingRect(corners)
        x, y = max(0, left), max(0, top)
        part = canvas[y : max(0, top + height), x : max(0, left + width)]
        if part.size:
            mask = np.zeros(part.shape[:2], np.uint8)
            cv2.fillPoly(mask, [corners - (x, y)], 1)
            self._hide_part(part, mask.astype(bool))

    def _hide_part(self, part: Frame, mask: np.ndarray[Any, Any]) -> None:
        if mask.any():
            np.copyto(part, self._hidden(part), where=mask[..., None])

    def _hidden(self, part: Frame) -> Any:
        if self._method == FILL:
            return np.full_like(part, _FILLING)
        height, width = part.shape[:2]
        longer = max(height, width)
        size = max(1, round(width * self._cells / longer)), max(1, round(height * self._cells / longer))
        size = min(size[0], max(1, width // _LEAST)), min(size[1], max(1, height // _LEAST))
        cells = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        up = cv2.INTER_NEAREST if self._method == PIXELATE else cv2.INTER_LINEAR
        return cv2.resize(cells, (width, height), interpolation=up)
