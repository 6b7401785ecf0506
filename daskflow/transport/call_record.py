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

_LAYOUT = struct.Struct("=qqqdq")
_INCARNATION, _FINISHED, _IN_HAND, _SINCE, _PART = range(5)
"""Places in it."""

_NONE = -1

_SEVERAL = -2
"""Less the first number: in place of a number in hand, where the call is for several."""


class Calls(NamedTuple):
    """The calls of a task's node by one process."""

    incarnation: int
    finished: int | None
    """The number of the last call that returned."""
    in_hand: int | None
    """The number of the call that is under way."""
    since_s: float
    """When that began, on `time.monotonic`, which all processes of a machine share."""
    several: bool = False
    """Whether the number in hand is only the first of several."""
    part: int = 0
    """Which node of a fused chain the call is of."""


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
        self._map = _mapped(places, task)
        # Cell by cell takes a third of the time of packing, and this is done for each message.
        self._numbers = memoryview(self._map).cast("q")
        self._times = memoryview(self._map).cast("d")
        self._now_s = now_s
        self._numbers[_FINISHED] = self._numbers[_IN_HAND] = _NONE
        self._numbers[_PART] = 0
        self._numbers[_INCARNATION] = incarnation

    def begin(self, number: int) -> None:
        """Note that the node is called for a number."""
        self._times[_SINCE] = self._now_s()
        self._numbers[_IN_HAND] = number

    def enter(self, part: int) -> None:
        """Note which node of a fused chain the next calls are of."""
        self._numbers[_PART] = part

    def begin_several(self, first: int) -> None:
        """Note that the node is called for several numbers at once, of which this is the first."""
        self.begin(_SEVERAL - first)

    def finish(self, number: int) -> None:
        """Note that the call has returned."""
        numbers = self._numbers
        numbers[_FINISHED] = number
        numbers[_IN_HAND] = _NONE

    def end(self) -> None:
        """Note that the node is in no call: the last one has raised, if it has not returned."""
        self._numbers[_IN_HAND] = _NONE


def calls_of(places: RunPlaces, task: int) -> Calls | None:
    """The calls of a task's last process, alive or dead; None if none has come so far.

    A look at the wrong moment may mix two states: who acts on it while the process lives looks twice.
    """
    try:
        found = _LAYOUT.unpack(_there(places, task).read_bytes())
    except (FileNotFoundError, struct.error):
        return None
    incarnation, finished, in_hand, since_s, part = found
    last = None if finished == _NONE else finished
    if in_hand == _NONE:
        return Calls(incarnation, last, None, 0.0)
    if in_hand <= _SEVERAL:
        return Calls(incarnation, last, _SEVERAL - in_hand, since_s, several=True)
    return Calls(incarnation, last, in_hand, since_s, part=part)


def forget_calls(places: RunPlaces, task: int) -> None:
    """Remove what a process before this one has noted, which nobody asks for any more."""
    for file in _files(places, task):
        file.unlink(missing_ok=True)


def _mapped(places: RunPlaces, task: int) -> mmap.mmap:
    path = _there(places, task)  # one that a process before this has made is taken over
    for file in dict.fromkeys((path, *_files(places, task))):
        fd = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, _LAYOUT.size)
            return mmap.mmap(fd, _LAYOUT.size)
        except OSError:  # no room: on disk it serves as well
            if file == _files(places, task)[-1]:
                raise
            file.unlink()
        finally:
            os.close(fd)
    raise AssertionError("unreachable: the last file is made, or raises")


def _there(places: RunPlaces, task: int) -> Path:
    files = _files(places, task)
    return next((file for file in files if file.exists()), files[0])


def _files(places: RunPlaces, task: int) -> list[Path]:
    return [place / f"call-{task}" for place in places.both]
