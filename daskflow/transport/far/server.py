"""Slots of this host, served to other hosts by any Dask worker on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from distributed.core import Status

from daskflow.transport.far.host_slots import HostSlots
from daskflow.transport.far.presence import arrive, leave, places_here
from daskflow.transport.far.protocol import OPERATION
from daskflow.transport.far.serving import Shelf, serve
from daskflow.transport.hosts import host_tag

_RUN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")  # part of the name of a folder


def serve_slots(worker: Any) -> None:
    """Have a worker serve the slots of all runs on its host; a second time changes nothing.

    They are served from their files, whoever wrote them: the process may be gone.
    """
    if OPERATION not in worker.handlers:
        worker.handlers[OPERATION] = _Desk(worker).serve


class _Desk:
    """Serves at a worker."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._runs: dict[str, tuple[HostSlots, int]] = {}  # with the number of lines to it

    async def serve(self, comm: Any, run: str, forms: Sequence[str], raw: bool) -> Status:
        """What the worker calls when somebody wants a line to a run's slots; returns when the line ends."""
        if not _RUN_ID.fullmatch(run):
            comm.abort()
            return Status.dont_reply
        try:  # what is asked for here may be all that is left of a task: who serves it keeps it
            places = arrive(run, host_tag(self._worker.address), is_first=False)
        except OSError:
            comm.abort()  # there is no such run here, or none any more
            return Status.dont_reply
        slots, lines = self._runs.get(run, (HostSlots(places), 0))
        self._runs[run] = slots, lines + 1
        try:
            await serve(comm, raw, Shelf(slots, forms).find)
        finally:
            slots, lines = self._runs.pop(run)
            if lines > 1:
                self._runs[run] = slots, lines - 1
            else:
                slots.forget()
        return Status.dont_reply


def remove_places(run_id: str, dask_worker: Any = None) -> None:
    """Remove what a run has on a worker's host; for `Client.run`, which gives the worker.

    To be called on all workers, when its tasks have ended. Blocks for a moment.
    """
    leave(run_id, host_tag(dask_worker.address))


def drop_slots(run_id: str, slots: Sequence[int], dask_worker: Any = None) -> None:
    """Remove slots that nobody holds and whose owner is gone from a worker's host, replicas too.

    For `Client.run`: on one worker of each host of the run.
    """
    places = places_here(run_id, host_tag(dask_worker.address))
    if places is not None:
        here = HostSlots(places)
        for slot in slots:
            here.drop(slot)


def slots_of_owner(run_id: str, task: int, incarnation: int, dask_worker: Any = None) -> list[int]:
    """The slots of a task's process that are on a worker's host, replicas too; for `Client.run`.

    What of these is held by nobody is for `drop_slots`.
    """
    places = places_here(run_id, host_tag(dask_worker.address))
    return [] if places is None else HostSlots(places).of_owner(task, incarnation)
