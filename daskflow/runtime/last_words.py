"""What a worker process said last, and where it was: kept in files, for when it can be asked no more."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import re
import signal
import threading
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from daskflow.runtime.log_handler import is_of_thread, was_not_told
from daskflow.transport.places import RunPlaces

MOST_BYTES = 64 * 1024
"""Of the log that is kept of a task; there may be twice as much for a moment."""

_RUNNER = "/runtime/runner.py"
_FRAME = re.compile(r'^  (File "(?P<file>[^"]*)", line \d+ in .*)$')
_THREAD = re.compile(r"^(?:Current thread|Thread) (0x[0-9a-f]+)")
_FATAL = re.compile(r"^Fatal Python error: (.*)$", re.MULTILINE)
_SIGNALS = {
    "Segmentation fault": signal.SIGSEGV,
    "Aborted": signal.SIGABRT,
    "Bus error": signal.SIGBUS,
    "Floating point exception": signal.SIGFPE,
    "Floating-point exception": signal.SIGFPE,
    "Illegal instruction": signal.SIGILL,
}
"""By what the interpreter calls them."""


def keep_last_words(places: RunPlaces, task: int, task_name: str) -> None:
    """Write what this process logs to a file too, and to another where it is when it dies of a signal."""
    root = logging.getLogger()
    if not root.handlers:  # Python's own last resort, for as long as there was none
        resort = logging.StreamHandler()
        resort.setLevel(logging.WARNING)
        resort.addFilter(was_not_told)
        resort.setFormatter(logging.Formatter(f"{task_name}: %(message)s"))
        root.addHandler(resort)
    root.addHandler(_log_handler(places, task))
    # For as long as the process lives: the interpreter writes to it when nothing else works any more.
    trace = open(_trace_file(places, task), "wb", buffering=0)  # noqa: SIM115
    faulthandler.enable(trace)


_traces: list[IO[bytes]] = []
"""Of the tasks in this process, in the order in which they came; the interpreter writes to the last."""

_changing = threading.Lock()


@contextlib.contextmanager
def last_words_kept(places: RunPlaces, task: int) -> Iterator[None]:
    """The same for as long as a task runs in this thread, where the process is somebody else's.

    Who has the interpreter write elsewhere when it dies keeps that. Several tasks of one process write where
    they all were to the file of one of them.
    """
    thread, root = threading.get_ident(), logging.getLogger()
    handler = _log_handler(places, task)
    handler.addFilter(is_of_thread(thread))
    trace = open(_trace_file(places, task), "wb", buffering=0)  # noqa: SIM115
    with _changing:
        is_ours = bool(_traces) or not faulthandler.is_enabled()
        if is_ours:
            _traces.append(trace)
            faulthandler.enable(trace)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
        if is_ours:
            with _changing:
                _traces.remove(trace)
                if _traces:
                    faulthandler.enable(_traces[-1])
                else:
                    faulthandler.disable()
        trace.close()


def last_log_lines(places: RunPlaces, task: int, count: int = 10) -> list[str]:
    """The last lines that a task's processes have logged."""
    try:
        return _log_file(places, task).read_text("utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def last_stack(places: RunPlaces, task: int, thread: int | None = None) -> list[str]:
    """Where in the node's code a process was when it died of a signal, the innermost call last.

    Empty if it did not say, as after a SIGKILL, or was not in the node's code.

    Parameters
    ----------
    places : RunPlaces
        Of the run.
    task : int
        To whose file it was written.
    thread : int, optional
        In which thread the node was, where several tasks were in the process.
    """
    for block in _trace(places, task).split("\n\n"):
        heads = [match for line in block.splitlines() if (match := _THREAD.match(line))]
        if thread is not None and not any(int(head[1], 16) == thread for head in heads):
            continue
        frames = [match for line in block.splitlines() if (match := _FRAME.match(line))]
        for i, frame in enumerate(frames):
            if frame["file"].endswith(_RUNNER):
                return [found[1] for found in reversed(frames[:i])]
    return []


def last_signal(places: RunPlaces, task: int) -> int | None:
    """The signal of which a process died, where it wrote that to a task's file."""
    errors = _FATAL.findall(_trace(places, task))
    return _SIGNALS.get(errors[-1]) if errors else None


def _trace(places: RunPlaces, task: int) -> str:
    try:
        return _trace_file(places, task).read_text(errors="replace")
    except OSError:
        return ""


def _log_handler(places: RunPlaces, task: int) -> RotatingFileHandler:
    handler = RotatingFileHandler(
        _log_file(places, task),
        maxBytes=MOST_BYTES,
        backupCount=1,
        encoding="utf-8",
        errors="backslashreplace",  # names of files may have halves of characters
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


def _log_file(places: RunPlaces, task: int) -> Path:
    return places.disk / f"task-{task}.log"


def _trace_file(places: RunPlaces, task: int) -> Path:
    return places.disk / f"task-{task}.trace"
