"""A nanny that tells how its worker's process ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Nanny

NoteExit = Callable[[str, int], None]
"""Called with the worker's name and the exit code of its process, which is negative for a signal."""


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
        super().__init__(*args, **options)

    def _on_worker_exit_sync(self, exitcode: int) -> None:
        self._note_exit(str(self.name), exitcode)
        super()._on_worker_exit_sync(exitcode)
