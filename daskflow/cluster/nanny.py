"""A nanny that tells how its worker's process ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Nanny

NoteExit = Callable[[str, int], None]
"""Called with the worker's name and the exit code of its process, which is negative for a signal."""

NoteGone = Callable[[str, str], None]
"""Called with the name of a worker that is not started again, and the reason."""

RUN_ENDED = "daskflow-run-ended"
"""The reason that is none to worry."""


class FlowNanny(Nanny):  # type: ignore[misc]
    """Starts a worker, and another when its process has died; runs in the caller's process.

    Parameters
    ----------
    note_exit : callable
        Called on the nanny's event loop whenever a process of the worker has ended.
    note_gone : callable
        Called there when the nanny closes before the run has ended, and so starts no other; not if it never
        started one, which is said to whoever wanted it.
    *args, **options
        As for `distributed.Nanny`.
    """

    def __init__(self, *args: Any, note_exit: NoteExit, note_gone: NoteGone, **options: Any) -> None:
        self._note_exit = note_exit
        self._note_gone = note_gone
        self.is_wanted = False
        """Whether the run counts on it, from the start of its worker: else its end is nothing to tell."""
        super().__init__(*args, **options)

    async def start_unsafe(self) -> Any:
        """Start the worker."""
        started = await super().start_unsafe()
        self.is_wanted = True
        return started

    def _on_worker_exit_sync(self, exitcode: int) -> None:
        self._note_exit(str(self.name), exitcode)
        super()._on_worker_exit_sync(exitcode)

    async def close(self, timeout: float = 5, reason: str = "nanny-close") -> Any:
        """Stop the worker, and start it no more."""
        if self.is_wanted and reason != RUN_ENDED:
            self._note_gone(str(self.name), reason)
        return await super().close(timeout=timeout, reason=reason)
