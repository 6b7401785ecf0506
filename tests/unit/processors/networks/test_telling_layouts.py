"""Which form ``layout="auto"`` takes outputs for, and where it asks."""

from __future__ import annotations

import numpy as np
import pytest

from daskflow.processors.vision.networks.choosing import chosen_layout
from daskflow.processors.vision.networks.layouts import Given

SMALL, MIDDLE, USUAL = 32, 64, 640  # their grids have 21, 84 and 8400 cells


def told(*shapes: tuple[int, ...], side: int = SMALL, names: int | None = None) -> str:
    outputs = [np.zeros(shape, np.float32) for shape in shapes]
    batch = [output[None] for output in outputs]
    return chosen_layout("auto", Given(outputs, (side, side), 0, names), "m.onnx", batch).name


@pytest.mark.parametrize(
    ("shape", "side", "names", "layout"),
    [
        ((84, 8400), USUAL, None, "yolov8"),
        ((84, 8400), USUAL, 80, "yolov8"),
        ((25200, 85), USUAL, None, "yolov5"),
        ((25200, 85), USUAL, 80, "yolov5"),
        ((25200, 6), USUAL, 1, "yolov5"),
        ((8400, 85), USUAL, 80, "yolov5"),
        ((300, 6), USUAL, None, "yolo-end2end"),
        ((300, 6), USUAL, 1, "yolo-end2end"),
        ((300, 6), USUAL, 80, "yolo-end2end"),
        ((300, 84), USUAL, 80, "detr-scores"),
        ((6, 84), MIDDLE, None, "yolov8"),
        ((252, 7), MIDDLE, None, "yolov5"),
        # few boxes, on no grid: the names say it, or there is one form alone that has the shape
        ((84, 10), MIDDLE, 80, "yolov8"),
        ((5, 8), SMALL, 1, "yolov8"),
        ((3, 7), SMALL, 2, "yolov5"),
        ((84, 3), SMALL, None, "yolov8"),
        ((5, 1), SMALL, None, "yolov8"),
        ((1, 6), SMALL, None, "yolo-end2end"),
        # nothing found in a blank picture
        ((0, 6), USUAL, None, "yolo-end2end"),
        ((0, 7), USUAL, 2, "yolov5"),
        ((84, 0), USUAL, 80, "yolov8"),
    ],
)
def test_it_is_told(shape: tuple[int, int], side: int, names: int | None, layout: str) -> None:
    assert told(shape, side=side, names=names) == layout


@pytest.mark.parametrize(
    ("shape", "side", "names"),
    [
        ((5, 8), SMALL, None),  # eight boxes of one class, or five, one for each cell, of three?
        ((84, 10), MIDDLE, None),  # ten boxes of the 80 classes of COCO, or 84, one for each cell?
        ((84, 6), SMALL, None),
        ((300, 4), USUAL, None),  # boxes and nothing else
        ((300, 6), USUAL, 2),  # YOLO's finished rows, or queries with two scores?
        ((6, 7), SMALL, 2),
        ((300, 84), USUAL, None),
        ((84, 8400), USUAL, 79),
    ],
)
def test_it_is_asked(shape: tuple[int, int], side: int, names: int | None) -> None:
    with pytest.raises(ValueError, match="its layout cannot be told"):
        told(shape, side=side, names=names)


def test_logits_are_never_guessed() -> None:
    assert told((300,), (300, 4), (300,)) == "detr-finished"
    for names in (None, 80, 79):
        with pytest.raises(ValueError, match="its layout cannot be told"):
            told((300, 80), (300, 4), names=names)
