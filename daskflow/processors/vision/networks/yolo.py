"""Outputs of the YOLO family, in pixels of the network's input.

Each function takes the network's outputs for one picture, the picture's size, the least confidence, and how
many numbers follow each box beside its classes. Sources: the exporters of Ultralytics' YOLOv5 and
``ultralytics`` packages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daskflow.processors.vision.networks.candidates import Candidates, centred

Arrays = Sequence[NDArray[Any]]
Size = tuple[int, int]

_BOX = 4
_STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (16, 32))
"""Of the grids of most models, and of those called P6, P2 and tiny."""


def columns(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """(4 + classes + extra) × n: a column is centre, width, height, then the classes. YOLOv8 and later."""
    table = outputs[0].astype(np.float32, copy=False)
    end = len(table) - extra
    kept = np.flatnonzero(table[_BOX:end].max(axis=0) >= least)
    rows = table[:, kept].T
    return _with_best_class(rows, rows[:, _BOX:end], end)


def rows_with_objectness(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """n × (5 + classes + extra): centre, width, height, that it is a thing at all, the classes. YOLOv5."""
    table = outputs[0].astype(np.float32, copy=False)
    end = table.shape[1] - extra
    rows = table[table[:, _BOX] >= least]  # a product with a class is at most that
    found = _with_best_class(rows, rows[:, _BOX + 1 : end] * rows[:, _BOX : _BOX + 1], end)
    return found[found.confidence >= least]


def finished_rows(outputs: Arrays, size: Size, least: float, extra: int) -> Candidates:
    """n × (6 + extra): left, top, right, bottom, confidence, class; nothing overlaps. YOLOv10, YOLO26."""
    table = outputs[0].astype(np.float32, copy=False)
    rows = table[table[:, _BOX] >= least]
    return Candidates(rows[:, :_BOX], rows[:, _BOX], rows[:, _BOX + 1].astype(int), rows[:, _BOX + 2 :])


def grid_cells(size: Size) -> set[int]:
    """How many boxes a network of the family may give: one or three a cell, of grids of some strides."""
    sums = {sum((size[0] // s) * (size[1] // s) for s in strides) for strides in _STRIDES}
    return (sums | {3 * cells for cells in sums}) - {0}


def _with_best_class(rows: NDArray[Any], scores: NDArray[Any], end: int) -> Candidates:
    best = scores.argmax(axis=1) if len(rows) else np.zeros(0, int)
    return Candidates(centred(rows), scores[np.arange(len(rows)), best], best, rows[:, end:])
