"""The other end: slots asked for over a comm, and received where they shall be."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from distributed.comm import connect
from distributed.comm.core import CommClosedError
from distributed.comm.tcp import TCP

from daskflow.transport.far.protocol import READY, Answer

CONNECT_S = 2.0
"""How long it may take to reach a worker; then another on its host is tried, or the scheduler."""

READY_S = 30.0
"""How long one that was reached may take to say that it serves."""

SILENCE_S = 30.0
"""How long it may then be silent while something is asked of it. Its process may be stopped, with the
connection as it was; what is cut off, the system's own keepalive notices."""

WAKE_BYTES = 1 << 18
"""The event loop is not woken for less of a slot than this: each time costs as much as receiving it does, and
needs the interpreter, which the node may be using."""

Receive = Callable[[Answer], memoryview]
"""Says where the bytes that follow an answer are to go."""


class _Asked(NamedTuple):
    receive: Receive
    answer: asyncio.Future[Answer]


class Line:
    """Asks one worker for slots of a run. Several requests may be under way; it answers them in order.

    Lives on an event loop.

    Parameters
    ----------
    comm : distributed.comm.Comm
        As `Line.open` opens it.
    """

    def __init__(self, comm: Any) -> None:
        self._comm = comm
        self._asked: deque[_Asked] = deque()
        self._heard_s = 0.0  # when something came last, or was awaited first
        self._sending = asyncio.Lock()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls,
        address: str,
        operation: str,
        run_id: str,
        connection_args: Mapping[str, Any],
        forms: Sequence[str],
    ) -> Line:
        """A line to a worker, or to the scheduler as a relay; slots come in `forms` of compression.

        Raises
        ------
        OSError
            It cannot be reached, or knows of no such run.
        """
        comm = await connect(address, timeout=CONNECT_S, **connection_args)
        try:
            # Over TCP and TLS the bytes of a slot go straight into its replica: through Dask's messages they
            # would be copied, after memory was found for them.
            is_raw = isinstance(comm, TCP)
            await comm.write({"op": operation, "run": run_id, "forms": list(forms), "raw": is_raw})
            if await asyncio.wait_for(comm.read(), READY_S) != READY:
                raise ConnectionRefusedError(f"{address} serves no slots of run {run_id}")
        except BaseException:
            comm.abort()
            raise
        return cls(comm)

    async def ask(self, slot: int, edition: int, known: list[int], receive: Receive) -> Answer:
        """Ask for an edition of a slot; its bytes are where `receive` has said when this returns.

        Nothing is written there any more when this has ended, however it did.

        Raises
        ------
        OSError
            The connection is lost, or nothing has come on it for `SILENCE_S`.
        Exception
            What `receive` raises; the line is then of no more use.
        """
        if self._reader.done():
            raise CommClosedError("the line is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        try:
            async with self._sending:
                if not self._asked:
                    self._heard_s = loop.time()
                self._asked.append(_Asked(receive, answer))
                await self._comm.write([slot, edition, known])
            while not answer.done():
                left_s = self._heard_s + SILENCE_S - loop.time()
                if left_s <= 0:
                    raise TimeoutError(f"nothing has come from it for {SILENCE_S:g} s")
                await asyncio.wait([answer], timeout=left_s)
        except BaseException:
            answer.cancel()
            self._comm.abort()  # the bytes may be on their way to where others will write
            raise
        return answer.result()

    @property
    def is_open(self) -> bool:
        """Whether it may still be asked."""
        return not self._reader.done()

    async def close(self) -> None:
        """Hang up."""
        self._comm.abort()
        await asyncio.wait([self._reader])

    async def _read(self) -> None:
        error: Exception = CommClosedError("the line was closed")
        try:
            while True:
                await self._receive(await self._comm.read())
        except Exception as problem:  # noqa: BLE001  told to who asked; what follows cannot be understood
            error = problem
        finally:
            self._comm.abort()
            for_others = CommClosedError(f"the line was closed: {error}")
            for asked in self._asked:
                if not asked.answer.done():
                    asked.answer.set_exception(error)
                    asked.answer.exception()  # as seen, also where nobody waits any more
                error = for_others
            self._asked.clear()

    async def _receive(self, message: Any) -> None:
        is_raw = len(message) == len(Answer._fields)
        answer = Answer(*message) if is_raw else Answer(*message[:-1])
        asked = self._asked[0]
        if asked.answer.done():
            raise CommClosedError("what was asked for is not awaited any more")
        self._note_heard()
        if answer.size_bytes:
            target = asked.receive(answer)
            if is_raw:
                if self._comm.stream is None:
                    raise CommClosedError("the line was closed")
                await self._read_into(self._comm.stream, target, is_plain=type(self._comm) is TCP)
            else:
                np.copyto(np.frombuffer(target, np.uint8), np.frombuffer(message[-1], np.uint8))
        self._asked.popleft()
        if not asked.answer.done():  # it may have been given up meanwhile
            asked.answer.set_result(answer)

    async def _read_into(self, stream: Any, target: memoryview, *, is_plain: bool) -> None:
        """Fill `target` from a stream of Tornado, of which TLS knows better than the socket what has come."""
        came, wake_bytes = 0, 0
        try:
            while came < len(target):
                wanted = min(WAKE_BYTES, len(target) - came)
                if is_plain and wanted != wake_bytes:
                    wake_bytes = wanted
                    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wake_bytes)
                piece = target[came:] if is_plain else target[came : came + wanted]
                came += await stream.read_into(piece, partial=is_plain)
                self._note_heard()
        finally:
            if is_plain and stream.socket is not None:
                stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def _note_heard(self) -> None:
        self._heard_s = asyncio.get_running_loop().time()
