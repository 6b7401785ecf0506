"""A nanny that tells how its worker's process ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Nanny

NoteExit = Callable[[str, int, int], None]
"""Called with the worker's name, the process id (0 if it died while it started), and the exit code, which is
negative for a signal."""


class FlowNanny(Nanny):  # type: ignore[misc]
    """Starts a worker, and another when its process has died; runs in the caller's process.

    Parameters
    ----------
    note_exit : callable
        Called on the nanny's event loop whenever a process of the worker has ended.
    *args, **options
        As for `distributed.Nanny`.
    """

    def __init__(self, *args: Any, note_exit: NoteExit, **options: Any) -> None:
        self._note_exit = note_exit
        self._worker_pid = 0
        super().__init__(*args, **options)

    async def instantiate(self) -> Any:
        """Start a process of the worker; returns when it has joined the scheduler, or has died."""
        self._worker_pid = 0
        status = await super().instantiate()
        self._worker_pid = self.pid or 0
        return status

    def _on_worker_exit_sync(self, exitcode: int) -> None:
        self._note_exit(str(self.name), self._worker_pid, exitcode)
        super()._on_worker_exit_sync(exitcode)
