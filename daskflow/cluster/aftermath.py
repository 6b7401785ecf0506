"""What is left of a process that has died: its slots, its last words, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from daskflow.cluster.exits import described_exit, kills_for_lack_of_memory
from daskflow.errors import FlowFailed, NodeError, TaskLostError
from daskflow.ledger import STATE_LOST, TOO_LONG, Dead, Ledger
from daskflow.ledger.losses import MINUTE_S
from daskflow.ledger.slots import slot_owner
from daskflow.runtime.last_words import last_log_lines, last_stack
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import call_under_way
from daskflow.transport.places import RunPlaces
from daskflow.transport.service import Loss


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


@dataclass(frozen=True, slots=True)
class LossReport:
    """What is known of a process whose end ended the run.

    Attributes
    ----------
    loss : Loss
        Whose it was, and why the run cannot go on.
    spec : TaskSpec
        Of the task.
    log_lines, stack : tuple of str
        What it logged last, and where in the node's code it was.
    deaths : int
        How many processes of the task died in the last minute.
    """

    loss: Loss
    spec: TaskSpec
    log_lines: tuple[str, ...]
    stack: tuple[str, ...]
    deaths: int

    def error(self, exit_code: int | None, *, memory_ran_out: bool) -> FlowFailed:
        """The error, once the exit code is known."""
        loss, spec = self.loss, self.spec
        how = described_exit(exit_code, loss.killed_for, memory_ran_out=memory_ran_out)
        at = "" if loss.in_hand is None else f" at message {loss.in_hand}"
        if loss.reason == TOO_LONG:
            words = (
                f"{spec.method}() of node {spec.node_name!r} (task {spec.task_name}) took longer{at} than "
                f"process_timeout_s={spec.policy.process_timeout_s:g}; its process was killed"
            )
            return NodeError(
                words + self._details(),
                node=spec.node_name,
                task=spec.task_name,
                sequence_number=loss.in_hand,
                method=spec.method,
            )
        who = f"the process of task {spec.task_name} of node {spec.node_name!r} died{at}"
        if loss.reason == STATE_LOST:
            why = (
                "with it went what the node remembered: its results cannot be continued by a fresh copy. "
                "snapshot() and restore(state) on the node, or seek(sequence) on a producer, let it go on"
            )
        else:
            why = (
                f"it was the {_ordinal(self.deaths)} process of the task to die within {MINUTE_S:g} s, and "
                f"max_restarts is {spec.policy.max_restarts}"
            )
        return TaskLostError(
            f"{who}: {how}; {why}{self._details()}",
            node=spec.node_name,
            task=spec.task_name,
            exit_code=exit_code,
        )

    def _details(self) -> str:
        parts = []
        if self.stack:
            parts += ["", "It was here, the innermost call last:", *(f"  {line}" for line in self.stack)]
        if self.log_lines:
            parts += ["", "Its last log lines:", *(f"  {line}" for line in self.log_lines)]
        return "\n".join(parts)


def _ordinal(count: int) -> str:
    suffix = "th" if 10 <= count % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{suffix}"
