"""The carrier for tasks on any host that the scheduler reaches: frames over one of Dask's own comms."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import queue
import threading
import weakref
from collections.abc import Coroutine, Mapping
from typing import Any

import dask.config
from dask.utils import parse_timedelta
from distributed.comm import connect

from daskflow.transport.comm_stream import JOIN, JOINED, CommStream

CLOSE_S = 5.0
"""How long a farewell may take; the ledger may be gone without a word."""

NEVER_S = 100 * 365 * 86400.0

_GONE = "the ledger has closed the connection"


class CommCarrier:
    """Frames over a comm to the scheduler, which an event loop reads and writes for the task's thread.

    The comm is the task's own, and is opened as the cluster wishes, TLS included. What comes is handed to
    the task's thread through a queue, on which it blocks.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Runs in another thread, and goes on running: in a worker the worker's.
    address : str
        Where the scheduler is.
    run_id : str
        The run whose ledger to join.
    connection_args : mapping
        Arguments of `distributed.comm.connect`, such as those for TLS.

    Raises
    ------
    ConnectionError
        The scheduler cannot be reached, or knows of no such run (any more).
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        address: str,
        run_id: str,
        connection_args: Mapping[str, Any],
    ) -> None:
        self._loop = loop
        # None stands for the end. A simple queue, because its `put` is reentrant: the collector may end a
        # frame, and so wake, in the middle of anything, a wait on a condition included.
        self._incoming: queue.SimpleQueue[list[list[Any]] | None] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._is_lost = self._is_closed = self._has_ended = False
        self._stream: CommStream | None = None
        self._exchange: asyncio.Task[None] | None = None
        connect_s = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"), default="seconds")
        try:
            self._run_on_loop(self._open(address, run_id, connection_args), 2 * connect_s)
        except OSError as error:
            self.close()
            raise ConnectionError(f"the ledger at {address} was not reached: {error}") from error

    def send(self, frame: list[Any]) -> None:
        """Send a frame."""
        with self._sending:
            if self._is_lost or self._is_closed:
                raise ConnectionResetError(_GONE)
            assert self._stream is not None
            if self._stream.put(frame):
                try:
                    self._loop.call_soon_threadsafe(self._stream.wake)
                except RuntimeError:  # the loop is closed
                    raise ConnectionResetError(_GONE) from None

    def receive(self, *, block: bool, timeout_s: float | None = None) -> list[list[Any]]:
        """The frames that have come."""
        frames: list[list[Any]] = []
        with contextlib.suppress(queue.Empty):
            while not self._has_ended:
                came = self._incoming.get(block, timeout_s)
                block = False
                if came is None:
                    self._has_ended = True
                else:
                    frames += came
        if self._has_ended and not frames:
            raise ConnectionResetError(_GONE)
        return frames

    def wake(self) -> None:
        """Make a blocked `receive` return."""
        self._incoming.put([])

    def close(self) -> None:
        """Say what was sent before, and close the comm; blocks until the ledger has taken it in."""
        with self._sending:
            if self._is_closed:
                return
            self._is_closed = True
        with contextlib.suppress(OSError):
            self._run_on_loop(self._finish(), 2 * CLOSE_S)

    async def _open(self, address: str, run_id: str, connection_args: Mapping[str, Any]) -> None:
        comm = await connect(address, **connection_args)
        try:
            await comm.write({"op": JOIN, "run": run_id})
            if await comm.read() != JOINED:
                raise ConnectionRefusedError(f"it knows of no run {run_id}")
        except BaseException:
            comm.abort()
            raise
        self._stream = CommStream(comm)
        self._exchange = asyncio.create_task(self._work(self._stream))

    async def _work(self, stream: CommStream) -> None:
        alarm = self._watch_loop()
        try:
            await stream.exchange(self._incoming.put)
        finally:
            self._note_loss()
            if (timer := alarm()) is not None:
                timer.cancel()

    def _watch_loop(self) -> weakref.ref[asyncio.TimerHandle]:
        """See to it that nobody waits for ever should the loop be closed over our head.

        A loop that is closed drops its timers without a word, and with this one a function whose end is
        noticed. So nobody else may hold on to the timer.
        """

        def never() -> None: ...

        weakref.finalize(never, self._note_loss)
        return weakref.ref(self._loop.call_later(NEVER_S, never))

    def _note_loss(self) -> None:
        self._is_lost = True
        self._incoming.put(None)

    async def _finish(self) -> None:
        """End the exchange: the ledger's side closes the comm once it has everything.

        Closing it from here could take along what is still on its way: TCP resets a connection that is
        closed before all that came was read.
        """
        if self._stream is not None and self._exchange is not None:
            self._stream.finish()
            done, _ = await asyncio.wait([self._exchange], timeout=CLOSE_S)
            if not done:
                self._stream.abort()
                await asyncio.wait([self._exchange])

    def _run_on_loop(self, coroutine: Coroutine[Any, Any, None], timeout_s: float) -> None:
        """Run a coroutine on the loop and wait for its end; an OSError where it does not come."""
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:
            coroutine.close()
            raise ConnectionResetError("the event loop is closed") from None
        try:
            future.result(timeout_s)
        except concurrent.futures.CancelledError:
            raise ConnectionResetError("the event loop is being closed") from None
        finally:
            future.cancel()  # if it is not done in time
