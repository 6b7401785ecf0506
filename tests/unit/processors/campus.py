"""MOT15 TUD-Campus: published detections and ground truth.

No more than NumPy is loaded before it is needed: workers of real runs import this.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.unit.shared_data import SHARED_DATA

if TYPE_CHECKING:
    import supervision as sv

FRAMES = 71

Rows = np.ndarray[Any, Any]
"""Frame from 1, number, left, top, width, height, confidence, and what is not used."""


@cache
def _all_rows(file: str) -> Rows:
    return np.loadtxt(SHARED_DATA / "mot" / "TUD-Campus" / file, delimiter=",")


def _of_frame(file: str, index: int) -> Rows:
    rows = _all_rows(file)
    return rows[(rows[:, 0] == index + 1) & (rows[:, 6] > 0)]


def published_rows(index: int) -> Rows:
    """The detections of a frame, counted from 0."""
    return _of_frame("det.txt", index)


def truth(index: int) -> Rows:
    """Who is in a frame, counted from 0."""
    return _of_frame("gt.txt", index)


def boxes_of(rows: Rows) -> Rows:
    return np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]]).astype(np.float32)


def detections_of(rows: Rows) -> sv.Detections:
    import supervision as sv

    return sv.Detections(
        xyxy=boxes_of(rows),
        confidence=rows[:, 6].astype(np.float32),
        class_id=np.zeros(len(rows), dtype=int),
    )


def published(index: int) -> sv.Detections:
    """The detections of a frame, counted from 0."""
    return detections_of(published_rows(index))
