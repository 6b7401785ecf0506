"""How fast things move on the ground."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import ArrayLike

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.node import OneTaskProcessorNode
from daskflow.processors.vision.analytics.anchors import FEET, checked_anchor
from daskflow.processors.vision.analytics.ground import checked_homography, homography_of, to_ground
from daskflow.processors.vision.analytics.happenings import numbers_of
from daskflow.processors.vision.analytics.presence import Presence, checked_seconds, time_of
from daskflow.scene import checked_detections

_MOST_POSITIONS = 1000  # of one track: 10 s at 100 frames/s; a longer window ends there

_Positions = deque[tuple[float, float, float]]  # seconds, and x and y in metres


class SpeedEstimator(OneTaskProcessorNode):
    """Says how fast each track moves, in m/s, from where it touches the ground.

    Parameters
    ----------
    homography : array-like, optional
        3 × 3: takes pixels of the frame, (x, y, 1), to metres on the ground, up to a factor.
    source, target : array-like, optional
        In its place: four points of the ground or more, n × 2, in pixels and in metres.
    window_s : float, default 1
        Over how many seconds of the event time: the slope of a line through the positions in it, by least
        squares. Longer is steadier, shorter follows sooner.
    anchor : str, default "bottom_center"
        Which point of a box touches the ground.
    **options
        As for `OneTaskProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        There is no way from pixels to metres, or two; or a number is none.

    Notes
    -----
    On a curve it is the speed along the chord. A speed is as good as the boxes: one that jumps by a pixel
    where a pixel is 5 cm, at 10 frames/s, is off by some centimetres a second with a window of a second.
    """

    devices = (CPU,)

    def __init__(
        self,
        homography: ArrayLike | None = None,
        *,
        source: ArrayLike | None = None,
        target: ArrayLike | None = None,
        window_s: float = 1.0,
        anchor: str | sv.Position = FEET,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (homography is None) == (source is None) or (source is None) != (target is None):
            raise TypeError("the way from pixels to metres is a homography, or source and target")
        if homography is not None:
            self._homography = checked_homography(homography)
        else:
            assert source is not None
            assert target is not None
            self._homography = homography_of(source, target)
        self._window_s = checked_seconds("window_s", window_s)
        if self._window_s == 0:
            raise ValueError("window_s is above 0 seconds, got 0")
        self._anchor = checked_anchor(anchor)

    def open(self) -> None:
        """Start without tracks; runs in the task's worker."""
        self._presence = Presence(self._window_s)
        self._positions: dict[int, _Positions] = {}

    def process(self, detections: sv.Detections, ctx: Context) -> sv.Detections:
        """Add the speeds at one frame; runs in the task's worker.

        Parameters
        ----------
        detections : supervision.Detections
            With ``tracker_id``; ``xyxy`` in pixels.

        Returns
        -------
        supervision.Detections
            The same, with ``data["speed"]``: float32, n, in m/s; nan for what is no track, was in view for
            less than half of the window, or is beyond the horizon.

        Raises
        ------
        TypeError, ValueError
            `detections` are none, or not tracked; or the message has no time.
        """
        checked_detections(detections, self, tracked=True)
        now_s = time_of(ctx, self)
        numbers = numbers_of(detections)
        _, forgotten = self._presence.update((number for number in numbers if number >= 0), now_s)
        for number in forgotten:
            del self._positions[number]
        speeds = np.full(len(detections), np.nan, np.float32)
        if len(detections):
            feet = to_ground(detections.get_anchors_coordinates(self._anchor), self._homography)
            for i, number in enumerate(numbers):
                if number >= 0:
                    positions = self._positions.setdefault(number, deque(maxlen=_MOST_POSITIONS))
                    speeds[i] = self._speed(positions, now_s, *feet[i].tolist())
        return replace(detections, data={**detections.data, "speed": speeds})

    def _speed(self, positions: _Positions, now_s: float, x: float, y: float) -> float:
        if positions and now_s <= positions[-1][0]:
            positions.clear()  # the clock stands, or was set back
        if np.isfinite(x) and np.isfinite(y):
            positions.append((now_s, x, y))
        while positions and positions[0][0] < now_s - self._window_s:
            positions.popleft()
        is_short = not positions or positions[-1][0] - positions[0][0] < self._window_s / 2
        if is_short and len(positions) < _MOST_POSITIONS:
            return float("nan")
        at = np.array(positions)
        at -= at.mean(axis=0)
        slope = at[:, 0] @ at[:, 1:] / (at[:, 0] @ at[:, 0])
        return float(np.hypot(*slope))

    def snapshot(self) -> Any:
        """Where each track was within the window; runs in the task's worker."""
        return self._presence.seen_s, self._positions

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        self._presence.seen_s, self._positions = state
