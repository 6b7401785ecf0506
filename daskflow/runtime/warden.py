"""Sees to the limits of nodes on a host of somebody else's cluster: a process that kills those of workers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from daskflow.runtime.limits import Excess, Looks, has_limit, pause_s
from daskflow.runtime.process_notes import KillNote, ProcessNote, note_killing, processes_noted
from daskflow.transport.far.lone_process import start_alone
from daskflow.transport.places import RunPlaces

_LOCK = "warden"
"""A file in the places, on which the warden has a lock, so that there is never a second one."""

_SCRIPT = """
import sys
sys.path[:] = sys.argv[4:]
from daskflow.runtime.warden import main
main(*sys.argv[1:4])
"""


def start_warden(places: RunPlaces) -> subprocess.Popen[bytes] | None:
    """Start the warden of a run on this host, if there is none that lives.

    It looks at the processes of all tasks here that have limits, those too that come later, until the places
    are removed. It is a process of its own, since a call may hold up the interpreter that it is made in.

    Raises
    ------
    OSError
        It cannot be started.
    """
    where = str(places.memory), str(places.disk)
    return start_alone(_SCRIPT, places.memory / _LOCK, *where, *map(os.path.abspath, sys.path))


def main(lock: str, memory: str, disk: str) -> None:
    """Be the warden, until the places are removed."""
    os.chdir("/")  # it keeps no folder in use
    warden = Warden(RunPlaces(Path(memory), Path(disk)))
    while os.fstat(int(lock)).st_nlink:
        time.sleep(warden.look())


class Warden:
    """Looks at processes that are noted, and kills those that take too long or too much.

    Parameters
    ----------
    places : RunPlaces
        Of the run on this host.
    """

    def __init__(self, places: RunPlaces) -> None:
        self._places = places
        self._looks = Looks(places)
        self._killed: set[tuple[int, int]] = set()

    def look(self) -> float:
        """Look at all once; returns when to look again, in seconds."""
        notes = [note for note in processes_noted(self._places) if has_limit(note.limits) and note.is_running]
        for note in notes:
            excess = self._looks.excess(note.task, note.pid, note.limits)
            if excess is not None:
                self._kill(note, excess)
        return pause_s([note.process_timeout_s for note in notes if note.process_timeout_s is not None])

    def _kill(self, note: ProcessNote, excess: Excess) -> None:
        """Kill a process, with all tasks that are in it, and leave word of it first.

        The first time so that it says where it was; should it be past that, without asking.
        """
        process = note.pid, note.started
        how = signal.SIGKILL if process in self._killed else signal.SIGABRT
        if process not in self._killed:
            self._killed.add(process)
            note_killing(self._places, KillNote(note.task, note.pid, *excess))
        with contextlib.suppress(ProcessLookupError):
            os.kill(note.pid, how)
