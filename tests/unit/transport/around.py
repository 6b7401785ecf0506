"""What the ledger's service cannot see, where a test says it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daskflow.ledger import Dead, Missing
from daskflow.ledger.state import TaskState
from daskflow.transport.call_record import Calls
from daskflow.transport.surroundings import Loss


class Around:
    """Notes what it is told.

    Parameters
    ----------
    note_over : callable
        Called when every task has closed.
    """

    def __init__(self, note_over: Callable[[], None] = lambda: None) -> None:
        self.note_over = note_over
        self.calls: Calls | None = None
        self.all_came = 0
        self.lost: list[tuple[int, int]] = []
        self.dead: list[tuple[int, list[Any]]] = []
        self.exits: list[tuple[int, int]] = []
        self.restarts: list[Loss] = []
        self.failures: list[tuple[int, str]] = []

    def note_all_here(self) -> None:
        self.all_came += 1

    def remove_slot(self, slot: int) -> None: ...

    def remove_slots_of(self, task: int, incarnation: int) -> None:
        self.lost.append((task, incarnation))

    def calls_of(self, task: int) -> Calls | None:
        return self.calls

    def write_down(self, dead: Dead, bury: Callable[[], object]) -> None:
        self.dead.append((dead.number, [payload.descriptor for payload in dead.inputs]))
        bury()

    def note_exit(self, pid: int, exit_code: int) -> None:
        self.exits.append((pid, exit_code))

    def note_restart(self, loss: Loss) -> None:
        self.restarts.append(loss)

    def note_failure(self, task: TaskState, failure: Exception) -> None:
        self.failures.append((task.index, str(failure)))

    def failure_of_missing(self, missing: Missing) -> Missing:
        return missing

    def failure(self, loss: Loss) -> Loss:
        return loss
