"""Who is in a part of the picture, and for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.node import OneTaskProcessorNode
from daskflow.processors.vision.analytics.anchors import FEET, checked_anchor
from daskflow.processors.vision.analytics.happenings import confirmed, event_about, numbers_of
from daskflow.processors.vision.analytics.presence import checked_seconds, time_of
from daskflow.scene import Event, Zone, ZoneCount, checked_detections, class_names
from daskflow.scene.regions import Point

_LARGEST_SIDE = 32767  # pixels; supervision keeps the zone as a mask that reaches to its last corner


@dataclass
class _Visit:
    """Of one track: when it was last seen in the zone, how long it has been there, and what it is."""

    seen_s: float
    dwell_s: float
    last: Event


class ZoneCounter(OneTaskProcessorNode):
    """Counts tracks that are in a zone, and for how long; `supervision.PolygonZone`.

    Parameters
    ----------
    corners : sequence of points, optional
        The zone's corners in order, x and y in pixels of the frame.
    zone : Zone, optional
        In place of `corners`; it may have a name.
    anchor : str, default "bottom_center"
        Which point of a box must be in the zone.
    patience_s : float, default 1
        A track that is lost in the zone has left it when it was not seen for longer.
    leave_after_s : float, default 0
        For how long a track must be seen outside to have left; for what shakes on the border.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        A zone or a number is none.

    Notes
    -----
    Times are of the event time, and a dwell time ends when the track was last seen in the zone. Corners are
    rounded to pixels. Detections without a track, ``tracker_id`` -1, are passed over.
    """

    devices = (CPU,)

    def __init__(
        self,
        corners: Iterable[Point] | None = None,
        *,
        zone: Zone | None = None,
        anchor: str | sv.Position = FEET,
        patience_s: float = 1.0,
        leave_after_s: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (corners is None) == (zone is None):
            raise TypeError("a zone is given by its corners, or as zone=Zone(corners)")
        if zone is None:
            assert corners is not None
            zone = Zone(corners)  # type: ignore[arg-type]  # it makes a tuple of them
        if not isinstance(zone, Zone):
            raise TypeError(f"zone is a daskflow.scene.Zone, got {zone!r}")
        if max(abs(number) for corner in zone.corners for number in corner) > _LARGEST_SIDE:
            raise ValueError(f"corners are up to {_LARGEST_SIDE} pixels away, got {zone.corners}")
        if any(max(numbers) < 0 for numbers in zip(*zone.corners, strict=True)):
            raise ValueError(f"the zone lies outside of the picture, got {zone.corners}")
        self._zone = zone
        self._anchor = checked_anchor(anchor)
        self._patience_s = checked_seconds("patience_s", patience_s)
        self._leave_after_s = checked_seconds("leave_after_s", leave_after_s)

    def open(self) -> None:
        """Start with nobody; runs in the task's worker."""
        polygon = np.rint(np.array(self._zone.corners)).astype(int)
        self._polygon = sv.PolygonZone(polygon, triggering_anchors=[self._anchor])
        self._visits: dict[int, _Visit] = {}
        self._entered = self._left = 0
        self._total_dwell_s = 0.0

    def process(self, detections: sv.Detections, ctx: Context) -> ZoneCount:
        """Count one frame; runs in the task's worker.

        Parameters
        ----------
        detections : supervision.Detections
            With ``tracker_id``; ``xyxy`` in pixels.

        Returns
        -------
        ZoneCount
            Who is in the zone at this frame, the numbers since the flow began, and an event ``"zone_enter"``
            or ``"zone_leave"`` for each who came or went, with the zone's name in its details and, of one
            who went, its ``dwell_s``.

        Raises
        ------
        TypeError, ValueError
            `detections` are none, or not tracked; or the message has no time.
        """
        tracked = confirmed(checked_detections(detections, self, tracked=True))
        now_s = time_of(ctx, self)
        numbers = numbers_of(tracked)
        names = class_names(tracked)
        inside = self._polygon.trigger(tracked)
        events = [
            event
            for i in np.flatnonzero(inside).tolist()
            for event in self._seen_inside(
                event_about("zone_enter", tracked, i, names[i], ctx, zone=self._zone.name), numbers[i], now_s
            )
        ]
        visible = set(numbers)
        for number, visit in list(self._visits.items()):
            limit_s = self._leave_after_s if number in visible else self._patience_s
            if not 0 <= now_s - visit.seen_s <= limit_s:  # below 0: the clock was set back
                events.append(self._gone(number, ctx))
        return self._count(tuple(events))

    def _seen_inside(self, event: Event, number: int, now_s: float) -> Iterable[Event]:
        visit = self._visits.get(number)
        if visit is None:
            self._entered += 1
            self._visits[number] = _Visit(now_s, 0.0, event)
            return (event,)
        visit.dwell_s += max(0.0, now_s - visit.seen_s)
        visit.seen_s, visit.last = now_s, event
        return ()

    def _gone(self, number: int, ctx: Context) -> Event:
        visit = self._visits.pop(number)
        self._left += 1
        self._total_dwell_s += visit.dwell_s
        return replace(
            visit.last,
            kind="zone_leave",
            sequence_number=ctx.sequence_number,
            time_s=ctx.event_time,
            details={"zone": self._zone.name, "dwell_s": visit.dwell_s},
        )

    def _count(self, events: tuple[Event, ...]) -> ZoneCount:
        return ZoneCount(
            zone=self._zone,
            count=len(self._visits),
            by_class=dict(Counter(visit.last.class_name or "object" for visit in self._visits.values())),
            entered=self._entered,
            left=self._left,
            dwell_s={number: visit.dwell_s for number, visit in self._visits.items()},
            mean_dwell_s=self._total_dwell_s / self._left if self._left else 0.0,
            events=events,
        )

    def snapshot(self) -> Any:
        """Who is there, and the numbers; runs in the task's worker."""
        return self._visits, self._entered, self._left, self._total_dwell_s

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        self._visits, self._entered, self._left, self._total_dwell_s = state
