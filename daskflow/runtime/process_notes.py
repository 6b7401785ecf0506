"""Who works on which task on a host, and who was killed for what: small files beside what the task logs."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from daskflow.core.node.policy import Policy
from daskflow.transport.places import RunPlaces

_PROCESS, _KILLED = "process-", "killed-"
_DEAD = "ZX"


class ProcessNote(NamedTuple):
    """The process that works on a task.

    Attributes
    ----------
    task : int
        Index of the task.
    task_name : str
        For people.
    pid, started : int
        The process, and when it was started: an id may be given again.
    thread : int
        In which of its threads, since there may be tasks in others.
    process_timeout_s : float or None
        How long a call may take.
    memory_limit_bytes : int or None
        How much memory the process may have of its own.
    """

    task: int
    task_name: str
    pid: int
    started: int
    thread: int
    process_timeout_s: float | None
    memory_limit_bytes: int | None

    @property
    def limits(self) -> Policy:
        """What is to be looked for."""
        return Policy(process_timeout_s=self.process_timeout_s, memory_limit=self.memory_limit_bytes)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return _started(self.pid) == self.started


class KillNote(NamedTuple):
    """Why a process was killed from outside.

    Attributes
    ----------
    task, pid : int
        For which task's sake, and which process.
    why, number, words
        As in `daskflow.runtime.limits.Excess`.
    """

    task: int
    pid: int
    why: str
    number: int | None
    words: str


@contextlib.contextmanager
def noted(places: RunPlaces, task: int, task_name: str, limits: Policy) -> Iterator[None]:
    """Have it noted that this thread of this process works on a task, until it does no more.

    Parameters
    ----------
    places : RunPlaces
        Of the run on this host.
    task, task_name
        The task.
    limits : Policy
        What is to be looked for.
    """
    pid, most = os.getpid(), limits.memory_limit
    note = ProcessNote(
        task,
        task_name,
        pid,
        _started(pid) or 0,
        threading.get_ident(),
        limits.process_timeout_s,
        None if most is None else int(most),
    )
    path = places.disk / f"{_PROCESS}{task}"
    _write(path, note)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def processes_noted(places: RunPlaces) -> list[ProcessNote]:
    """The processes that work on tasks on this host, or have died of it."""
    return [ProcessNote(*fields) for fields in _read_all(places, _PROCESS)]


def note_killing(places: RunPlaces, note: KillNote) -> None:
    """Leave word of whom is about to be killed, and why."""
    _write(places.disk / f"{_KILLED}{note.task}", note)


def killings_noted(places: RunPlaces) -> list[KillNote]:
    """Who was killed on this host: for each task, the last time."""
    return [KillNote(*fields) for fields in _read_all(places, _KILLED)]


def is_there(pid: int) -> bool:
    """Whether there is such a process, and it is not about to end."""
    return _started(pid) is not None


def _started(pid: int) -> int | None:
    """When a process was started, on a clock of the kernel's; None if there is none, or it is dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in _DEAD else int(fields[19])


def _write(path: Path, note: tuple[Any, ...]) -> None:
    beside = path.with_name(f".{path.name}.{threading.get_ident()}")
    beside.write_text(json.dumps(note))
    beside.replace(path)  # whoever looks sees a whole one


def _read_all(places: RunPlaces, prefix: str) -> Iterator[list[Any]]:
    for path in sorted(places.disk.glob(f"{prefix}*")):
        with contextlib.suppress(FileNotFoundError):  # its task has ended meanwhile
            yield json.loads(path.read_text())
