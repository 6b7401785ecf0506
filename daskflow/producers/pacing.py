"""A recording at the pace at which it was made."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from typing import Any

STEP_S = 1.0
"""Longest wait at a time: the flow can be stopped once in so long."""

_LONGEST_PAUSE_S = 60.0  # more than that between two frames is a jump of the time stamps, and not waited for
_LATEST_S = 1.0  # a flow that is later than this has been held up, and is not to catch up by a burst

Timed = tuple[Any, dict[str, Any]]


def with_pauses(frames: Iterable[Timed]) -> Iterator[tuple[float, Timed | None]]:
    """Frames with the time at which each is due, and the steps of long pauses between them.

    Parameters
    ----------
    frames : iterable of (object, dict)
        Each with its metadata, of which ``event_time`` counts.

    Yields
    ------
    float
        When it is due, in seconds since the first frame.
    tuple or None
        The frame with its metadata. None is a step within a pause: the flow is to be let go on, that it may
        be stopped. How many there are follows from the time stamps alone, so that it is the same each time.
    """
    due_s = 0.0
    before_s: float | None = None
    for frame in frames:
        now_s = frame[1]["event_time"]
        pause_s = 0.0 if before_s is None else now_s - before_s
        before_s = now_s
        if 0 < pause_s <= _LONGEST_PAUSE_S:
            begin_s, due_s = due_s, due_s + pause_s
            for step in range(1, math.ceil(pause_s / STEP_S - 1e-6)):
                yield begin_s + step * STEP_S, None
        yield due_s, frame


class Pacer:
    """Waits until something is due, by the monotonic clock. The first call says what time it is."""

    def __init__(self) -> None:
        self._zero_s: float | None = None

    def wait_until(self, due_s: float) -> None:
        """Block until `due_s`, in seconds of the recording; `STEP_S` at most after the call before."""
        now_s = time.monotonic()
        if self._zero_s is None or now_s - self._zero_s - due_s > _LATEST_S:
            self._zero_s = now_s - due_s
        elif self._zero_s + due_s > now_s:
            time.sleep(self._zero_s + due_s - now_s)
