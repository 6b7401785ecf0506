"""The scheduler's end of the comms over which tasks reach the ledger of their run."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from distributed.core import Status

from daskflow.transport.comm_stream import JOIN, JOINED, CommStream
from daskflow.transport.connection import Connection
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.wire import MalformedFrame

CLOSE_S = 5.0
"""How long `CommServer.close` waits for its connections to notice."""

_servers: dict[str, CommServer] = {}
"""By run id. Not kept by the handler: Dask remembers for ever each handler that it has called."""


class CommServer:
    """Serves the tasks of a run, wherever they are. Its methods are called on the scheduler's event loop.

    What comes is handed to the ledger's thread, and what that says is sent by the loop.

    It registers an operation with the scheduler, which several runs share. The comm of a task that joins
    stays in the hands of this class until it ends, as those of Dask's own workers and clients do.

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
        self._streams: dict[CommStream, asyncio.Task[Any]] = {}

    async def start(self, scheduler: Any, run_id: str) -> None:
        """Let the tasks of a run join over comms to `scheduler`."""
        self._scheduler, self._run_id = scheduler, run_id
        _servers[run_id] = self
        scheduler.handlers[JOIN] = _join

    async def close(self) -> None:
        """Let nobody join and break all connections: who still waits for an answer hears of it."""
        if _servers.pop(self._run_id, None) is None:
            return
        if not any(server._scheduler is self._scheduler for server in list(_servers.values())):
            self._scheduler.handlers.pop(JOIN, None)
        for stream in self._streams:
            stream.abort()
        if self._streams:
            await asyncio.wait(self._streams.values(), timeout=CLOSE_S)

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
            try:
                if self._before_loss is not None:
                    await self._before_loss(connection)
            finally:
                self._thread.post(connection.lost)


async def _join(comm: Any, run: str) -> Status:
    """What the scheduler calls when a task wants to join a run; returns when its comm has ended."""
    server = _servers.get(run)
    if server is None:
        comm.abort()  # the run has ended
    else:
        await server.serve(comm)
    return Status.dont_reply
