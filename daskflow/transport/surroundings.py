"""What the ledger's service needs to know of the processes around it, and what it tells of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from daskflow.ledger import Dead, Missing
from daskflow.ledger.state import TaskState
from daskflow.transport.call_record import Calls

LATE, TOO_LARGE = "late", "too large"
"""Why a task's process was killed: its call took too long, or it took too much memory."""

NEIGHBOUR = "neighbour"
"""The same, where that was another task's in the process."""


class Loss(NamedTuple):
    """The end of a process whose task had more to do.

    Attributes
    ----------
    task : TaskState
        Whose process it was.
    reason : str
        Why the run cannot go on, as `Ledger.lose` gave it; empty where it can.
    pid : int
        Of the process.
    in_hand : int or None
        The number that the node was working on.
    killed_for : str or None
        `LATE`, `TOO_LARGE` or `NEIGHBOUR`, where the run itself killed it.
    part : int
        Which node of a fused chain it was working in.
    """

    task: TaskState
    reason: str
    pid: int
    in_hand: int | None
    killed_for: str | None
    part: int = 0


class Surroundings(Protocol):
    """What the service cannot see or do itself. Called in the ledger's thread, which it must not hold up."""

    def note_all_here(self) -> None:
        """Take note that a process of each task has come, so that its node could be loaded; called once."""

    def note_over(self) -> None:
        """Take note that every task has closed; called once."""

    def remove_slot(self, slot: int) -> None:
        """Remove the file of a slot that nobody holds and whose owner is gone."""

    def remove_slots_of(self, task: int, incarnation: int) -> None:
        """Remove the slots of a process that is gone, where nobody holds them."""

    def calls_of(self, task: int) -> Calls | None:
        """The calls of the node by a task's last process, which may be dead; None if nothing is known."""

    def write_down(self, dead: Dead, bury: Callable[[], object]) -> None:
        """Keep a message that is given up; call `bury` in this thread when its inputs need not stay."""

    def note_exit(self, pid: int, exit_code: int | None) -> None:
        """Take note of how a process ended: with a negative code by a signal."""

    def note_restart(self, loss: Loss) -> None:
        """Take note that another process has taken the place of one that died."""

    def note_failure(self, task: TaskState, failure: Exception) -> None:
        """Take note of what ends the run and is wrong with a task, which could not tell of it itself."""

    def failure(self, loss: Loss) -> Any:
        """What `Ledger.fail` is told of a loss that ends the run."""

    def failure_of_missing(self, missing: Missing) -> Any:
        """What `Ledger.fail` is told of what was lost with a host, and ends the run."""
