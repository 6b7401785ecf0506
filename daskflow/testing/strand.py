"""Threads of which one runs at a time: the simulation says which, and gets its turn back."""

from __future__ import annotations

import threading
from collections.abc import Callable

PATIENCE_S = 10.0
"""How long the end of a simulation waits, really, for a node's code that does not return."""


class Strand:
    """A thread that runs only between `resume` and its next `pause`.

    Parameters
    ----------
    name : str
        Of the thread.
    body : callable
        What it runs. Must not raise.
    """

    def __init__(self, name: str, body: Callable[[], None]) -> None:
        self._body = body
        self._its_turn = threading.Semaphore(0)
        self._my_turn = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=f"daskflow simulated {name}", daemon=True)
        self.has_ended = False

    def resume(self) -> None:
        """Let it run until it pauses or ends; called by the simulation."""
        if self._thread.ident is None:
            self._thread.start()
        self._its_turn.release()
        self._my_turn.acquire()  # a Ctrl-C comes through here
        if self.has_ended:
            self._thread.join()

    def pause(self) -> None:
        """Stop until somebody resumes it; called by the thread itself."""
        self._my_turn.release()
        self._its_turn.acquire()

    def end(self) -> None:
        """Let it run to its end, wherever it is; its body must be ready for that."""
        if self._thread.ident is not None:
            self._its_turn.release()
            self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        self._its_turn.acquire()
        try:
            self._body()
        finally:
            self.has_ended = True
            self._my_turn.release()
