"""What a worker process said last, and where it was: kept in files, for when it can be asked no more."""

from __future__ import annotations

import faulthandler
import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

from daskflow.runtime.log_handler import was_not_told
from daskflow.transport.places import RunPlaces

MOST_BYTES = 64 * 1024
"""Of the log that is kept of a task; there may be twice as much for a moment."""

_HOST = "/runtime/host.py"
_FRAME = re.compile(r'^  (File "(?P<file>[^"]*)", line \d+ in .*)$')


def keep_last_words(places: RunPlaces, task: int, task_name: str) -> None:
    """Write what this process logs to a file too, and to another where it is when it dies of a signal."""
    handler = RotatingFileHandler(
        _log_file(places, task),
        maxBytes=MOST_BYTES,
        backupCount=1,
        encoding="utf-8",
        errors="backslashreplace",  # names of files may have halves of characters
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    if not root.handlers:  # Python's own last resort, for as long as there was none
        resort = logging.StreamHandler()
        resort.setLevel(logging.WARNING)
        resort.addFilter(was_not_told)
        resort.setFormatter(logging.Formatter(f"{task_name}: %(message)s"))
        root.addHandler(resort)
    root.addHandler(handler)
    # For as long as the process lives: the interpreter writes to it when nothing else works any more.
    trace = open(_trace_file(places, task), "wb", buffering=0)  # noqa: SIM115
    faulthandler.enable(trace)


def last_log_lines(places: RunPlaces, task: int, count: int = 10) -> list[str]:
    """The last lines that a task's processes have logged."""
    try:
        return _log_file(places, task).read_text("utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def last_stack(places: RunPlaces, task: int) -> list[str]:
    """Where in the node's code a process was when it died of a signal, the innermost call last.

    Empty if it did not say, as after a SIGKILL, or was not in the node's code.
    """
    try:
        text = _trace_file(places, task).read_text(errors="replace")
    except OSError:
        return []
    for thread in text.split("\n\n"):
        frames = [match for line in thread.splitlines() if (match := _FRAME.match(line))]
        for i, frame in enumerate(frames):
            if frame["file"].endswith(_HOST):
                return [found[1] for found in reversed(frames[:i])]
    return []


def _log_file(places: RunPlaces, task: int) -> Path:
    return places.disk / f"task-{task}.log"


def _trace_file(places: RunPlaces, task: int) -> Path:
    return places.disk / f"task-{task}.trace"
