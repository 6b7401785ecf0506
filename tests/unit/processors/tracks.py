"""Tracks of TUD-Campus: by the library in a plain loop, and how well they fit the ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import supervision as sv
from trackers.eval import compute_clear_metrics
from trackers.utils.state_representations import XCYCSRStateEstimator

from tests.unit.processors.campus import FRAMES, boxes_of, published, truth

LIBRARY_DEFAULTS: dict[str, dict[str, Any]] = {
    "sort": {"state_estimator_class": XCYCSRStateEstimator},  # ours
    "bytetrack": {},
    "ocsort": {},
}


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
        people_there = truth(index)
        people.append(people_there[:, 1].astype(int))
        numbers.append(np.asarray(tracked.tracker_id, dtype=int))
        boxes = boxes_of(people_there)
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
