"""What is left of a process that has died: its slots, its last words, and what is said of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from daskflow.cluster.exits import kills_for_lack_of_memory
from daskflow.cluster.loss_report import LossReport
from daskflow.errors import FlowFailed
from daskflow.ledger import Dead, Ledger
from daskflow.ledger.slots import slot_owner
from daskflow.runtime.last_words import last_log_lines, last_stack
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import call_under_way
from daskflow.transport.places import RunPlaces
from daskflow.transport.service import Loss

logger = logging.getLogger("daskflow.cluster")


class Aftermath:
    """Deals with what lost processes leave behind. Used in the ledger's thread, but for `exits`.

    Parameters
    ----------
    ledger : Ledger
        Of the run.
    tasks : sequence of TaskSpec
        Of the run's workers.
    places : RunPlaces
        Of the run.
    note_over : callable
        Called when every task has closed.
    """

    def __init__(
        self, ledger: Ledger, tasks: Sequence[TaskSpec], places: RunPlaces, note_over: Callable[[], None]
    ) -> None:
        self._ledger = ledger
        self._specs = {spec.task: spec for spec in tasks}
        self._places = places
        self.note_over = note_over
        self.exits: dict[int, int] = {}
        """How processes ended: exit codes by process id."""
        self._kills_before = kills_for_lack_of_memory()

    def remove_slot(self, slot: int) -> None:
        """Remove the file of a slot."""
        for place in self._places.both:
            self._places.slot_file(place, slot).unlink(missing_ok=True)

    def remove_slots_of(self, task: int, incarnation: int) -> None:
        """Remove the slots of a process that is gone, where nobody holds them."""
        for place in self._places.both:
            for slot in self._places.slots_in(place):
                if slot_owner(slot) == (task, incarnation) and not self._ledger.holds_slot(slot):
                    self.remove_slot(slot)

    def number_in_hand(self, task: int, incarnation: int) -> int | None:
        """The number that the node of a process was working on."""
        call = call_under_way(self._places, task)
        return None if call is None or call.incarnation != incarnation else call.number

    def write_down(self, dead: Dead) -> None:
        """Keep a message that is given up."""

    def failure(self, loss: Loss) -> LossReport:
        """What is known of a loss now; how the process ended, the kernel says a moment later."""
        spec = self._specs[loss.task.index]
        return LossReport(
            loss=loss,
            spec=spec,
            log_lines=tuple(last_log_lines(self._places, spec.task_name)),
            stack=tuple(last_stack(self._places, spec.task_name)),
            deaths=len(loss.task.losses),
        )

    def error_of(self, report: LossReport) -> FlowFailed:
        """The error that `Flow.join` raises for a loss."""
        memory_ran_out = kills_for_lack_of_memory() > self._kills_before
        exit_code = self.exits.get(report.loss.pid)
        return report.error(exit_code, memory_ran_out=memory_ran_out)
