"""Removes what a run left on disk and in shared memory, even after the main program was killed."""

from __future__ import annotations

import subprocess

from daskflow.transport.places import RunPlaces

_SCRIPT = 'read -r _; rm -rf -- "$@"'


class Janitor:
    """A shell that waits for its standard input to end, then removes the places of a run.

    The kernel closes that pipe however this process ends, so one mechanism serves a normal end and a
    SIGKILL alike. It is in a session of its own: a Ctrl-C meant for the program does not reach it.
    """

    def __init__(self, places: RunPlaces) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "daskflow-janitor", *map(str, places.both)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def finish(self) -> None:
        """Remove the places now; blocks until they are gone."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait()
