"""What became of a process on another host: asked there before the ledger hears of its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from daskflow.cluster.foreign.hosts import Hosts
from daskflow.cluster.foreign.roster import Roster
from daskflow.runtime.remains import Remains, remains_here

logger = logging.getLogger("daskflow.cluster")

PATIENCE_S = 5.0
"""How long it is waited for a worker that can be asked: the one that died may be the only one on its host,
and is started anew by its nanny."""

ANSWER_S = 2.0
_PAUSE_S = 0.1


class Process(NamedTuple):
    """A process that has joined the run.

    Attributes
    ----------
    task, incarnation, pid : int
        Of the task, and of the system.
    host : str
        The tag of its host; empty for the caller's own.
    address : str
        Of its worker.
    has_nanny : bool
        Whether the worker is started anew when it dies.
    """

    task: int
    incarnation: int
    pid: int
    host: str
    address: str
    has_nanny: bool


class Inquests:
    """Asks once for what each process has left. Lives on the scheduler's event loop.

    Parameters
    ----------
    run_id : str
        The run.
    hosts : Hosts
        The way to its hosts.
    roster : Roster
        The workers.
    tell : callable
        Called with a process that has left its task, and with what is known of it.
    """

    def __init__(
        self, run_id: str, hosts: Hosts, roster: Roster, tell: Callable[[Process, Remains], object]
    ) -> None:
        self._run_id = run_id
        self._hosts = hosts
        self._roster = roster
        self._tell = tell
        self._last: dict[int, Process] = {}  # of each task
        self._held: dict[Process, asyncio.Task[None]] = {}

    def note_joined(self, process: Process) -> None:
        """Take note that a process has joined; from any thread."""
        self._last[process.task] = process

    async def hold(self, task: int, incarnation: int | None = None) -> Process | None:
        """Find out what became of a task's last process, and tell; returns the process when that is done.

        Parameters
        ----------
        task : int
            Index of the task.
        incarnation : int, optional
            Which process is meant: if that is not the last one any more, nothing is done.
        """
        process = self._last.get(task)
        if process is None or not process.host or incarnation not in (None, process.incarnation):
            return None
        if process not in self._held:
            self._held[process] = asyncio.create_task(self._hold(process))
        await asyncio.shield(self._held[process])
        return process

    async def _hold(self, process: Process) -> None:
        try:
            remains = await self._remains(process)
        except Exception:  # a run shall not hang where it can go on knowing less
            logger.exception("process %d on host %s could not be asked for", process.pid, process.host)
            remains = Remains()
        if remains.is_there:
            del self._held[process]  # it may die yet
        self._tell(process, remains)

    async def _remains(self, process: Process) -> Remains:
        """What its host says; nothing where nobody there answers in time."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + PATIENCE_S
        while True:
            found: Remains | None = await self._hosts.call_on_first(
                [process.host],
                remains_here,
                self._run_id,
                process.task,
                process.pid,
                timeout_s=ANSWER_S,
                avoided=process.address,
            )
            comes_again = process.has_nanny or self._roster.on_host(process.host)
            if found is not None or loop.time() > end_s or not comes_again:
                return found or Remains()
            await asyncio.sleep(_PAUSE_S)
