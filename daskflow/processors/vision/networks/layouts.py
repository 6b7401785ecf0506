"""The forms in which detectors say what they found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from daskflow.processors.vision.networks import detr, yolo
from daskflow.processors.vision.networks.candidates import Candidates
from daskflow.processors.vision.networks.yolo import Arrays, Size, grid_cells

_COCO_ROWS = 4 + 80
"""Of a table of columns with the classes of COCO; the grid of 64×64 pixels has as many cells by chance."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a network that was run once.

    Attributes
    ----------
    outputs : list of numpy.ndarray
        For one picture, without the axis of the batch.
    size : tuple of two ints
        Width and height of its input.
    extra : int
        How many numbers follow the classes of a box.
    names : int or None
        How many classes there are by their names; None if that is not known.
    """

    outputs: Arrays
    size: Size
    extra: int = 0
    names: int | None = None

    @property
    def table(self) -> tuple[int, int] | None:
        """Rows and columns of the only output, if it has them."""
        return self.outputs[0].shape if len(self.outputs) == 1 and self.outputs[0].ndim == 2 else None


@dataclass(frozen=True, slots=True)
class Layout:
    """One form.

    Attributes
    ----------
    name, says : str
        What it is called, and the shape of its outputs.
    decode : callable
        Makes candidates of the outputs for one picture, its size, the least confidence and `Given.extra`.
    can_be : callable
        Whether outputs have this shape at all.
    is_surely : callable
        Whether they can be taken for this form without being asked.
    overlaps : bool
        Whether a thing may be given several times.
    classes : callable
        How many classes outputs of this shape tell apart; None if that cannot be seen.
    """

    name: str
    says: str
    decode: Callable[[Arrays, Size, float, int], Candidates]
    can_be: Callable[[Given], bool]
    is_surely: Callable[[Given], bool]
    classes: Callable[[Given], int | None]
    overlaps: bool = False


def _is_table(least_rows: int, least_columns: int) -> Callable[[Given], bool]:
    def check(given: Given) -> bool:
        table = given.table
        return table is not None and table[0] >= least_rows and table[1] >= least_columns

    return check


def _table(given: Given) -> tuple[int, int]:
    table = given.table
    assert table is not None
    return table


def _is_surely_columns(given: Given) -> bool:
    rows, columns = _table(given)
    if given.names is not None:
        return rows - 4 - given.extra == given.names
    return columns < 4 or (columns in grid_cells(given.size) and columns > rows)  # no box has so few numbers


def _is_surely_rows(given: Given) -> bool:
    rows, columns = _table(given)
    is_grid = rows in grid_cells(given.size)
    if given.names is not None:  # of one class as wide as finished rows
        return columns - 5 - given.extra == given.names and (is_grid or columns != 6 + given.extra)
    return is_grid and rows > columns and rows != _COCO_ROWS


def _is_surely_finished(given: Given) -> bool:
    rows = _table(given)[0]
    return rows not in grid_cells(given.size) and (given.names is not None or rows != _COCO_ROWS)


def _is_surely_scores(given: Given) -> bool:
    rows, columns = _table(given)
    return columns - 4 == given.names and rows not in grid_cells(given.size)


def _is_pair(given: Given) -> bool:
    shapes = [output.shape for output in given.outputs]
    return (
        [len(shape) for shape in shapes] == [2, 2]
        and shapes[0][0] == shapes[1][0]
        and any(shape[1] == 4 for shape in shapes)
    )


def _is_triple(given: Given) -> bool:
    ranks = sorted(output.ndim for output in given.outputs)
    return ranks == [1, 1, 2] and any(output.shape[1:] == (4,) for output in given.outputs)


def _pair_classes(given: Given) -> int:
    one, other = given.outputs
    return int(one.shape[1] if other.shape[1] == 4 else other.shape[1])


def _never(given: Given) -> bool:
    return False


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            "yolov8",
            "batch × (4 + classes) × boxes",
            yolo.columns,
            can_be=lambda g: _is_table(5 + g.extra, 0)(g),
            is_surely=_is_surely_columns,
            classes=lambda g: _table(g)[0] - 4 - g.extra,
            overlaps=True,
        ),
        Layout(
            "yolov5",
            "batch × boxes × (5 + classes)",
            yolo.rows_with_objectness,
            can_be=lambda g: _is_table(0, 6 + g.extra)(g),
            is_surely=_is_surely_rows,
            classes=lambda g: _table(g)[1] - 5 - g.extra,
            overlaps=True,
        ),
        Layout(
            "yolo-end2end",
            "batch × boxes × 6",
            yolo.finished_rows,
            can_be=lambda g: _is_table(0, 6)(g) and _table(g)[1] == 6 + g.extra,
            is_surely=_is_surely_finished,
            classes=lambda g: None,
        ),
        Layout(
            "detr",
            "logits batch × queries × (classes + 1), boxes batch × queries × 4; softmax",
            detr.with_softmax,
            can_be=_is_pair,
            is_surely=_never,
            classes=lambda g: _pair_classes(g) - 1,
        ),
        Layout(
            "detr-sigmoid",
            "logits batch × queries × classes, boxes batch × queries × 4; sigmoid: RT-DETR, RF-DETR",
            detr.with_sigmoid,
            can_be=_is_pair,
            is_surely=_never,
            classes=_pair_classes,
        ),
        Layout(
            "detr-finished",
            "classes batch × queries, boxes batch × queries × 4, scores batch × queries: RT-DETR, D-FINE",
            detr.finished,
            can_be=_is_triple,
            is_surely=lambda g: True,
            classes=lambda g: None,
        ),
        Layout(
            "detr-scores",
            "batch × queries × (4 + classes): RT-DETR by Ultralytics",
            detr.with_scores,
            can_be=_is_table(0, 5),
            is_surely=_is_surely_scores,
            classes=lambda g: _table(g)[1] - 4,
        ),
    )
}

YOLO_LAYOUTS = ("yolov8", "yolov5", "yolo-end2end")
QUERY_LAYOUTS = ("detr-sigmoid", "detr")
