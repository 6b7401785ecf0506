"""A task's slots on other hosts: fetched ahead while it works, waited for when it needs them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import mmap
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from daskflow.errors import PayloadLostError
from daskflow.ledger.slots import is_on_gpu
from daskflow.transport.descriptor import Descriptor, editions_of
from daskflow.transport.far.fetcher import Fetcher, Lines
from daskflow.transport.far.host_slots import HostSlots
from daskflow.transport.far.whereabouts import Ask, Whereabouts
from daskflow.transport.places import RunPlaces

_OFTEN = 64
_LOOK_S = 0.5
_CLOSE_S = 5.0


class FarSlots:
    """The slots of other hosts that a task reads.

    What is fetched goes into files of this host's own, from which tasks here read as from those of each
    other. Transfers are made by an event loop in another thread; `fetch` blocks the task's own, nothing else.

    Parameters
    ----------
    places : RunPlaces
        Of the run on this host.
    run_id : str
        The run.
    loop : asyncio.AbstractEventLoop
        Runs in another thread: in a worker the worker's.
    ask : callable
        Asks the scheduler where the slots of a task's process are.
    connection_args : mapping
        Arguments of `distributed.comm.connect`, such as those for TLS.
    relay : str, optional
        The scheduler's address, where workers may be out of reach: in the caller's process.
    """

    def __init__(
        self,
        places: RunPlaces,
        run_id: str,
        loop: asyncio.AbstractEventLoop,
        ask: Ask,
        connection_args: Mapping[str, Any],
        relay: str | None = None,
    ) -> None:
        self.slots = HostSlots(places)
        """The files of this host."""
        self.leases_ahead = 0
        """How many leases the task should hold beyond what is in hand: one to be fetched while it works, if
        inputs come from afar, and two where that was not in time. More would only make messages old."""
        self.look: Callable[[], None] = lambda: None
        """Called from time to time while the task waits; may raise, and so end the waiting."""
        self._loop = loop
        self._lines = Lines(run_id, connection_args)
        self._waiting = ThreadPoolExecutor(2, thread_name_prefix="daskflow waits for a replica")
        self._fetcher = Fetcher(self.slots, self._lines, Whereabouts(ask), self._waiting, relay)
        self._in_time = 0  # fetches in a row
        self._under_way: dict[int, tuple[int, Future[None]]] = {}  # by slot: edition, end

    def begin(self, descriptors: Sequence[Descriptor]) -> None:
        """Begin to fetch what of these is not on this host; does not block."""
        for descriptor in descriptors:
            for slot, edition in editions_of(descriptor):
                if not self._is_here(slot, edition):
                    self._started(slot, edition)

    def fetch(self, slot: int, edition: int) -> mmap.mmap:
        """An edition of a slot, mapped with its trailer; blocks until it is here.

        Raises
        ------
        PayloadLostError
            It cannot be had any more.
        StoreFullError
            There is no room for it on this host.
        """
        if not self._is_here(slot, edition):
            end = self._started(slot, edition)
            self._in_time, self.leases_ahead = 0, 2
            try:
                self._wait(end)
            finally:
                self._under_way.pop(slot, None)
                end.cancel()  # it goes on otherwise where `look` has ended the waiting
        elif self.leases_ahead == 2:
            self._in_time += 1
            if self._in_time == _OFTEN:
                self.leases_ahead = 1
        memory = self.slots.map(slot)
        if memory is None:
            raise PayloadLostError("its file was removed: the run has ended", (slot,))
        return memory

    def close(self) -> None:
        """End what is under way, and hang up; blocks for a moment."""
        with contextlib.suppress(RuntimeError, OSError, concurrent.futures.CancelledError):  # the loop's end
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_CLOSE_S)
        self._waiting.shutdown(wait=False)
        self.slots.forget()

    def _is_here(self, slot: int, edition: int) -> bool:
        # What is in GPU memory is read on its own host alone: the plan sees to that.
        return is_on_gpu(slot) or self.slots.edition(slot) == edition

    def _started(self, slot: int, edition: int) -> Future[None]:
        under_way = self._under_way.get(slot)
        if under_way is not None and under_way[0] == edition:
            return under_way[1]
        self.leases_ahead = self.leases_ahead or 1
        try:
            end = asyncio.run_coroutine_threadsafe(self._fetcher.obtain(slot, edition), self._loop)
        except RuntimeError:
            raise PayloadLostError("the event loop of this process is closed", (slot,)) from None
        self._under_way[slot] = edition, end
        return end

    def _wait(self, end: Future[None]) -> None:
        while True:
            try:
                end.result(_LOOK_S)
            except concurrent.futures.TimeoutError:
                if end.done():
                    raise
                self.look()
            except concurrent.futures.CancelledError:
                raise PayloadLostError("the run has ended") from None
            else:
                return

    async def _close(self) -> None:
        for _, end in self._under_way.values():
            end.cancel()
        await self._lines.close()
