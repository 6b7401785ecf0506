"""How many go over a line, and which way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.arguments import whole
from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.node import OneTaskProcessorNode
from daskflow.processors.vision.analytics.anchors import FEET, checked_anchor
from daskflow.processors.vision.analytics.happenings import confirmed, event_about, numbers_of
from daskflow.processors.vision.analytics.presence import Presence, checked_seconds, time_of
from daskflow.scene import Event, Line, LineCount, checked_detections, class_names
from daskflow.scene.regions import Point


class LineCounter(OneTaskProcessorNode):
    """Counts tracks that go over a line, in and out, by class; `supervision.LineZone`.

    Parameters
    ----------
    start, end : tuple of two floats
        The line's ends, x and y in pixels of the frame. Who looks from `start` to `end` has ``in`` on the
        left hand: with a line from left to right, what moves up goes in.
    line : Line, optional
        In place of `start` and `end`; it may have a name.
    anchors : str or iterable of str, default "bottom_center"
        Points of a box that must all be on the other side for a crossing. The default counts when the feet
        are across. LineZone's own is the four corners: the whole box, which then must have been wholly on
        this side as well.
    minimum_crossing_threshold : int, default 1
        On how many frames in a row a track must be seen on the other side. With more than 1, one that stands
        on the line and shakes is not counted again and again.
    patience_s : float, default 1
        A track that is not detected for longer is forgotten; one that comes back before may have crossed
        meanwhile. In seconds of the event time.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        A line or a number is none.

    Notes
    -----
    Only what passes between the ends counts: all `anchors` lie between the two lines that go through the
    ends at a right angle. A track that begins beyond the line has not crossed it. Detections without a track,
    ``tracker_id`` -1, are passed over.
    """

    devices = (CPU,)

    def __init__(
        self,
        start: Point | None = None,
        end: Point | None = None,
        *,
        line: Line | None = None,
        anchors: str | sv.Position | Iterable[str | sv.Position] = FEET,
        minimum_crossing_threshold: int = 1,
        patience_s: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (line is None) == (start is None) or (start is None) != (end is None):
            raise TypeError("a line is given by its start and end, or as line=Line(start, end)")
        if line is None:
            assert start is not None
            assert end is not None
            line = Line(start, end)
        if not isinstance(line, Line):
            raise TypeError(f"line is a daskflow.scene.Line, got {line!r}")
        if whole("minimum_crossing_threshold", minimum_crossing_threshold, "frames") < 1:
            raise ValueError(
                f"minimum_crossing_threshold is at least 1 frame, got {minimum_crossing_threshold}"
            )
        names = [anchors] if isinstance(anchors, str | sv.Position) else list(anchors)
        if not names:
            raise ValueError("anchors are one or more points of a box, got none")
        self._line = line
        self._anchors = [checked_anchor(name, of_box=True) for name in names]
        self._threshold = minimum_crossing_threshold
        self._patience_s = checked_seconds("patience_s", patience_s)

    def open(self) -> None:
        """Start at 0; runs in the task's worker."""
        self._zone = sv.LineZone(
            start=sv.Point(*self._line.start),
            end=sv.Point(*self._line.end),
            triggering_anchors=self._anchors,
            minimum_crossing_threshold=self._threshold,
        )
        self._presence = Presence(self._patience_s)
        self._in: Counter[str] = Counter()
        self._out: Counter[str] = Counter()

    def process(self, detections: sv.Detections, ctx: Context) -> LineCount:
        """Count the crossings of one frame; runs in the task's worker.

        Parameters
        ----------
        detections : supervision.Detections
            With ``tracker_id``; ``xyxy`` in pixels.

        Returns
        -------
        LineCount
            The numbers since the flow began, and an event ``"line_in"`` or ``"line_out"`` for each crossing
            at this frame, with the line's name in its details.

        Raises
        ------
        TypeError, ValueError
            `detections` are none, or not tracked; or the message has no time.
        """
        tracked = confirmed(checked_detections(detections, self, tracked=True))
        numbers = numbers_of(tracked)
        away, _ = self._presence.update(numbers, time_of(ctx, self))
        went_in, went_out = self._zone.trigger(self._with_those_away(tracked, away))
        events: list[Event] = []
        names = class_names(tracked)
        for crossed, kind, counts in (
            (went_in, "line_in", self._in),
            (went_out, "line_out", self._out),
        ):
            for i in np.flatnonzero(crossed[: len(tracked)]).tolist():
                counts[names[i]] += 1
                events.append(event_about(kind, tracked, i, names[i], ctx, line=self._line.name))
        return LineCount(
            line=self._line,
            in_count=self._in.total(),
            out_count=self._out.total(),
            in_by_class=dict(self._in),
            out_by_class=dict(self._out),
            events=tuple(events),
        )

    def _with_those_away(self, tracked: sv.Detections, away: list[int]) -> sv.Detections:
        """`tracked`, and boxes off the line's limits for `away`.

        LineZone forgets a track after two frames without it, and has counted none that comes back on the
        other side. One that is off the limits it passes over and keeps.
        """
        (x, y), (to_x, to_y) = self._line.start, self._line.end
        off = [2 * x - to_x, 2 * y - to_y] * 2
        boxes = np.concatenate([tracked.xyxy, np.full((len(away), 4), off)])
        return sv.Detections(xyxy=boxes, tracker_id=np.array([*numbers_of(tracked), *away], dtype=int))

    def snapshot(self) -> Any:
        """The numbers, and on which side each track is; runs in the task's worker."""
        # LineZone has a dict with a lambda in it, which cannot be pickled; what is in its dicts can.
        zone = {
            name: dict(value) if isinstance(value, dict) else value
            for name, value in vars(self._zone).items()
        }
        return zone, self._presence.seen_s, self._in, self._out

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        zone, self._presence.seen_s, self._in, self._out = state
        for name, value in zone.items():
            if isinstance(value, dict):
                kept = getattr(self._zone, name)
                kept.clear()
                kept.update(value)
            else:
                setattr(self._zone, name, value)
