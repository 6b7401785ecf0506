"""Removes what a run left on disk and in shared memory, even after the main program was killed."""

from __future__ import annotations

import multiprocessing.util
import subprocess

from daskflow.transport.places import RunPlaces

_SCRIPT = """
read -r word
[ "$word" = finished ] || rm -rf -- "$1"
shift
for try in 1 2 3 4 5; do  # workers that are about to die may still make files
    rm -rf -- "$@" && break
    sleep 0.2
done
"""


class Janitor:
    """A shell that waits for its standard input to end, then removes the places of a run.

    The kernel closes that pipe however this process ends, so one mechanism serves a normal end and a
    SIGKILL alike. It is in a session of its own: a Ctrl-C meant for the program does not reach it.

    Parameters
    ----------
    places : RunPlaces
        What to remove at the end of the run. After a SIGKILL the folder in which `multiprocessing` keeps
        the sockets of this process goes too, since nothing else then removes it.
    """

    def __init__(self, places: RunPlaces) -> None:
        folders = [multiprocessing.util.get_temp_dir(), *map(str, places.both)]
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "daskflow-janitor", *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def finish(self) -> None:
        """Remove the places now; blocks until they are gone."""
        self._shell.communicate(b"finished\n")
