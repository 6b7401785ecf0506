"""The thread that a run's ledger lives in: whatever any task or other thread has to say wakes it."""

from __future__ import annotations

import concurrent.futures
import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from daskflow.transport.service import LedgerService

logger = logging.getLogger("daskflow.transport")

T = TypeVar("T")


class LedgerThread:
    """Waits for sockets and for calls of other threads, and lets the ledger answer all that came together.

    Nothing else changes service and ledger while it runs, so neither needs a lock. It is a thread of its own
    because a lone message that had to wake an event loop would pay for the loop's bookkeeping each time.

    Parameters
    ----------
    service : LedgerService
        The run's.
    """

    def __init__(self, service: LedgerService) -> None:
        self.service = service
        self._epoll: select.epoll
        self._alarm = -1
        self._watched: dict[int, Callable[[int], None]] = {}
        self._calls: deque[Callable[[], object]] = deque()
        # So that no call comes after the last look; reentrant, since a signal's handler may call too.
        self._posting = threading.RLock()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="daskflow ledger", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._epoll = select.epoll()
        self._alarm = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.watch(self._alarm, select.EPOLLIN, self._take_calls)
        self._thread.start()

    @property
    def ident(self) -> int:
        """Of the thread, which runs."""
        assert self._thread.ident is not None
        return self._thread.ident

    def close(self) -> None:
        """End the thread after all calls that were made before; blocks until it has ended."""
        self.call(setattr, self, "_is_ending", True)
        self._thread.join()

    # -- from any thread --------------------------------------------------------------------------------

    def post(self, function: Callable[..., object], *arguments: Any) -> None:
        """Have a function called in the thread, without waiting for it; nothing happens if that has ended."""
        self._post(partial(function, *arguments))

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in the thread and wait for what it returns or raises.

        Raises
        ------
        concurrent.futures.CancelledError
            The thread has ended, or was never started.
        """
        result: concurrent.futures.Future[T] = concurrent.futures.Future()

        def call() -> None:
            try:
                result.set_result(function(*arguments))
            except BaseException as error:  # noqa: BLE001  it belongs to the thread that asked
                result.set_exception(error)

        if not self._post(call):
            result.cancel()
        return result.result()

    def _post(self, call: Callable[[], object]) -> bool:
        with self._posting:
            if self._alarm < 0:
                return False
            self._calls.append(call)
            os.eventfd_write(self._alarm, 1)
        return True

    # -- in the thread ----------------------------------------------------------------------------------

    def watch(self, descriptor: int, mask: int, handler: Callable[[int], None]) -> None:
        """Call `handler` with the events whenever some of `mask` have happened to a descriptor."""
        self._watched[descriptor] = handler
        self._epoll.register(descriptor, mask)

    def modify(self, descriptor: int, mask: int) -> None:
        """Wait for other events of a descriptor."""
        self._epoll.modify(descriptor, mask)

    def unwatch(self, descriptor: int) -> None:
        """Wait for nothing more of a descriptor, which is to be closed after this."""
        del self._watched[descriptor]
        self._epoll.unregister(descriptor)

    def _run(self) -> None:
        while not self._has_ended():
            for descriptor, mask in self._epoll.poll():
                handler = self._watched.get(descriptor)
                if handler is not None:  # else it was dropped for what another has said
                    self._guarded(handler, mask)
            self._guarded(self.service.flush)

    def _has_ended(self) -> bool:
        with self._posting:
            if self._calls or not self._is_ending:
                return False
            os.close(self._alarm)
            self._alarm = -1
            self._epoll.close()
            return True

    def _take_calls(self, _mask: int) -> None:
        os.eventfd_read(self._alarm)
        try:
            while self._calls:
                self._calls.popleft()()
        finally:
            if self._calls:  # one has failed: the others have their turn too
                os.eventfd_write(self._alarm, 1)

    def _guarded(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function; a defect of ours in it shall end the run, and not hang it, nor hold up others."""
        try:
            function(*arguments)
        except Exception as error:
            logger.exception("the ledger's thread failed")
            try:
                self.service.fail(error)
            except Exception:
                logger.exception("the ledger could not tell its tasks: they will be killed")
