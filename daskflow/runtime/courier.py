"""Sees to it that a finished result does not wait for a call of the node that takes unexpectedly long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

TICK_S = 0.005
"""A result that is held back goes out after this time at the latest, whatever its task is doing."""


class Courier:
    """A thread that sends what a task holds back, should the task itself not come to it.

    It sleeps while nothing is held back, and starts when something first is.

    Parameters
    ----------
    send : callable
        Sends what is held back, if anything still is; called in the courier's thread.
    """

    def __init__(self, send: Callable[[], None]) -> None:
        self._send = send
        self._is_needed = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def watch(self) -> None:
        """Note that something is held back."""
        if self._is_needed.is_set():
            return
        self._is_needed.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="daskflow courier", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread; blocks for a tick, and for what it is just sending."""
        if self._thread is not None:
            self._is_closed = True
            self._is_needed.set()
            self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            self._is_needed.wait()
            time.sleep(TICK_S)
            self._is_needed.clear()  # before the sending: what is held back from now on gets its own tick
            try:
                self._send()
            except OSError:
                return  # the ledger is gone, as the task itself will hear
