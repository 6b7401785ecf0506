"""What is left of a process that has died: its slots, its last words, and what is said of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from daskflow.cluster.exits import described_exit, kills_for_lack_of_memory
from daskflow.cluster.host_report import host_lost
from daskflow.cluster.loss_report import LossReport
from daskflow.deadletters import DeadLetter, DeadLetterError
from daskflow.errors import FlowFailed
from daskflow.ledger import Dead, Ledger, Missing
from daskflow.ledger.losses import POISON
from daskflow.ledger.slots import slot_owner
from daskflow.ledger.state import TaskState
from daskflow.runtime.last_words import last_log_lines, last_stack
from daskflow.runtime.sealed_letters import keep_sealed
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import Calls, calls_of
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import Record, Records
from daskflow.transport.surroundings import Loss
from daskflow.transport.views import SlotViews


class Aftermath:
    """Deals with what lost processes leave behind. Used in the ledger's thread.

    Parameters
    ----------
    ledger : Ledger
        Of the run.
    tasks : sequence of TaskSpec
        All of the run, the caller's too.
    places : RunPlaces
        Of the run.
    note_all_here, note_over : callable
        Called when a process of each task has come, and when every task has closed.
    records : Records
        Told what went wrong.
    """

    def __init__(
        self,
        ledger: Ledger,
        tasks: Sequence[TaskSpec],
        places: RunPlaces,
        note_all_here: Callable[[], None],
        note_over: Callable[[], None],
        records: Records,
    ) -> None:
        self._ledger = ledger
        self._specs = {spec.task: spec for spec in tasks}
        self._places = places
        self.note_all_here = note_all_here
        self.note_over = note_over
        self._records = records
        self.date_s: Callable[[], float] = time.time
        """Seconds since the epoch."""
        self.host_of: Callable[[int, int], str] = lambda task, incarnation: ""
        """The name of the host of a task and incarnation; empty where that is not known."""
        self._exit_codes: dict[int, int | None] = {}  # by process id
        self._kills_before = kills_for_lack_of_memory()

    def add(self, spec: TaskSpec) -> None:
        """Take note of a task that joins the run, or joins it again."""
        self._specs[spec.task] = spec

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

    def calls_of(self, task: int) -> Calls | None:
        """The calls of a task's last process."""
        return calls_of(self._places, task)

    def write_down(self, dead: Dead, bury: Callable[[], object]) -> None:
        """Log that a message is given up, and keep it if there is a folder for it."""
        spec = self._specs[dead.task.index]
        if dead.is_late:
            words = f"{spec.method}() took longer than process_timeout_s={spec.policy.process_timeout_s:g}"
        else:
            words = f"the message killed {POISON} processes"
        calls = self.calls_of(spec.task)
        if spec.members and calls is not None:
            words += f", at last in {spec.node_at(calls.part)}, to which it came by {spec.entry}"
        stack = "\n".join(self._last_stack(spec.task))
        text = f"the message is given up: {words}"
        self._say(logging.ERROR, spec, text, dead.number, stack, is_dead_letter=True)
        if spec.dead_letters is None:
            bury()
            return
        letter = DeadLetter(
            flow_name=spec.flow_name,
            run_id=spec.run_id,
            node=spec.entry,  # whose inputs these are
            task=spec.task_name,
            number=dead.number,
            method=spec.method,
            error=words,
            traceback=stack,
            time_s=self.date_s(),
        )
        self._keep(spec.dead_letters, letter, dead, bury)

    def _keep(self, folder: str, letter: DeadLetter, dead: Dead, bury: Callable[[], object]) -> None:
        """Keep a letter with its inputs, and bury the message."""
        descriptors = [each.descriptor for each in dead.inputs]
        try:
            keep_sealed(folder, letter, descriptors, SlotViews(self._places))
        except DeadLetterError as problem:
            self._note_not_kept(dead, str(problem))
        bury()

    def _note_not_kept(self, dead: Dead, problem: str) -> None:
        self._say(logging.ERROR, self._specs[dead.task.index], problem, dead.number)

    def _last_stack(self, task: int) -> Sequence[str]:
        """Where in the node's code a task's last process was."""
        return last_stack(self._places, task)

    def _last_log_lines(self, task: int) -> Sequence[str]:
        """What it logged last."""
        return last_log_lines(self._places, task)

    def note_restart(self, loss: Loss) -> None:
        """Say that another process has taken the place of one that died, and how that ended."""
        spec = self._specs[loss.task.index]
        how = self._described(loss)
        words = f"its process {loss.pid} died, and another has taken its place: {how}"
        self._say(logging.WARNING, spec, words, loss.in_hand)

    def note_failure(self, task: TaskState, failure: Exception) -> None:
        """Keep what ends the run and is wrong with a task; `Flow.join` raises it."""
        self._say(-logging.ERROR, self._specs[task.index], str(failure), None)

    def _say(
        self,
        level: int,
        spec: TaskSpec,
        words: str,
        number: int | None,
        stack: str = "",
        *,
        is_dead_letter: bool = False,
    ) -> None:
        record = Record(
            time_s=self.date_s(),
            level=level,
            logger=f"daskflow.{spec.node_name}",
            number=number,
            text=words,
            traceback=stack,
            is_dead_letter=is_dead_letter,
            node=spec.node_name,
            task=spec.task_name,
        )
        self._records.add(record)

    def note_exit(self, pid: int, exit_code: int | None) -> None:
        """Take note of how a process ended."""
        self._exit_codes[pid] = exit_code

    def failure(self, loss: Loss) -> LossReport:
        """What is known of a loss now; how the process ended, the kernel says a moment later."""
        spec = self._specs[loss.task.index]
        stack = self._last_stack(spec.task)
        words = f"its process {loss.pid} died, and the run cannot go on without it"
        self._say(-logging.ERROR, spec, words, loss.in_hand, "\n".join(stack))
        return LossReport(
            loss=loss,
            spec=spec,
            log_lines=tuple(self._last_log_lines(spec.task)),
            stack=tuple(stack),
            deaths=len(loss.task.losses),
        )

    def failure_of_missing(self, missing: Missing) -> FlowFailed:
        """The error of what was lost with a host, and ends the run."""
        hosts = tuple(sorted({self.host_of(*owner) for owner in missing.owners} - {""}))
        spec = self._specs[missing.node.tasks[0].index]
        failure = host_lost(missing, spec, self._ledger.tasks, hosts)
        self._say(-logging.ERROR, spec, str(failure), missing.number)
        return failure

    def error_of(self, report: LossReport) -> FlowFailed:
        """The error that `Flow.join` raises for a loss."""
        exit_code = self._exit_codes.get(report.loss.pid)
        return report.error(exit_code, memory_ran_out=self._memory_ran_out)

    @property
    def _memory_ran_out(self) -> bool:
        return kills_for_lack_of_memory() > self._kills_before

    def _described(self, loss: Loss) -> str:
        exit_code = self._exit_codes.get(loss.pid)
        return described_exit(exit_code, loss.killed_for, memory_ran_out=self._memory_ran_out)
