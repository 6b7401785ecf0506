"""What a process that has died has left on its host, for who was elsewhere."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from daskflow.runtime.last_words import last_log_lines, last_signal, last_stack
from daskflow.runtime.process_notes import KillNote, is_there, killings_noted, processes_noted
from daskflow.transport.call_record import Calls, calls_of
from daskflow.transport.far.presence import places_here
from daskflow.transport.hosts import host_tag
from daskflow.transport.places import RunPlaces

_DYING_S = 0.2
"""Between the end of a process's connections and its own, at most."""


class Remains(NamedTuple):
    """What is known of a process on its host.

    Attributes
    ----------
    is_there : bool
        Whether it lives, and only its connection is gone.
    calls : Calls or None
        What its node was doing.
    killings : tuple of KillNote
        Why it was killed, for each task in it that was a reason.
    exit_code : int or None
        Less the signal that ended it, where it could say so itself.
    stack, log_lines : tuple of str
        Where in the node's code it was, and what it logged last.
    """

    is_there: bool = False
    calls: Calls | None = None
    killings: tuple[KillNote, ...] = ()
    exit_code: int | None = None
    stack: tuple[str, ...] = ()
    log_lines: tuple[str, ...] = ()


async def remains_here(run_id: str, task: int, pid: int, dask_worker: Any = None) -> Remains:
    """What there is on a worker's host of a task's process; for `Client.run`, which gives the worker."""
    places = places_here(run_id, host_tag(dask_worker.address))
    if is_there(pid):
        await asyncio.sleep(_DYING_S)
    return Remains() if places is None else remains_of(places, task, pid)


def remains_of(places: RunPlaces, task: int, pid: int) -> Remains:
    """What there is of a task's process in the places of its host."""
    notes = {note.task: note for note in processes_noted(places) if note.pid == pid}
    thread = notes[task].thread if task in notes and len(notes) > 1 else None
    stack: list[str] = []
    signals: list[int | None] = []
    for there in dict.fromkeys((task, *notes)):  # all tasks of a process write where they were to one file
        stack = stack or last_stack(places, there, thread)
        signals.append(last_signal(places, there))
    signal = next((each for each in signals if each is not None), None)
    return Remains(
        is_there=is_there(pid),
        calls=calls_of(places, task),
        killings=tuple(note for note in killings_noted(places) if note.pid == pid),
        exit_code=None if signal is None else -signal,
        stack=tuple(stack),
        log_lines=tuple(last_log_lines(places, task)),
    )
