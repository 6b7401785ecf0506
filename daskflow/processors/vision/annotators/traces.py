"""Where tracked things have come from."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.arguments import whole
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.analytics.anchors import FEET, checked_anchor
from daskflow.processors.vision.annotators.layer import LayerWithMemory
from daskflow.processors.vision.annotators.measures import (
    checked_thickness,
    colours_of,
    in_picture,
    line_thickness,
)
from daskflow.scene import checked_detections


class TraceAnnotator(LayerWithMemory):
    """Draws the way that each tracked thing has come, on a copy of the frame.

    Parameters
    ----------
    length : int, default 50
        Of how many frames the places are remembered.
    anchor : str, default "bottom_center"
        Which point of a box leaves the trace: ``"center"``, ``"bottom_center"``, where feet and wheels are,
        ``"top_center"``, ``"top_left"`` and so on.
    thickness : int, optional
        Of the lines, in pixels. If not given, it follows the size of the frame.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range.

    Notes
    -----
    Only traces of what is there in the frame are drawn. Frames of another size start all of them anew.
    """

    takes = (sv.Detections,)

    def __init__(
        self,
        length: int = 50,
        anchor: str | sv.Position = FEET,
        thickness: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if whole("length", length, "frames") < 2:
            raise ValueError(f"length is at least 2 frames, got {length}")
        self._length, self._anchor = length, checked_anchor(anchor, of_box=True)
        self._thickness = checked_thickness(thickness)
        self._shape: tuple[int, ...] = ()
        self._traces = self._new_traces()

    def open(self) -> None:
        """Start without traces; runs in the task's worker."""
        self._shape, self._traces = (), self._new_traces()

    def process(self, frame: Frame, detections: sv.Detections, ctx: Context | None = None) -> Frame:
        """Draw the traces on a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        detections : supervision.Detections
            With a ``tracker_id``; those below 0 leave no trace. May be empty.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or `detections` are no `supervision.Detections`, or not tracked.
        """
        return self.annotated(frame, (detections,), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw the traces and remember where everything is; one value."""
        if len(values) != 1:
            raise ValueError(f"{self!r} draws the traces of one node's detections, got {len(values)} of them")
        detections = in_picture(checked_detections(values[0], self, tracked=True), canvas)
        if not len(detections):  # supervision before 0.31 wants a tracker_id there, too
            detections = sv.Detections.empty()
            detections.tracker_id = np.empty(0, int)
        if canvas.shape != self._shape:
            self._shape, self._traces = canvas.shape, self._new_traces()
        self._traces.thickness = line_thickness(canvas, self._thickness)
        self._traces.annotate(canvas, detections, custom_color_lookup=colours_of(detections))

    def snapshot(self) -> Any:
        """The traces so far; runs in the task's worker."""
        return self._shape, copy.copy(self._traces.trace)

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        self._shape, self._traces.trace = state[0], copy.copy(state[1])

    def _new_traces(self) -> sv.TraceAnnotator:
        return sv.TraceAnnotator(trace_length=self._length, position=self._anchor)
