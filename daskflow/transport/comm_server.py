"""The scheduler's end of the ways by which tasks on any host reach the ledger of their run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from distributed.core import Status

from daskflow.transport.comm_stream import CommStream
from daskflow.transport.connection import Connection
from daskflow.transport.joining import HANDED_OVER, JOIN, JOINED, can_be_handed_over, handed_over
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.peers import Peers
from daskflow.transport.wire import MalformedFrame

CLOSE_S = 5.0
"""How long `CommServer.close` waits for its connections to notice."""

_servers: dict[str, CommServer] = {}
"""By run id. Not kept by the handler: Dask remembers for ever each handler that it has called."""


class CommServer:
    """Serves the tasks of a run, wherever they are. Its methods are called on the scheduler's event loop.

    It registers an operation with the scheduler, which several runs share. Where a task joins over plain
    TCP, the ledger's thread takes its socket over. Any other comm stays in the hands of this class until it
    ends, as those of Dask's own workers and clients do: what comes is handed to the ledger's thread, and
    what that says is sent by the loop.

    Parameters
    ----------
    thread : LedgerThread
        The run's.
    before_loss : callable, optional
        Awaited with a connection that has ended, before the ledger hears of it.
    """

    def __init__(
        self,
        thread: LedgerThread,
        before_loss: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self._thread = thread
        self._before_loss = before_loss
        self._scheduler: Any = None
        self._run_id = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._streams: dict[CommStream, asyncio.Task[Any]] = {}
        self._peers = Peers(thread) if before_loss is None else Peers(thread, self._lose_soon)
        self._losses: set[asyncio.Task[None]] = set()

    async def start(self, scheduler: Any, run_id: str) -> None:
        """Let the tasks of a run join over comms to `scheduler`."""
        self._scheduler, self._run_id = scheduler, run_id
        self._loop = asyncio.get_running_loop()
        _servers[run_id] = self
        scheduler.handlers[JOIN] = _join

    async def close(self) -> None:
        """Let nobody join and break all connections: who still waits for an answer hears of it."""
        if _servers.pop(self._run_id, None) is None:
            return
        if not any(server._scheduler is self._scheduler for server in list(_servers.values())):
            self._scheduler.handlers.pop(JOIN, None)
        self._thread.post(self._peers.close)
        for stream in self._streams:
            stream.abort()
        if self._streams:
            await asyncio.wait(self._streams.values(), timeout=CLOSE_S)

    async def take_over(self, comm: Any) -> None:
        """Have the ledger's thread serve a task over the socket of its comm."""
        await comm.write(HANDED_OVER)
        connected = await handed_over(comm)
        if _servers.get(self._run_id) is self:
            self._thread.post(self._peers.add, connected)
        else:  # the run has ended meanwhile
            connected.close()

    async def serve(self, comm: Any) -> None:
        """Serve a task until its comm ends."""
        task = asyncio.current_task()
        assert task is not None
        stream = CommStream(comm)
        loop = asyncio.get_running_loop()

        def send(frame: list[Any]) -> None:
            if stream.put(frame):
                with contextlib.suppress(RuntimeError):  # the loop was closed: its end tells the task
                    loop.call_soon_threadsafe(stream.wake)

        connection = self._thread.service.connect(send)
        self._streams[stream] = task
        try:
            await comm.write(JOINED)
            await stream.exchange(lambda frames: self._thread.post(connection.take_in, frames))
        except MalformedFrame as error:
            self._thread.post(connection.refuse, error)
        finally:
            comm.abort()
            del self._streams[stream]
            await self._lose(connection)

    async def _lose(self, connection: Connection) -> None:
        try:
            if self._before_loss is not None:
                await self._before_loss(connection)
        finally:
            self._thread.post(connection.lost)

    def _lose_soon(self, connection: Connection) -> None:
        """The same, in the ledger's thread."""

        def begin() -> None:
            task = asyncio.create_task(self._lose(connection))
            self._losses.add(task)
            task.add_done_callback(self._losses.discard)

        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(begin)
        except RuntimeError:  # the loop was closed
            connection.lost()


async def _join(comm: Any, run: str, hand_over: bool = False) -> Status:
    """What the scheduler calls when a task wants to join a run; returns when its comm has ended."""
    server = _servers.get(run)
    if server is None:
        comm.abort()  # the run has ended
    elif hand_over and can_be_handed_over(comm):
        await server.take_over(comm)
    else:
        await server.serve(comm)
    return Status.dont_reply
