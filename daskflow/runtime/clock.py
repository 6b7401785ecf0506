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

    def queued_s(self) -> float:
        """How long the calling thread was ready to run and had to wait for a core, since it began.

        In seconds; 0 where the system does not say. Linux does, in /proc/PID/schedstat; takes some
        microseconds.
        """
        try:
            with open("/proc/thread-self/schedstat", "rb") as file:
                return int(file.read().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0

    def courier(self, send: Callable[[], None]) -> Courier:
        """Who calls `send` a moment after it was asked to."""
        return Courier(send)


MACHINE_CLOCK = Clock()
