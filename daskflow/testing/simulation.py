"""A run in one process: the real tasks and the real ledger, with time and threads in one hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from daskflow.cluster.compiling import compile_run
from daskflow.cluster.controller import GRACE_S
from daskflow.cluster.log_relay import log
from daskflow.cluster.loss_report import LossReport
from daskflow.core.node import Node
from daskflow.errors import ClusterError, DeadlockError, FlowFailed
from daskflow.ledger import Ledger
from daskflow.options import FlowOptions
from daskflow.plan import Plan
from daskflow.runtime.failure import error_from_bytes
from daskflow.runtime.spec import TaskSpec
from daskflow.testing.aftermath import SimulatedAftermath
from daskflow.testing.agenda import EPOCH_S, Agenda, SimulatedClock
from daskflow.testing.arming import Armory
from daskflow.testing.calls import EVEN_SPREAD
from daskflow.testing.desk import Desk
from daskflow.testing.link import SLOWEST_S
from daskflow.testing.process import Process
from daskflow.testing.receipts import Receipts
from daskflow.testing.result import DeadMessage
from daskflow.testing.story import Event, Story
from daskflow.transport.places import RunPlaces
from daskflow.transport.reading import Reading
from daskflow.transport.records import Record, Records
from daskflow.transport.service import LedgerService

SLOWEST_START_S = 0.3
"""How long a process takes to be there, at most; some are there before the death of the last is noticed."""

USUAL_CALL_S = -5.0, -2.0
"""Usual times of the tasks' calls, as powers of ten: from far less than the way to the ledger to far more."""


class Simulation:
    """One simulated run.

    Parameters
    ----------
    plan : Plan
        What to run.
    nodes : sequence of Node
        The nodes, in the plan's order.
    places : RunPlaces
        Where slots go; its directories are there.
    armory : Armory
        The faults.
    options : FlowOptions
        What holds for the run.
    seed : int
        Of all that is left to chance.
    call_s : mapping of str to float
        How long calls of nodes take, by name.
    """

    def __init__(
        self,
        plan: Plan,
        nodes: Sequence[Node],
        places: RunPlaces,
        armory: Armory,
        options: FlowOptions,
        *,
        seed: int,
        call_s: Mapping[str, float],
    ) -> None:
        self.agenda = Agenda(seed)
        self.armory = armory
        self.dead: list[DeadMessage] = []
        self.inputs: dict[str, list[Any]] = {n.name: [] for n in plan.nodes if n.kind == "consumer"}
        self.results: dict[str, list[Any]] = {}
        self.final: Reading | None = None
        # Tasks log here anyway, and of restarts the story tells.
        self.records = Records(partial(self._log, plan.flow_name))
        compiled = compile_run(plan, nodes, f"simulated-{seed}", places, options)
        self._ledger = Ledger(compiled.topology)
        self._aftermath = SimulatedAftermath(
            self._ledger, compiled.tasks, places, self._note_over, self.records, self._note_dead
        )
        self._aftermath.date_s = lambda: EPOCH_S + self.agenda.now_s
        self.service = LedgerService(
            self._ledger, self._aftermath, lambda: self.agenda.now_s, records=self.records
        )
        self.desk = Desk(self.agenda, self.service, armory, self._note_dead)
        self._events: list[Event] = []
        self._processes: list[Process] = []  # those whose threads have not ended
        self._call_s = dict(call_s)
        self._usual_call_s = {
            spec.task: 10 ** self.agenda.random.uniform(*USUAL_CALL_S) for spec in compiled.tasks
        }
        self._specs = compiled.tasks
        for spec in compiled.tasks:
            self._start_soon(spec)
        for spec, receiver in compiled.deliveries:
            receiver.begin_run()
            received = self.results[spec.node_name] = []
            self._start_soon(spec, Receipts(receiver, received))

    def run(self) -> None:
        """Let everything happen until every task has closed, or none can go on.

        Raises
        ------
        DeadlockError
            None can go on, and the run is not over.
        """
        try:
            while self.final is None or self._processes:
                if not self.agenda.go_on():
                    self._end_what_hangs()
        finally:
            for process in self._processes:
                process.end()
            self.agenda.clear()  # what was still to be done holds the tasks
            if self.final is None:
                self._note_over()

    @property
    def story(self) -> Story:
        """What has happened so far."""
        return Story(self._events)

    @property
    def failure(self) -> FlowFailed | None:
        """What failed the run, as `Flow.join` raises it."""
        failure = self._ledger.failure
        if isinstance(failure, bytes):
            failure = error_from_bytes(failure)
        elif isinstance(failure, LossReport):
            failure = self._aftermath.error_of(failure)
        assert failure is None or isinstance(failure, FlowFailed)
        return failure

    # -- what processes ask and tell --------------------------------------------------------------------

    def note(self, task: str, what: str, number: int | None) -> None:
        """Add to the story."""
        self._events.append(Event(self.agenda.now_s, task, number, what))

    def clock_of(self, process: Process) -> SimulatedClock:
        """The time as a process sees it."""
        return SimulatedClock(self.agenda, process.run)

    def call_time_s(self, spec: TaskSpec) -> float:
        """How long the next call of a task's node takes."""
        fixed_s = self._call_s.get(spec.node_name)
        if fixed_s is not None:
            return fixed_s
        return self._usual_call_s[spec.task] * self.agenda.random.uniform(*EVEN_SPREAD)

    def note_death(self, process: Process) -> None:
        """Take note that a process is killed, and have another take its place."""
        if not process.is_callers:
            self._start_soon(process.spec)

    def lose_host(self, first: Process, tasks: Collection[str]) -> None:
        """Have all processes of some tasks die, in whose name the first of them says so."""
        first.note("is lost with its host")
        first.die(with_host=True)
        self.agenda.after(0.0, partial(self._lose_others, tasks))

    def note_end(self, process: Process) -> None:
        """Take note that the thread of a process has ended."""
        self._processes.remove(process)
        cause = process.error
        if cause is not None and self.final is None:
            if not isinstance(cause, ClusterError):
                words = f"task {process.spec.task_name} ended on its worker: {type(cause).__name__}: {cause}"
                failure = ClusterError(words)
                failure.__cause__ = cause
                cause = failure
            self.service.fail(cause)

    # -- inside: hosts ----------------------------------------------------------------------------------

    def _lose_others(self, tasks: Collection[str]) -> None:
        for process in [each for each in self._processes if each.spec.task_name in tasks]:
            if not process.is_killed and not process.is_callers:
                process.note("is lost with its host")
                process.die_from_outside(with_host=True)
        # The ends of their connections are noticed before that, or after it.
        self.agenda.after(
            self.agenda.random.uniform(0.0, SLOWEST_S * 2), partial(self._note_host_lost, tasks)
        )

    def _note_host_lost(self, tasks: Collection[str]) -> None:
        if self.final is not None:
            return
        states = [state for state in self._ledger.tasks if state.name in tasks]
        self.service.lose_slots([(state.index, state.incarnation) for state in states])
        specs = {spec.task: spec for spec in self._specs}
        for state in states:
            if not state.closed:
                self._start_soon(specs[state.index])

    # -- inside -----------------------------------------------------------------------------------------

    def _start_soon(self, spec: TaskSpec, receiver: Node | None = None) -> None:
        random = self.agenda.random
        delay_s = random.choice((0.0, random.uniform(0.0, SLOWEST_START_S)))
        self.agenda.after(delay_s, partial(self._start, spec, receiver))

    def _start(self, spec: TaskSpec, receiver: Node | None) -> None:
        if self.final is None:
            self.note(spec.task_name, "has a new process", None)
            process = Process(self, spec, receiver)
            self._processes.append(process)
            process.start()

    def _end_what_hangs(self) -> None:
        if not self._ledger.is_aborting or not self._processes:
            raise DeadlockError(f"nobody can go on, and the run is not over. What happened:\n{self.story}")
        self.agenda.now_s += GRACE_S
        for process in list(self._processes):
            self.note(process.spec.task_name, "did not end with the run: it is killed", None)
            process.die_from_outside()

    def _note_over(self) -> None:
        self.final = self.service.read()

    def _log(self, flow_name: str, record: Record) -> None:
        if record.is_dead_letter:
            log(record, flow_name)

    def _note_dead(self, node: str, number: int) -> None:
        self.dead.append(DeadMessage(node, number))
