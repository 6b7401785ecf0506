"""Gets slots of other hosts into the files of this one, once for all of its tasks."""

from __future__ import annotations

import asyncio
import logging
import math
import mmap
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np

from daskflow.errors import PayloadLostError, StoreFullError
from daskflow.ledger.slots import slot_owner
from daskflow.transport.far.compression import expand, forms_here, give_up
from daskflow.transport.far.host_slots import HostSlots
from daskflow.transport.far.line import Line
from daskflow.transport.far.protocol import OPERATION, RELAY, Answer
from daskflow.transport.far.trailer import blank_trailer, unpacked, write_trailer
from daskflow.transport.far.whereabouts import Place, Whereabouts

logger = logging.getLogger("daskflow.transport")

PATIENCE_S = 30.0
"""How long a host is tried again that is there, but has no worker that answers: one may just be starting, or
be held up. As long as Dask itself tries, and counted from when that was first noticed."""

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0

_WORKERS_FIRST = 2
"""How many workers of a host are tried before the scheduler: each may take `CONNECT_S`."""

_OUT_OF_REACH = 2
"""When so many payloads in a row could be had through the scheduler alone, it alone is asked."""

Way = Callable[[], Awaitable[Line]]
"""Opens a line, or takes one that is open."""


class Lines:
    """Lines to workers, opened as they are needed. Lives on an event loop.

    Parameters
    ----------
    run_id : str
        Whose slots are asked for.
    connection_args : mapping
        Arguments of `distributed.comm.connect`, such as those for TLS.
    forms : sequence of str, optional
        Forms of compression in which slots may come. If not given those that this process can read, as far as
        is known when a line is opened.
    """

    def __init__(
        self, run_id: str, connection_args: Mapping[str, Any], forms: Sequence[str] | None = None
    ) -> None:
        self._forms = forms
        self._run_id = run_id
        self._connection_args = connection_args
        self._lines: dict[tuple[str, str], asyncio.Task[Line]] = {}

    async def to(self, address: str, operation: str = OPERATION) -> Line:
        """A line to a worker, or to the scheduler; one that is open if there is one.

        Raises
        ------
        OSError
            It cannot be reached, or serves no slots of the run.
        """
        key = address, operation
        opening = self._lines.get(key)
        if opening is None or (opening.done() and not (_is_opened(opening) and opening.result().is_open)):
            forms = forms_here() if self._forms is None else self._forms
            opening = self._lines[key] = asyncio.create_task(
                Line.open(address, operation, self._run_id, self._connection_args, forms)
            )
        return await asyncio.shield(opening)

    async def close(self) -> None:
        """Hang up."""
        while self._lines:
            _, opening = self._lines.popitem()
            if _is_opened(opening):
                await opening.result().close()
            else:
                opening.cancel()


def _is_opened(opening: asyncio.Task[Line]) -> bool:
    return opening.done() and not opening.cancelled() and opening.exception() is None


class Fetcher:
    """Gets editions of slots. Lives on an event loop.

    Parameters
    ----------
    slots : HostSlots
        Where they go.
    lines : Lines
        The ways to the workers.
    whereabouts : Whereabouts
        Says which of them to ask.
    waiting : concurrent.futures.Executor
        Where it is waited for what another process is fetching.
    relay : str, optional
        The scheduler's address, which is asked where no worker can be reached.
    """

    def __init__(
        self,
        slots: HostSlots,
        lines: Lines,
        whereabouts: Whereabouts,
        waiting: Executor,
        relay: str | None = None,
    ) -> None:
        self._slots = slots
        self._lines = lines
        self._whereabouts = whereabouts
        self._waiting = waiting
        self._relay: Way | None = None if relay is None else partial(lines.to, relay, RELAY)
        self._relayed: dict[str, int] = {}  # by host: payloads in a row that came through the scheduler

    async def obtain(self, slot: int, edition: int) -> None:
        """See to it that an edition of a slot is on this host.

        Raises
        ------
        PayloadLostError
            It cannot be had any more.
        StoreFullError
            There is no room for it.
        """
        while self._slots.edition(slot) != edition:
            try:
                lock = self._slots.lock(slot)
                if lock is None:  # somebody else is fetching it
                    lock = await self._lock_after_other(slot)
            except FileNotFoundError:
                raise PayloadLostError("the run's folder is gone: the run has ended", (slot,)) from None
            try:
                if self._slots.edition(slot) != edition:
                    await self._fetch(slot, edition)
            finally:
                os.close(lock)

    async def _lock_after_other(self, slot: int) -> int:
        wait = partial(self._slots.lock, slot, wait=True)
        waiting = asyncio.get_running_loop().run_in_executor(self._waiting, wait)
        try:
            lock = await asyncio.shield(waiting)
        except asyncio.CancelledError:
            waiting.add_done_callback(_let_go)
            raise
        assert lock is not None
        return lock

    async def _fetch(self, slot: int, edition: int) -> None:
        end_s, pause_s, is_new = math.inf, _FIRST_PAUSE_S, False
        while True:
            ways: list[Way] = []
            try:
                place = await self._whereabouts.of(*slot_owner(slot), is_new=is_new)
            except OSError as error:
                why = f"the scheduler cannot be asked where it is: {error}"
            else:
                if place is None:
                    raise PayloadLostError("its host is gone", (slot,))
                why, ways = f"no worker is left on host {place.host}", self._ways(place)
            for way in ways:
                assert place is not None
                try:
                    if await self._ask(way, slot, edition):
                        if way is not self._relay:
                            self._relayed.pop(place.host, None)
                        elif place.workers:
                            self._note_relayed(place.host)
                        return
                    why = f"host {place.host} does not have it any more"
                    end_s = 0.0 if is_new else end_s
                    break  # all workers of a host have the same files
                except StoreFullError:
                    raise
                except OSError as error:
                    why = f"host {place.host} does not answer: {error}"
                except (ValueError, RuntimeError) as error:
                    why = f"host {place.host} sent what cannot be read: {error}"
                    raise PayloadLostError(why, (slot,)) from error
                end_s = min(end_s, time.monotonic() + PATIENCE_S)  # what it took until then does not count
                if time.monotonic() > end_s:
                    break
            if is_new and time.monotonic() > end_s:
                raise PayloadLostError(why, (slot,))
            end_s = min(end_s, time.monotonic() + PATIENCE_S)
            if is_new:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            is_new = True

    def _ways(self, place: Place) -> list[Way]:
        """Lines on which a host may be asked, the best first."""
        ways: list[Way] = [partial(self._lines.to, address) for address in place.workers]
        if self._relay is None:
            return ways
        if self._relayed.get(place.host, 0) >= _OUT_OF_REACH:
            return [self._relay]
        ways.insert(_WORKERS_FIRST, self._relay)
        return ways

    def _note_relayed(self, host: str) -> None:
        """Take note that the scheduler has reached a worker on a host, and we have not.

        Once may be because one was just starting again.
        """
        count = self._relayed[host] = self._relayed.get(host, 0) + 1
        if count == _OUT_OF_REACH:
            logger.warning(
                "no worker on host %s can be reached from here: what is delivered from there goes through "
                "the scheduler, which is slower and loads it",
                host,
            )

    async def _ask(self, way: Way, slot: int, edition: int) -> bool:
        """Fetch an edition on a line; False if it is not at the other end."""
        memory = self._slots.map(slot)
        # A slot that is new to this host is mostly so because others were retired.
        known = (
            [] if memory is not None else [s for s in self._slots.of_owner(*slot_owner(slot)) if s != slot]
        )
        line = await way()
        made: list[mmap.mmap] = []
        parts: list[bytearray] = []

        def receive(answer: Answer) -> memoryview:
            replica = self._slots.replica(slot, answer.capacity)
            blank_trailer(replica)
            made.append(replica)
            if not answer.form:
                return memoryview(replica)[: answer.size_bytes]
            parts.append(bytearray(answer.size_bytes))
            return memoryview(parts[0])

        answer = await line.ask(slot, edition, known, receive)
        if not made:
            return False
        if parts:
            about = unpacked(answer.about)
            target = np.frombuffer(made[0], np.uint8, about.size_bytes)
            work = partial(expand, answer.form, about, memoryview(parts[0]), target)
            try:
                await _to_its_end(asyncio.get_running_loop().run_in_executor(None, work))
            except ImportError as error:
                give_up(answer.form, error)
                await line.close()  # the next one says so to the other side
                raise ConnectionError(f"it sent {answer.form}, which cannot be read here") from error
        write_trailer(made[0], edition, answer.about)
        for each in answer.gone:
            self._slots.drop(each)
        return True


async def _to_its_end(work: asyncio.Future[None]) -> None:
    """Wait for what writes to a replica in another thread, also if cancelled: it needs the lock."""
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _let_go(waiting: asyncio.Future[int | None]) -> None:
    if not waiting.cancelled() and waiting.exception() is None:
        lock = waiting.result()
        if lock is not None:
            os.close(lock)
