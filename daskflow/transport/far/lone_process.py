"""A small process of a run on a host, of which there is never a second one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from pathlib import Path

_OURS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


def start_alone(
    script: str, lock: Path, *arguments: str, others: tuple[Path, ...] = ()
) -> subprocess.Popen[bytes] | None:
    """Run a script in a process that holds a lock as long as it lives; None where another process has it.

    It is in a session of its own, which a Ctrl-C does not reach, and finds no packages by itself.

    Parameters
    ----------
    script : str
        Python; its arguments are the descriptor of the lock, those of `others`, then `arguments`.
    lock : pathlib.Path
        A file, made if it is not there.
    *arguments : str
        Of the script.
    others : tuple of pathlib.Path
        Files that are to be open in it, too, as files of its own: a lock belongs to what was opened.

    Raises
    ------
    OSError
        It cannot be started.
    """
    with contextlib.ExitStack() as opened:

        def descriptor(path: Path, flags: int = _OURS) -> int:
            found = os.open(path, flags, 0o600)
            opened.callback(os.close, found)
            return found

        own = descriptor(lock, _OURS | os.O_CREAT)
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        inherited = [own, *map(descriptor, others)]
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", script, *map(str, inherited), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=inherited,
            start_new_session=True,
        )
