"""When a frame is shown or was taken, also where file or stream do not say."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

_ASSUMED_RATE = Fraction(25)


class FrameClock:
    """Gives each frame of one video stream its time.

    Parameters
    ----------
    frame_rate : Fraction or None
        Average frames per second, where the container tells.
    time_base : Fraction or None
        Seconds per unit of a time stamp.
    start : int or None
        Time stamp of the start of the recording; None takes that of the first frame.
    """

    def __init__(self, frame_rate: Fraction | None, time_base: Fraction | None, start: int | None) -> None:
        self._known_rate = frame_rate or None
        self._period = 1 / (frame_rate or _ASSUMED_RATE)
        self._time_base = time_base or self._period
        self._start = start
        self._last: tuple[int, int] | None = None  # index and time stamp of the frame before

    def times(self, pts: int | None, index: int) -> dict[str, Any]:
        """The times of the next frame.

        Parameters
        ----------
        pts : int or None
            Its time stamp; for None it follows the frame before at the frame rate.
        index : int
            Its position in the file, from 0.

        Returns
        -------
        dict
            ``pts`` (int), ``time_base`` (Fraction), ``event_time`` (float, seconds since the start of the
            recording) and, where it is known, ``frame_rate`` (Fraction).
        """
        if pts is None:
            last_index, last_pts = self._last or (0, self._start or 0)
            pts = last_pts + round((index - last_index) * self._period / self._time_base)
        if self._start is None:
            self._start = pts
        self._last = (index, pts)
        times = {
            "pts": pts,
            "time_base": self._time_base,
            "event_time": float((pts - self._start) * self._time_base),
        }
        if self._known_rate is not None:
            times["frame_rate"] = self._known_rate
        return times


class CaptureClock:
    """Gives each frame of a stream that is received now its time, in seconds since the epoch.

    Packets come in bursts and late; a stream's own time stamps say how far apart its frames were taken. So
    the first frame is dated by its arrival and the others by their stamps from there on, and anew from the
    next arrival where the two have come too far apart. The times never go back.

    Parameters
    ----------
    ahead_s, behind_s : float
        How far a time may be ahead of the arrival, and how far behind. A frame that comes now was not taken
        later: 0 ahead.
    """

    def __init__(self, *, ahead_s: float, behind_s: float) -> None:
        self._ahead_s = ahead_s
        self._behind_s = behind_s
        self._offset_s: float | None = None
        self._latest_s = 0.0

    def time_of(self, stamp_s: float | None, arrival_s: float) -> float:
        """When a frame was taken.

        Parameters
        ----------
        stamp_s : float or None
            Its time stamp, in seconds; None takes its arrival.
        arrival_s : float
            When it came, in seconds since the epoch.
        """
        taken_s = self._taken_s(stamp_s, arrival_s)
        if taken_s < self._latest_s <= arrival_s:  # as the last digit of a sum may be
            taken_s = self._latest_s
        self._latest_s = taken_s
        return taken_s

    def _taken_s(self, stamp_s: float | None, arrival_s: float) -> float:
        if stamp_s is None:
            return arrival_s
        if self._offset_s is not None:
            ahead_s = stamp_s + self._offset_s - arrival_s
            if -self._behind_s <= ahead_s <= self._ahead_s:
                return arrival_s + ahead_s
        self._offset_s = arrival_s - stamp_s
        return arrival_s
