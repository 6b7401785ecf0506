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

_LAYOUT = struct.Struct("=qqd")
_NONE = -1


class Call(NamedTuple):
    """A call of the node that is under way: of which process, on which number, and since when."""

    incarnation: int
    number: int
    since_s: float
    """On `time.monotonic`, which all processes of a machine share."""


class CallRecord:
    """Notes each call of a task's node in a small shared file; costs a microsecond, and no system call.

    From it the run knows which message a process died of, and which call takes too long, although the
    process may be dead, or its one interpreter held up.

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
        self.end()

    def begin(self, number: int) -> None:
        """Note that the node is called for a number."""
        _LAYOUT.pack_into(self._map, 0, self._incarnation, number, self._now_s())

    def end(self) -> None:
        """Note that the call has returned or raised."""
        _LAYOUT.pack_into(self._map, 0, self._incarnation, _NONE, 0.0)


def call_under_way(places: RunPlaces, task: int) -> Call | None:
    """The call that a task's node is in, or was in when its process died; None if it is in none.

    A look at the wrong moment may mix two calls: who acts on it looks twice.
    """
    try:
        call = Call._make(_LAYOUT.unpack(_file(places, task).read_bytes()))
    except (FileNotFoundError, struct.error):  # no process has come so far
        return None
    return None if call.number == _NONE else call


def _file(places: RunPlaces, task: int) -> Path:
    return places.memory / f"call-{task}"
