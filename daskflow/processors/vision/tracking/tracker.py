"""A number for each thing that it keeps from frame to frame."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import supervision as sv

from daskflow.core.constants import CPU
from daskflow.core.context import Context
from daskflow.core.node import Node, OneTaskProcessorNode, ProcessorNode
from daskflow.processors.vision.tracking.algorithms import (
    ALGORITHMS,
    checked_algorithm,
    checked_parameters,
    frame_rate_of,
)
from daskflow.scene import checked_detections

_NODE_OPTIONS = {
    name
    for kind in (Node, ProcessorNode, OneTaskProcessorNode)
    for name in inspect.signature(kind).parameters
    if name != "options"
}

_DETECTED, _ESTIMATED = "detected", "estimated"


@dataclass
class _Clock:
    """The time of messages as the library wants it, which passes over all that is not later than before."""

    frame_s: float
    last_s: float | None = None
    ahead_s: float = 0.0

    def at(self, time_s: float) -> float:
        """The library's time of the next message, whose own is `time_s`."""
        if self.last_s is not None and time_s <= self.last_s:
            self.ahead_s += self.last_s - time_s + self.frame_s
        self.last_s = time_s
        return time_s + self.ahead_s


class Tracker(OneTaskProcessorNode):
    """Follows detections from frame to frame and gives each track a number; package `trackers`.

    Parameters
    ----------
    algorithm : {"sort", "bytetrack", "ocsort"}, default "sort"
        Capitals, hyphens and underscores do not matter: ``"OC-SORT"`` will do. SORT needs nothing but boxes;
        ByteTrack also follows things through frames in which they are detected with little confidence;
        OC-SORT copes better with changes of direction and long occlusion.
    boxes : {"detected", "estimated"}, default "detected"
        What is given as ``xyxy``: the detector's box, or the track's own estimate after it has seen that box,
        which is steadier. The authors of SORT give the estimate.
    keep_unconfirmed : bool, default False
        Give also those that are no track (yet), with ``tracker_id`` -1.
    use_event_time : bool, default False
        Whether time passes as `Context.event_time` says, and not by one frame from message to message. For
        cameras, and wherever frames are dropped: tracks are then foretold and given up by seconds. Where the
        clock stands or is set back, the time of one frame passes.
    **parameters
        Of the algorithm, by the library's own names and with its defaults, and the options of
        `OneTaskProcessorNode`. All algorithms have

        - ``lost_track_buffer`` (30): for how many frames at 30 frames/s a track that is not detected is
          looked for, that is for 1/30 s each;
        - ``frame_rate`` (30.0): of the video, in frames/s. It is not read from the metadata: say it;
        - ``minimum_consecutive_frames`` (3; ByteTrack 2): detections until a track is confirmed;
        - ``minimum_iou_threshold`` (0.3; ByteTrack 0.1): least overlap of a track and its next box;
        - ``state`` (``"xcycsr"``; ByteTrack ``"xyxy"``): what the Kalman filter estimates, centre, area and
          aspect ratio, or the corners; or ``state_estimator_class``, as in the library;
        - ``iou``: such as ``trackers.GIoU()``.

        SORT and ByteTrack have ``track_activation_threshold`` (0.25; 0.7): least confidence to begin a track;
        ByteTrack and OC-SORT ``high_conf_det_threshold`` (0.6); OC-SORT ``direction_consistency_weight``
        (0.2) and ``delta_t`` (3).

    Raises
    ------
    TypeError
        The algorithm has no such parameter, or a value is of another type.
    ValueError
        A value is out of its range.

    Notes
    -----
    Numbers begin at 0 and are never given again. Apart from ``state``, where SORT does as its authors do, the
    results are those of the library called frame by frame, also after the loss of the process: see
    `snapshot`. On MOT15 TUD-Campus (published detections, MOTA at IoU 0.5): SORT 0.582, and 0.638 with
    estimated boxes, where the authors' own program reaches 0.627; ByteTrack 0.579 and 0.596; OC-SORT 0.571
    and 0.607.

    Sources: Bewley et al., "Simple online and realtime tracking", ICIP 2016; Zhang et al., "ByteTrack", ECCV
    2022; Cao et al., "Observation-centric SORT", CVPR 2023.
    """

    devices = (CPU,)

    def __init__(
        self,
        algorithm: str = "sort",
        *,
        boxes: str = _DETECTED,
        keep_unconfirmed: bool = False,
        use_event_time: bool = False,
        **parameters: Any,
    ) -> None:
        super().__init__(**{name: value for name, value in parameters.items() if name in _NODE_OPTIONS})
        if boxes not in (_DETECTED, _ESTIMATED):
            raise ValueError(f"boxes is {_DETECTED!r} or {_ESTIMATED!r}, got {boxes!r}")
        self._algorithm = checked_algorithm(algorithm)
        self._parameters = checked_parameters(
            self._algorithm,
            {name: value for name, value in parameters.items() if name not in _NODE_OPTIONS},
        )
        self._estimated = boxes == _ESTIMATED
        self._keep_unconfirmed = bool(keep_unconfirmed)
        self._use_event_time = bool(use_event_time)
        self._tracker: Any = None
        self._clock = _Clock(1 / frame_rate_of(self._algorithm, self._parameters))

    def open(self) -> None:
        """Start without tracks; runs in the task's worker."""
        self._tracker = ALGORITHMS[self._algorithm](**self._parameters)
        self._clock = replace(self._clock, last_s=None, ahead_s=0.0)

    def process(self, detections: sv.Detections, ctx: Context) -> sv.Detections:
        """Number the detections of the next frame; runs in the task's worker.

        Parameters
        ----------
        detections : supervision.Detections
            ``xyxy`` in pixels; ``confidence`` counts as 1 where it is None.

        Returns
        -------
        supervision.Detections
            Those that belong to a track, with all that was known of them and ``tracker_id``, int. Their order
            may be another. With ``boxes="estimated"``, ``xyxy`` is float32.

        Raises
        ------
        TypeError
            `detections` are none.
        ValueError
            `use_event_time` is set, and the message has no time.
        """
        checked_detections(detections, self)
        time_s = ctx.event_time if self._use_event_time else None
        if self._use_event_time and time_s is None:
            raise ValueError(f"{self!r} goes by event_time, and the message has none")
        # A track keeps boxes that it has seen: in its own memory, not in the slot of a message.
        own = replace(detections, xyxy=detections.xyxy.copy())
        timestamp = None if time_s is None else self._clock.at(time_s)
        tracked: sv.Detections = self._tracker.update(own, timestamp=timestamp)
        if not self._keep_unconfirmed:
            tracked = tracked[tracked.tracker_id >= 0]
        if self._estimated and len(tracked):
            tracked.xyxy = self._estimates(tracked)
        return tracked

    def _estimates(self, tracked: sv.Detections) -> np.ndarray[Any, Any]:
        tracks = {track.tracker_id: track for track in self._tracker.tracks}
        boxes = np.array(tracked.xyxy, dtype=np.float32)
        for i, number in enumerate(tracked.tracker_id.tolist()):
            if number >= 0:
                estimate = tracks[number].get_state_bbox()
                if np.isfinite(estimate).all():  # else the filter has lost its way: what was seen will do
                    boxes[i] = estimate
        return boxes

    def snapshot(self) -> Any:
        """The library's own object with the tracks, and the clock; runs in the task's worker."""
        return self._tracker, self._clock

    def restore(self, state: Any) -> None:
        """Go on from what `snapshot` gave; runs in the task's worker."""
        self._tracker, self._clock = state

    def close(self) -> None:
        """Forget the tracks; runs in the task's worker."""
        self._tracker = None
