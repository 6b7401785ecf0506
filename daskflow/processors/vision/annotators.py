"""Drawings on frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.constants import CPU
from daskflow.core.frame import Frame, checked_frame
from daskflow.core.node import ProcessorNode


class BoundingBoxAnnotator(ProcessorNode):
    """Draws a box around each detection, on a copy of the frame.

    A thing that has a ``tracker_id`` keeps its colour by that, else the colour goes by ``class_id``.

    Parameters
    ----------
    thickness : int, default 2
        Of the lines, in pixels.
    labels : bool, default False
        Write above each box what is known of: the class, ``#`` and the track's number, the confidence.
    nb_tasks : int, default 1
        How many copies run at a time.
    device_type, name, queue_size
        As for `ProcessorNode`.
    """

    devices = (CPU,)

    def __init__(
        self,
        thickness: int = 2,
        labels: bool = False,
        nb_tasks: int = 1,
        device_type: str = CPU,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(nb_tasks, device_type, name, **options)
        if thickness < 1:
            raise ValueError(f"thickness is at least 1 pixel, got {thickness}")
        self._boxes = sv.BoxAnnotator(thickness=thickness)
        self._texts = sv.LabelAnnotator(text_scale=0.4, text_padding=3) if labels else None

    def process(self, frame: Frame, detections: sv.Detections) -> Frame:
        """Draw `detections`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        detections : supervision.Detections
            ``xyxy`` in pixels of `frame`. May be empty.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape, with the boxes.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or `detections` are no `supervision.Detections`.
        """
        canvas = checked_frame(frame, self).copy()
        if not isinstance(detections, sv.Detections):
            raise TypeError(
                f"{self!r} takes a frame and supervision.Detections, in this order; "
                f"got {type(detections).__name__} as the second"
            )
        if len(detections) == 0:
            return canvas
        colours = _colours(detections)
        self._boxes.annotate(canvas, detections, custom_color_lookup=colours)
        if self._texts is not None:
            texts = [_label(detections, i) for i in range(len(detections))]
            self._texts.annotate(canvas, detections, labels=texts, custom_color_lookup=colours)
        return canvas


def _colours(detections: sv.Detections) -> np.ndarray[Any, np.dtype[np.int_]]:
    """For each detection its place in the palette."""
    for numbers in (detections.tracker_id, detections.class_id):
        if numbers is not None:
            return np.asarray(numbers, dtype=int)
    return np.zeros(len(detections), dtype=int)


def _label(detections: sv.Detections, i: int) -> str:
    parts = []
    class_names = detections.data.get("class_name")
    if class_names is not None:
        parts.append(str(class_names[i]))
    elif detections.class_id is not None:
        parts.append(str(detections.class_id[i]))
    if detections.tracker_id is not None:
        parts.append(f"#{detections.tracker_id[i]}")
    if detections.confidence is not None:
        parts.append(f"{detections.confidence[i]:.2f}")
    return " ".join(parts)
