"""What a task's node is working on, where others can see it even while the task cannot speak."""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from daskflow.transport.places import RunPlaces

_LAYOUT = struct.Struct("=qqqd")
_NONE = -1


class Calls(NamedTuple):
    """The calls of a task's node by one process."""

    incarnation: int
    finished: int | None
    """The number of the last call that returned."""
    in_hand: int | None
    """The number of the call that is under way."""
    since_s: float
    """When that began, on `time.monotonic`, which all processes of a machine share."""


class CallRecord:
    """Notes each call of a task's node in a small shared file; costs a microsecond, and no system call.

    From it the run knows which message a process died of, what a consumer had finished and not yet said, and
    which call takes too long: although the process may be dead, or its one interpreter held up.

    Parameters
    ----------
    places : RunPlaces
        Of the run.
    task, incarnation : int
        Whose calls these are.
    now_s : callable
        The time.
    """

    def __init__(
        self,
        places: RunPlaces,
        task: int,
        incarnation: int,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        fd = os.open(_file(places, task), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, _LAYOUT.size)
            self._map = mmap.mmap(fd, _LAYOUT.size)
        finally:
            os.close(fd)
        self._incarnation = incarnation
        self._now_s = now_s
        self._finished = _NONE
        self.end()

    def begin(self, number: int) -> None:
        """Note that the node is called for a number."""
        _LAYOUT.pack_into(self._map, 0, self._incarnation, self._finished, number, self._now_s())

    def finish(self, number: int) -> None:
        """Note that the call has returned."""
        self._finished = number
        self.end()

    def end(self) -> None:
        """Note that the node is in no call: the last one has raised, if it has not returned."""
        _LAYOUT.pack_into(self._map, 0, self._incarnation, self._finished, _NONE, 0.0)


def calls_of(places: RunPlaces, task: int) -> Calls | None:
    """The calls of a task's last process, alive or dead; None if none has come so far.

    A look at the wrong moment may mix two states: who acts on it while the process lives looks twice.
    """
    try:
        found = _LAYOUT.unpack(_file(places, task).read_bytes())
    except (FileNotFoundError, struct.error):
        return None
    incarnation, finished, in_hand, since_s = found
    return Calls(
        incarnation, None if finished == _NONE else finished, None if in_hand == _NONE else in_hand, since_s
    )


def _file(places: RunPlaces, task: int) -> Path:
    return places.memory / f"call-{task}"
