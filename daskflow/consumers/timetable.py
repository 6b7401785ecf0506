"""When each frame of a written video is shown."""

from __future__ import annotations

import math
from fractions import Fraction

_LEAST_UNITS_PER_SECOND = 90_000  # fine enough for the time stamps of any camera
_MOST_SLOTS = 50_000  # FFmpeg refuses to leave out more than 60,000 frames in an AVI file

LONGEST_S = 6 * 3600.0
"""Of a gap in a file: an MP4 has no longer ones, with so many units in a second."""


class Timetable:
    """Gives the frames of one video their time stamps.

    Parameters
    ----------
    rate : Fraction
        Frames per second: of all frames if `constant`, else of those whose time is not known.
    constant : bool
        Take no notice of event times.
    slots : bool
        Time stamps count periods of the rate, as an AVI file wants it; else they are in fine units, in which
        both the period of the rate and the times of the frames can be said.
    longest_s : float
        What is left of a longer gap between two frames.

    Attributes
    ----------
    unit : Fraction
        Seconds per unit of the time stamps.
    period : int
        Units from one frame to the next at the rate.
    """

    def __init__(self, rate: Fraction, *, constant: bool, slots: bool, longest_s: float = LONGEST_S) -> None:
        refinement = 1 if slots else math.ceil(_LEAST_UNITS_PER_SECOND / rate.numerator) * rate.denominator
        self.period = refinement
        self.unit = 1 / rate / refinement
        longest = int(Fraction(longest_s) / self.unit)
        self._longest = max(self.period, min(longest, _MOST_SLOTS) if slots else longest)
        self._constant = constant
        self._last: int | None = None
        self._zero: float | None = None  # the event time of time stamp 0

    def next(self, event_time: float | None) -> int:
        """The time stamp of the next frame.

        Parameters
        ----------
        event_time : float or None
            When it happened, in seconds. A time that is not after that of the frame before is not believed,
            and the frame follows the one before by a period. So does one whose time is no number.
        """
        following = 0 if self._last is None else self._last + self.period
        stamp = following
        if event_time is not None and math.isfinite(event_time) and not self._constant:
            if self._zero is None:
                self._zero = event_time - float(following * self.unit)
            stamp = round((event_time - self._zero) / float(self.unit))
            if self._last is not None and stamp <= self._last:
                stamp = following
            elif self._last is not None and stamp > self._last + self._longest:
                stamp = self._last + self._longest
                self._zero = event_time - float(stamp * self.unit)
        self._last = stamp
        return stamp
