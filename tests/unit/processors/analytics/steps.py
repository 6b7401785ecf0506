"""Tracked boxes that stand on given points, frame by frame, for the tests of what counts them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import supervision as sv

from daskflow.core.context import Context
from daskflow.core.node import Node

FRAMES_PER_S = 10

N = TypeVar("N", bound=Node)


def context(number: int = 0, **metadata: Any) -> Context:
    """Of frame `number` at ten frames a second."""
    return Context(
        "flow",
        "run",
        "analyst",
        sequence_number=number,
        metadata={"event_time": number / FRAMES_PER_S, **metadata},
    )


def standing(
    places: Mapping[int, tuple[float, float]], names: Mapping[int, str] | None = None
) -> sv.Detections:
    """A box of 20 × 40 for each track, with the middle of its lower edge at the place."""
    if not places:
        return sv.Detections.empty()
    boxes = [[x - 10, y - 40, x + 10, y] for x, y in places.values()]
    data = {"class_name": np.array([names[number] for number in places])} if names else {}
    return sv.Detections(
        xyxy=np.array(boxes, np.float32),
        tracker_id=np.array(list(places), dtype=int),
        class_id=np.zeros(len(places), dtype=int),
        data=data,
    )


def opened(node: N) -> N:
    """A copy, as it comes to a worker."""
    copy: N = pickle.loads(pickle.dumps(node))
    copy.open()
    return copy


def taken_up(node: N, by: N) -> N:
    """Another copy that goes on where `node` is."""
    successor = opened(by)
    successor.restore(pickle.loads(pickle.dumps(node.snapshot())))  # type: ignore[attr-defined]
    return successor
