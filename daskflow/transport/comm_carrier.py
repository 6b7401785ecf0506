"""The carrier for whatever comm a cluster has, TLS and others: frames in messages of Dask's."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import weakref
from typing import Any

from daskflow.transport.carrier import CLOSE_S, GONE
from daskflow.transport.comm_stream import CommStream
from daskflow.transport.looping import run_on_loop

NEVER_S = 100 * 365 * 86400.0


class CommCarrier:
    """Frames over a comm to the scheduler, which an event loop reads and writes for the task's thread.

    The comm is the task's own. What comes is handed to the task's thread through a queue, on which it blocks.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Of the comm.
    comm : distributed.comm.Comm
        As it is once the task has joined.

    Raises
    ------
    ConnectionError
        The loop is closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, comm: Any) -> None:
        self._loop = loop
        # None stands for the end. A simple queue, because its `put` is reentrant: the collector may end a
        # frame, and so wake, in the middle of anything, a wait on a condition included.
        self._incoming: queue.SimpleQueue[list[list[Any]] | None] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._is_lost = self._is_closed = self._has_ended = False
        self._stream = CommStream(comm)
        self._exchange: asyncio.Task[None] | None = None
        run_on_loop(loop, self._begin(), CLOSE_S)

    def send(self, frame: list[Any]) -> None:
        """Send a frame."""
        with self._sending:
            if self._is_lost or self._is_closed:
                raise ConnectionResetError(GONE)
            if self._stream.put(frame):
                try:
                    self._loop.call_soon_threadsafe(self._stream.wake)
                except RuntimeError:  # the loop is closed
                    raise ConnectionResetError(GONE) from None

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
            raise ConnectionResetError(GONE)
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
            run_on_loop(self._loop, self._finish(), 2 * CLOSE_S)

    async def _begin(self) -> None:
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
        if self._exchange is not None:
            self._stream.finish()
            done, _ = await asyncio.wait([self._exchange], timeout=CLOSE_S)
            if not done:
                self._stream.abort()
                await asyncio.wait([self._exchange])
