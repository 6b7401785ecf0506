"""What is known of each detection, in words beside its box."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.context import Context
from daskflow.core.frame import Frame
from daskflow.processors.vision.annotators.layer import Layer
from daskflow.processors.vision.annotators.measures import (
    checked_size,
    colours_of,
    in_picture,
    palette_colour,
    text_scale,
)
from daskflow.processors.vision.annotators.text import draw_text
from daskflow.scene import checked_detections, class_names

CLASS, TRACK, CONFIDENCE = "class", "track", "confidence"
PARTS = (CLASS, TRACK, CONFIDENCE)
_MOST_LETTERS = 60  # of what a model calls a class: more would be wider than any frame


class LabelAnnotator(Layer):
    """Writes beside each detection what is known of it, on a copy of the frame.

    Parameters
    ----------
    parts : sequence of str, default ("class", "track", "confidence")
        What to write, in this order; what a detection does not have, or what is nan, is left out. Any other
        word is the name of an entry of ``detections.data``, such as ``"speed"``.
    text_scale : float, optional
        Of the letters, as OpenCV has it. If not given, it follows the size of the frame.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        `parts` is no sequence of words, or another argument is of another type or out of its range.

    Notes
    -----
    A label stands above its box or, where there is no room, inside of its top edge; it is moved so that all
    of it is seen. OpenCV 5 writes any letters that its font has; of OpenCV 4 others than ASCII are question
    marks.
    """

    takes = (sv.Detections,)

    def __init__(
        self,
        parts: tuple[str, ...] = PARTS,
        text_scale: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if isinstance(parts, str) or not parts or not all(isinstance(part, str) for part in parts):
            raise TypeError(f"parts is a sequence of words such as {PARTS}, got {parts!r}")
        self._parts = tuple(parts)
        self._scale = checked_size("text_scale", text_scale)

    def process(self, frame: Frame, detections: sv.Detections, ctx: Context | None = None) -> Frame:
        """Write on a copy of `frame`; runs in the task's worker.

        Parameters
        ----------
        frame : numpy.ndarray
            uint8, height × width × 3 (BGR). It is not changed.
        detections : supervision.Detections
            ``xyxy`` in pixels of `frame`. May be empty.

        Returns
        -------
        numpy.ndarray
            A new frame of the same shape.

        Raises
        ------
        TypeError, ValueError
            `frame` is no such array, or `detections` are no `supervision.Detections`.
        """
        return self.annotated(frame, (detections,), ctx)

    def draw(self, canvas: Frame, values: tuple[Any, ...], ctx: Context | None) -> None:
        """Write the labels."""
        for value in values:
            detections = in_picture(checked_detections(value, self), canvas)
            texts = label_texts(detections, self._parts)
            draw_labels(canvas, detections, texts, self._scale)


def label_texts(detections: sv.Detections, parts: tuple[str, ...] = PARTS) -> list[str]:
    """For each detection the chosen parts of what is known of it, with blanks between."""
    known: list[list[str]] = []
    for part in parts:
        if part == CLASS:
            if "class_name" in detections.data or detections.class_id is not None:
                known.append(class_names(detections))
        elif part == TRACK:
            if detections.tracker_id is not None:
                known.append([f"#{number}" if number >= 0 else "" for number in detections.tracker_id])
        elif part == CONFIDENCE:
            if detections.confidence is not None:
                known.append([f"{value:.2f}" for value in detections.confidence])
        elif part in detections.data:
            known.append([_in_words(value) for value in detections.data[part]])
    return [" ".join(words[i] for words in known if words[i]) for i in range(len(detections))]


def draw_labels(
    canvas: Frame,
    detections: sv.Detections,
    texts: list[str],
    scale: float | None,
) -> None:
    """Write a text above each detection, on its colour, so that all of it is in the frame."""
    size = text_scale(canvas, scale)
    for text, colour, box in zip(texts, colours_of(detections), detections.xyxy, strict=True):
        if text:
            background = palette_colour(int(colour))
            draw_text(
                canvas, [text[:_MOST_LETTERS]], (box[0], box[1]), size, above=True, background=background
            )


def _in_words(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.1f}"
    return str(value)
