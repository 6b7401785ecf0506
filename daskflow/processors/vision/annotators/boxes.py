"""Boxes around detections."""

from __future__ import annotations

from typing import Any

import supervision as sv

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.labels import draw_labels, label_texts
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import (
    checked_thickness,
    colours_of,
    in_picture,
    line_thickness,
)
from daskflow.scene import checked_detections


class BoundingBoxAnnotator(Layer):
    """Draws a box around each detection, on a copy of the frame.

    A thing that has a ``tracker_id`` keeps its colour by that, else the colour goes by ``class_id``.

    Parameters
    ----------
    thickness : int, optional
        Of the lines, in pixels. If not given, it follows the size of the frame.
    labels : bool, default False
        Write above each box what is known of it: the class, ``#`` and the track's number, the confidence. A
        `LabelAnnotator` has more to choose from.
    nb_tasks : int, default 1
        How many copies run at a time.
    device_type, name, queue_size
        As for `ProcessorNode`.
    """

    takes = (sv.Detections,)

    def __init__(
        self,
        thickness: int | None = None,
        labels: bool = False,
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(nb_tasks, device_type, name, **options)
        self._thickness = checked_thickness(thickness)
        self._labels = labels

    def process(self, frame: Frame, detections: sv.Detections, ctx: Context | None = None) -> Frame:
        """Draw `detections`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        detections : supervision.Detections
            ``xyxy`` in pixels of `frame`. May be empty; what is outside of the frame is not drawn.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape, with the boxes.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or `detections` are no `supervision.Detections`.
        """
        return self.annotated(frame, (detections,), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Draw the boxes, and the labels over all of them."""
        for value in values:
            detections = in_picture(checked_detections(value, self), canvas)
            if not len(detections):
                continue
            boxes = sv.BoxAnnotator(thickness=line_thickness(canvas, self._thickness))
            boxes.annotate(canvas, detections, custom_color_lookup=colours_of(detections))
            if self._labels:
                draw_labels(canvas, detections, label_texts(detections), None)
