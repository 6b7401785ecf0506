"""Where a task has its time from: real in a run, made up in a simulation."""

from __future__ import annotations

import time
from collections.abc import Callable

from daskflow.runtime.courier import Courier


class Clock:
    """The machine's time. A simulation has one of its own, with the same methods."""

    __slots__ = ("date_s", "now_s")

    def __init__(
        self, now_s: Callable[[], float] = time.monotonic, date_s: Callable[[], float] = time.time
    ) -> None:
        self.now_s = now_s
        """Seconds that pass evenly; all processes of a machine count them alike."""
        self.date_s = date_s
        """Seconds since the epoch."""

    def courier(self, send: Callable[[], None]) -> Courier:
        """Who calls `send` a moment after it was asked to."""
        return Courier(send)


MACHINE_CLOCK = Clock()
