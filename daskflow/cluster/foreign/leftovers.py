"""What lost processes leave behind on their hosts, removed from the scheduler."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from daskflow.cluster.aftermath import Aftermath
from daskflow.ledger.slots import slot_owner
from daskflow.transport.far.server import drop_slots, slots_of_owner

logger = logging.getLogger("daskflow.cluster")

AT_MOST_S = 10.0
"""How long a worker may take over it; it goes with the run in any case."""

OnHosts = Callable[..., Any]
"""Calls a function on one worker of each host of the run; awaited, for what they return."""


HostOf = Callable[[int, int], str]


class ForeignAftermath(Aftermath):
    """Removes slots on the hosts where they are, in the background.

    Parameters
    ----------
    *args
        As for `Aftermath`.
    loop : asyncio.AbstractEventLoop
        The scheduler's.
    run_id : str
        The run.
    on_hosts : callable
        Reaches the hosts.
    host_of : callable
        The name of the host of a task and incarnation.
    """

    def __init__(
        self, *args: Any, loop: asyncio.AbstractEventLoop, run_id: str, on_hosts: OnHosts, host_of: HostOf
    ) -> None:
        super().__init__(*args)
        self.host_of = host_of
        self._loop = loop
        self._run_id = run_id
        self._on_hosts = on_hosts
        self._unwanted: list[int] = []

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
        try:
            async with asyncio.timeout(AT_MOST_S):
                found: list[Any] = await self._on_hosts(function, self._run_id, *arguments)
                return found
        except (OSError, TimeoutError) as error:
            logger.info("slots of run %s stay until its end: %r", self._run_id, error)
            return []
