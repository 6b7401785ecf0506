"""One end of a line to slots: requests in, slots out, in the order of the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

import numpy as np
from distributed.comm.core import CommClosedError
from distributed.protocol import to_serialize

from daskflow.transport.far.compression import compressed, form_for
from daskflow.transport.far.host_slots import HostSlots
from daskflow.transport.far.protocol import NOT_THERE, READY, Answer
from daskflow.transport.far.trailer import PAGE, about_of, edition_of, unpacked

MOST_UNDER_WAY = 64
"""Requests that are read ahead of their answers, by far."""

Found = tuple[Answer, Any]
"""The answer, and the bytes that follow it."""

NOTHING: Found = (NOT_THERE, b"")


async def serve(comm: Any, is_raw: bool, find: Callable[[int, int, list[int]], Awaitable[Found]]) -> None:
    """Answer requests for slots until the comm ends.

    Parameters
    ----------
    comm : distributed.comm.Comm
        On which nobody else reads or writes.
    is_raw : bool
        Whether the bytes of slots are to follow the answers on the comm's own stream, straight from where
        they are. Else they are in the messages, as Dask sends them over any kind of comm.
    find : callable
        Takes a slot, its edition, and slots of the same owner that the asker has replicas of.
    """
    answers: asyncio.Queue[asyncio.Future[Found]] = asyncio.Queue(MOST_UNDER_WAY)
    writer = asyncio.create_task(_write(comm, is_raw, answers))
    try:
        await comm.write(READY)
        while True:
            slot, edition, known = await comm.read()
            finding = asyncio.ensure_future(find(slot, edition, list(known)))
            finding.add_done_callback(_note_seen)
            await answers.put(finding)
    except OSError:
        pass  # the other side has gone, or hung up
    finally:
        comm.abort()
        writer.cancel()
        while not answers.empty():
            answers.get_nowait().cancel()
        await asyncio.wait([writer])


def _note_seen(finding: asyncio.Future[Found]) -> None:
    """Have asyncio not complain of what was found out too late for the writer to tell."""
    if not finding.cancelled():
        finding.exception()


async def _write(comm: Any, is_raw: bool, answers: asyncio.Queue[asyncio.Future[Found]]) -> None:
    try:
        while True:
            answer, data = await (await answers.get())
            if not is_raw:
                await comm.write([*answer, to_serialize(data)])
                continue
            await comm.write(list(answer))
            if answer.size_bytes:
                if comm.stream is None:
                    raise CommClosedError
                await comm.stream.write(data)
    except OSError:
        pass  # the reader hears of it too
    finally:
        comm.abort()  # so that it does, whatever it was


class Shelf:
    """Finds slots of a run among the files of this host.

    Parameters
    ----------
    slots : HostSlots
        Those files.
    forms : collection of str
        Forms of compression that the asker can read.
    """

    def __init__(self, slots: HostSlots, forms: Collection[str]) -> None:
        self._slots = slots
        self._forms = forms

    async def find(self, slot: int, edition: int, known: list[int]) -> Found:
        """A slot's edition, compressed where its node says so."""
        memory = self._slots.map(slot)
        if memory is None or edition_of(memory) != edition:
            return NOTHING
        gone = [each for each in known if not self._slots.has_file(each)]
        packed = about_of(memory)
        about, capacity = unpacked(packed), len(memory) - PAGE
        data: Any = memoryview(memory)[: about.size_bytes]
        form = form_for(about, self._forms)
        if form:
            make = partial(compressed, form, about, np.frombuffer(data, np.uint8))
            smaller = await asyncio.get_running_loop().run_in_executor(None, make)
            form, data = (form, smaller) if smaller is not None else ("", data)
        return Answer(capacity, packed, form, data.nbytes, gone), data
