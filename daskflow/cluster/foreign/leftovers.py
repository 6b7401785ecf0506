"""What lost processes leave behind on their hosts, dealt with from the scheduler."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from daskflow.cluster.aftermath import Aftermath
from daskflow.cluster.foreign.hosts import Hosts
from daskflow.cluster.foreign.inquests import Process
from daskflow.deadletters import DeadLetter, DeadLetterError, DeadLetterFolder
from daskflow.ledger import Dead
from daskflow.ledger.slots import slot_owner
from daskflow.runtime.far_letters import keep_sealed_here
from daskflow.runtime.remains import Remains
from daskflow.transport.call_record import Calls
from daskflow.transport.far.server import drop_slots, slots_of_owner

logger = logging.getLogger("daskflow.cluster")

AT_MOST_S = 10.0
"""How long a worker may take over it; it goes with the run in any case."""

LETTER_S = 60.0
"""How long a letter may take to be written: its inputs come from other hosts."""


class ForeignAftermath(Aftermath):
    """Knows of processes what was found on their hosts; what is to be done there is done in the background.

    Parameters
    ----------
    *args
        As for `Aftermath`.
    loop : asyncio.AbstractEventLoop
        The scheduler's.
    in_ledger : callable
        Has a function called in the ledger's thread.
    run_id : str
        The run.
    hosts : Hosts
        The way to its hosts.
    tags : dict of (int, int) to str
        The tag of the host of each task and incarnation that has joined; grows.
    hostname_of : callable
        What people call the host of a task and incarnation.
    """

    def __init__(
        self,
        *args: Any,
        loop: asyncio.AbstractEventLoop,
        in_ledger: Callable[..., object],
        run_id: str,
        hosts: Hosts,
        tags: dict[tuple[int, int], str],
        hostname_of: Callable[[int, int], str],
    ) -> None:
        super().__init__(*args)
        self.host_of = hostname_of
        self._loop = loop
        self._in_ledger = in_ledger
        self._run_id = run_id
        self._hosts = hosts
        self._tags = tags
        self._unwanted: list[int] = []
        self._remains: dict[int, Remains] = {}  # of each task's last process that was asked for
        self._letters: list[concurrent.futures.Future[None]] = []

    # -- what was found of a process --------------------------------------------------------------------

    def take_in(self, process: Process, remains: Remains) -> None:
        """Take note of what was found of a process, which is about to be lost."""
        self._remains[process.task] = remains
        if remains.exit_code is not None:
            self.note_exit(process.pid, remains.exit_code)
        for killing in remains.killings:
            if killing.task == process.task:
                words = f"its process {process.pid} is killed: {killing.words}"
                self._say(logging.WARNING, self._specs[process.task], words, killing.number)

    def calls_of(self, task: int) -> Calls | None:
        """The calls of a task's last process, with none in hand that is not to blame for its end."""
        remains = self._remains.get(task)
        if remains is None or remains.calls is None:
            return None
        is_neighbours = bool(remains.killings) and all(killing.task != task for killing in remains.killings)
        if remains.is_there or is_neighbours:
            return remains.calls._replace(in_hand=None, several=False)
        return remains.calls

    def note_exit(self, pid: int, exit_code: int | None) -> None:
        """Take note of how a process ended, where that is known: Dask does not say it."""
        if exit_code is not None:
            super().note_exit(pid, exit_code)

    def _last_stack(self, task: int) -> Sequence[str]:
        return self._remains[task].stack if task in self._remains else ()

    def _last_log_lines(self, task: int) -> Sequence[str]:
        return self._remains[task].log_lines if task in self._remains else ()

    # -- dead letters -----------------------------------------------------------------------------------

    def _keep(self, folder: str, letter: DeadLetter, dead: Dead, bury: Callable[[], object]) -> None:
        """Have a letter kept where the task was, as are those of what its node raises."""
        # In the ledger's thread, where the incarnation is still that of the process that died.
        host = self._tags.get((dead.task.index, dead.task.incarnation), "")
        keeping = self._keep_there(host, folder, letter, dead, bury)
        self._letters.append(asyncio.run_coroutine_threadsafe(keeping, self._loop))

    async def _keep_there(
        self, host: str, folder: str, letter: DeadLetter, dead: Dead, bury: Callable[[], object]
    ) -> None:
        hosts = dict.fromkeys((host, *list(self._tags.values())))
        descriptors = [each.descriptor for each in dead.inputs]
        try:
            problem = await self._hosts.call_on_first(
                hosts, keep_sealed_here, self._run_id, folder, letter, descriptors, timeout_s=LETTER_S
            )
            if problem is None:
                alone = replace(letter, no_payload="no worker that could read them has answered")
                problem = await asyncio.to_thread(_kept_here, folder, alone)
        finally:
            self._in_ledger(bury)
        if problem:
            self._in_ledger(self._note_not_kept, dead, problem)

    async def finish(self) -> None:
        """Wait for what is being kept, before it is removed with the run."""
        if self._letters:
            letters = [asyncio.wrap_future(letter) for letter in self._letters]
            await asyncio.wait(letters, timeout=LETTER_S)

    # -- slots ------------------------------------------------------------------------------------------

    def remove_slot(self, slot: int) -> None:
        """Remove the file of a slot, and its replicas, soon; several at once where there are several."""
        self._unwanted.append(slot)
        if len(self._unwanted) == 1:
            asyncio.run_coroutine_threadsafe(self._remove(), self._loop)

    def remove_slots_of(self, task: int, incarnation: int) -> None:
        """Remove the slots of a process that is gone, where nobody holds them, soon."""
        asyncio.run_coroutine_threadsafe(self._remove_those_of(task, incarnation), self._loop)

    async def _remove(self) -> None:
        slots, self._unwanted = self._unwanted, []
        await self._call(drop_slots, slots)

    async def _remove_those_of(self, task: int, incarnation: int) -> None:
        found = await self._call(slots_of_owner, task, incarnation)
        slots = {slot for here in found for slot in here if slot_owner(slot) == (task, incarnation)}
        unheld = [slot for slot in slots if not self._ledger.holds_slot(slot)]  # of a dead one, for good
        if unheld:
            await self._call(drop_slots, unheld)

    async def _call(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        hosts = set(self._tags.values())
        try:
            async with asyncio.timeout(AT_MOST_S):
                found: list[Any] = await self._hosts.call_on_each(hosts, function, self._run_id, *arguments)
                return found
        except (OSError, TimeoutError) as error:
            logger.info("slots of run %s stay until its end: %r", self._run_id, error)
            return []


def _kept_here(folder: str, letter: DeadLetter) -> str:
    """Keep a letter without its inputs in this process; returns why that could not be, or nothing."""
    try:
        DeadLetterFolder(folder).keep(letter, None)
    except DeadLetterError as problem:
        return str(problem)
    return ""
