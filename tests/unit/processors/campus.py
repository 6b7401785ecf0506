"""MOT15 TUD-Campus: published detections, ground truth, and how well tracks fit the latter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import supervision as sv
from trackers.eval import compute_clear_metrics
from trackers.utils.state_representations import XCYCSRStateEstimator

from tests.unit.shared_data import SHARED_DATA

FRAMES = 71

LIBRARY_DEFAULTS: dict[str, dict[str, Any]] = {
    "sort": {"state_estimator_class": XCYCSRStateEstimator},  # ours
    "bytetrack": {},
    "ocsort": {},
}


@cache
def _rows(file: str) -> np.ndarray[Any, Any]:
    return np.loadtxt(SHARED_DATA / "mot" / "TUD-Campus" / file, delimiter=",")


def _of_frame(file: str, index: int) -> np.ndarray[Any, Any]:
    rows = _rows(file)
    return rows[(rows[:, 0] == index + 1) & (rows[:, 6] > 0)]


def _xyxy(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.hstack([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]]).astype(np.float32)


def published(index: int) -> sv.Detections:
    """The detections of a frame, counted from 0."""
    rows = _of_frame("det.txt", index)
    return sv.Detections(
        xyxy=_xyxy(rows),
        confidence=rows[:, 6].astype(np.float32),
        class_id=np.zeros(len(rows), dtype=int),
    )


def by_the_library(tracker: Any, frames: range = range(FRAMES)) -> list[sv.Detections]:
    """What a plain loop over the library gives, without what is no track."""
    tracked = [tracker.update(published(index)) for index in frames]
    return [found[found.tracker_id >= 0] for found in tracked]


def assert_same_tracks(given: Sequence[sv.Detections], wanted: Sequence[sv.Detections]) -> None:
    assert len(given) == len(wanted)
    for one, other in zip(given, wanted, strict=True):
        np.testing.assert_array_equal(one.tracker_id, other.tracker_id)
        np.testing.assert_array_equal(one.xyxy, other.xyxy)
        np.testing.assert_array_equal(one.confidence, other.confidence)


def mota(tracks: Sequence[sv.Detections]) -> float:
    """Multiple object tracking accuracy at IoU 0.5, as trackers has it from TrackEval."""
    people, numbers, overlaps = [], [], []
    for index, tracked in enumerate(tracks):
        truth = _of_frame("gt.txt", index)
        people.append(truth[:, 1].astype(int))
        numbers.append(np.asarray(tracked.tracker_id, dtype=int))
        boxes = _xyxy(truth)
        overlaps.append(
            sv.box_iou_batch(boxes, tracked.xyxy)
            if len(boxes) and len(tracked)
            else np.zeros((len(boxes), len(tracked)))
        )
    scores = compute_clear_metrics(_from_zero(people), _from_zero(numbers), overlaps, threshold=0.5)
    return float(scores["MOTA"])


def _from_zero(numbers: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    known = np.unique(np.concatenate(numbers))
    return [np.searchsorted(known, some) for some in numbers]
