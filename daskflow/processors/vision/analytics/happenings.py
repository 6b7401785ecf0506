"""Events about one of several detections."""

from __future__ import annotations

from typing import Any

import supervision as sv

from daskflow.core.context import Context
from daskflow.scene import Event


def confirmed(detections: sv.Detections) -> sv.Detections:
    """Those that belong to a track: with a ``tracker_id`` that is not negative."""
    if detections.tracker_id is None:
        return detections  # empty: the reader has checked it
    kept: sv.Detections = detections[detections.tracker_id >= 0]
    return kept


def numbers_of(detections: sv.Detections) -> list[int]:
    """The track of each of them; none where there is none."""
    numbers: list[int] = [] if detections.tracker_id is None else detections.tracker_id.tolist()
    return numbers


def event_about(
    kind: str, detections: sv.Detections, i: int, class_name: str, ctx: Context, **details: Any
) -> Event:
    """An event of `kind` that befell detection `i`, of that class, at the message in hand."""
    left, top, right, bottom = map(float, detections.xyxy[i])
    return Event(
        kind=kind,
        node=ctx.node_name,
        sequence_number=ctx.sequence_number,
        time_s=ctx.event_time,
        tracker_id=None if detections.tracker_id is None else int(detections.tracker_id[i]),
        class_id=None if detections.class_id is None else int(detections.class_id[i]),
        class_name=class_name,
        box=(left, top, right, bottom),
        details=details,
    )
