"""Which of a network's boxes are kept; the same for detectors, segmenters and pose estimators."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from daskflow.processors.vision.fitting import Fit, Floats
from daskflow.processors.vision.networks.candidates import Candidates
from daskflow.processors.vision.networks.class_names import Names
from daskflow.processors.vision.networks.layouts import Given, Layout
from daskflow.processors.vision.networks.yolo import Arrays

_MOST_COMPARED = 3000
"""Suppression compares each with each; who sets a confidence near 0 does not want to wait for thousands."""


@dataclass(frozen=True)
class Finding:
    """What a user wants to be given.

    Attributes
    ----------
    confidence, iou : float
        From 0 to 1: the least confidence; the greatest overlap of two boxes.
    classes : collection of int or str, optional
        Numbers or names of those to keep.
    class_agnostic : bool
        Whether boxes of different classes are compared.
    most : int
        How many are kept of a picture.

    Raises
    ------
    TypeError, ValueError
        One of them makes no sense.
    """

    confidence: float
    iou: float
    classes: Collection[int | str] | None
    class_agnostic: bool
    most: int

    def __post_init__(self) -> None:
        if not (0 <= self.confidence <= 1 and 0 <= self.iou <= 1):
            raise ValueError(f"confidence and iou are from 0 to 1, got {self.confidence} and {self.iou}")
        if self.classes is not None:
            if isinstance(self.classes, str) or not all(isinstance(c, int | str) for c in self.classes):
                raise TypeError(f"classes are a list of numbers or names, got {self.classes!r}")
            object.__setattr__(self, "classes", tuple(self.classes))
        if self.most < 1:
            raise ValueError(f"max_detections is at least 1, got {self.most}")

    def of_layout(
        self, layout: Layout, given: Given, names: Names | None, node: object
    ) -> Callable[[Arrays], Candidates]:
        """What makes the kept boxes of the outputs for one picture.

        Raises
        ------
        ValueError
            A class is wanted that has no name in `names`.
        """
        return partial(self._kept, layout, given, self._numbers(names, node))

    def _kept(
        self, layout: Layout, given: Given, classes: tuple[int, ...] | None, outputs: Arrays
    ) -> Candidates:
        found = layout.decode(outputs, given.size, self.confidence, given.extra).finite().of_classes(classes)
        if layout.overlaps:
            found = found.best(_MOST_COMPARED).without_doubles(self.iou, self.class_agnostic)
        return found.best(self.most)

    def _numbers(self, names: Names | None, node: object) -> tuple[int, ...] | None:
        if self.classes is None:
            return None
        by_name = {name: number for number, name in (names or {}).items()}
        unknown = [c for c in self.classes if isinstance(c, str) and c not in by_name]
        if unknown:
            known = ", ".join(by_name) or "none"
            raise ValueError(f"{node!r}: classes {unknown} are not among the names of its classes: {known}")
        return tuple(by_name[c] if isinstance(c, str) else c for c in self.classes)


def in_frame(found: Candidates, fit: Fit) -> tuple[Candidates, Floats]:
    """Those of which something is in the frame, and their boxes in its pixels, cut off at its border."""
    xyxy = fit.boxes_in_frame(found.xyxy)
    kept = (xyxy[:, 2] > xyxy[:, 0]) & (xyxy[:, 3] > xyxy[:, 1])
    return found[kept], xyxy[kept]
