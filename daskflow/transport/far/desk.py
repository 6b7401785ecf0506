"""What the scheduler says of slots, and does for who reaches no worker: it fetches them in their stead."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from distributed.comm.core import CommClosedError
from distributed.core import Status

from daskflow.ledger.slots import slot_owner
from daskflow.transport.far.fetcher import Lines
from daskflow.transport.far.protocol import RELAY, WHEREABOUTS, Answer
from daskflow.transport.far.serving import NOTHING, Found, serve

WhereIs = Callable[[int, int], Mapping[str, Any] | None]
"""Takes task and incarnation; answers ``{"host": tag, "workers": [addresses]}``, None if they are gone."""

_desks: dict[str, SlotDesk] = {}
"""By run id. Not kept by handlers: Dask remembers for ever each handler that it has called."""


class SlotDesk:
    """Answers for a run at its scheduler. Lives on the scheduler's event loop.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        Whose operations it adds to.
    run_id : str
        The run.
    where_is : callable
        Says where the slots of a task's process are. One whose host is there, though no worker on it at the
        moment, has an empty list of workers: who asks then asks again for some seconds.
    """

    def __init__(self, scheduler: Any, run_id: str, where_is: WhereIs) -> None:
        self._scheduler = scheduler
        self._run_id = run_id
        self.where_is = where_is

    def open(self) -> None:
        """Begin to answer."""
        _desks[self._run_id] = self
        self._scheduler.handlers[WHEREABOUTS] = _whereabouts
        self._scheduler.handlers[RELAY] = _relay

    def close(self) -> None:
        """End it; who is being served is served."""
        _desks.pop(self._run_id, None)
        if not any(desk._scheduler is self._scheduler for desk in _desks.values()):
            self._scheduler.handlers.pop(WHEREABOUTS, None)
            self._scheduler.handlers.pop(RELAY, None)

    async def relay(self, comm: Any, is_raw: bool, forms: Sequence[str]) -> None:
        """Fetch for who asks on a comm, in the forms that they can read, until it ends."""
        lines = Lines(self._run_id, self._scheduler.connection_args, forms)

        async def find(slot: int, edition: int, known: list[int]) -> Found:
            place = self.where_is(*slot_owner(slot))
            if place is None:
                return NOTHING
            for address in place["workers"]:
                parts: list[bytearray] = []

                def receive(answer: Answer, parts: list[bytearray] = parts) -> memoryview:
                    parts.append(bytearray(answer.size_bytes))
                    return memoryview(parts[0])

                with contextlib.suppress(OSError):
                    line = await lines.to(address)
                    answer = await line.ask(slot, edition, known, receive)
                    return answer, parts[0] if parts else b""
            # Not the same as nothing: hung up on, who asks tries again for a while.
            raise CommClosedError(f"no worker on host {place['host']} answers")

        try:
            await serve(comm, is_raw, find)
        finally:
            await lines.close()


async def _whereabouts(run: str, task: int, incarnation: int) -> Mapping[str, Any] | None:
    desk = _desks.get(run)
    return None if desk is None else desk.where_is(task, incarnation)


async def _relay(comm: Any, run: str, forms: Sequence[str], raw: bool) -> Status:
    desk = _desks.get(run)
    if desk is None:
        comm.abort()  # the run has ended
    else:
        await desk.relay(comm, raw, forms)
    return Status.dont_reply
