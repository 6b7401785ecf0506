"""The runs that can be looked at in this process: what a page, an exporter or another process is shown."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from daskflow.monitor.snapshot import RunSnapshot


@dataclass(frozen=True, slots=True)
class Picture:
    """What a message of an edge looks like.

    Attributes
    ----------
    jpeg : bytes
        A small picture, with the boxes of detections that came with it.
    width, height : int
        Of the picture in `jpeg`, in pixels.
    number : int
        Of the message.
    """

    jpeg: bytes
    width: int
    height: int
    number: int


class WatchedRun(Protocol):
    """What is asked of a run; from any thread, and none of it blocks for longer than some milliseconds."""

    @property
    def run_id(self) -> str:
        """Which run it is."""

    def latest(self) -> RunSnapshot:
        """Its last snapshot, which is at most about a second old; after the end, the final one."""

    def picture(self, source: str, target: str) -> Picture | None:
        """The last picture of an edge that was asked for, and ask for the next.

        A task of the target makes one of the next message that it takes; nothing is made unless this is
        called. None where there is none yet, no message was an image, or looking is not allowed.
        """


class Runs:
    """Those of this process, by the time they began."""

    def __init__(self) -> None:
        self._runs: dict[str, WatchedRun] = {}
        self._lock = threading.Lock()

    def add(self, run: WatchedRun) -> None:
        """Show a run from now on."""
        with self._lock:
            self._runs[run.run_id] = run

    def remove(self, run: WatchedRun) -> None:
        """Show it no more."""
        with self._lock:
            self._runs.pop(run.run_id, None)

    def all(self) -> list[WatchedRun]:
        """All that are shown."""
        with self._lock:
            return list(self._runs.values())


RUNS = Runs()
"""Of this process: flows in one program share it, whichever of their dashboards is looked at."""
