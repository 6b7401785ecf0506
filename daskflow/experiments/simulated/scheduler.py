"""A simulated scheduler: a real ledger, and the time that its shell takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from daskflow.errors import StaleTaskError
from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.cores import Cores
from daskflow.experiments.simulated.costs import SchedulerCosts
from daskflow.experiments.simulated.task import LOST, STEP
from daskflow.experiments.simulated.wires import Wires
from daskflow.ledger import NOTHING, OUTPUT, Lease, Ledger
from daskflow.ledger.state import TaskState

if TYPE_CHECKING:
    from daskflow.experiments.simulated.task import SimulatedTask

FRAME_BYTES = 50
OUTCOME_BYTES = 90
"""What a frame takes on the wire, and each outcome or lease in it beside its payload."""


class Told(NamedTuple):
    """What a task is told, as in `daskflow.transport.wire.TOLD`."""

    leases: list[Lease]
    room: int
    inline_room: int
    freed: list[int]
    steps: int


class Scheduler:
    """Hears what has come from all tasks together, and answers all, as the ledger's thread does.

    Parameters
    ----------
    ledger : Ledger
        Of a run.
    costs : SchedulerCosts
        What it takes.
    agenda : Agenda
        Of the simulation.
    wires : Wires
        To the hosts.
    place : int
        Where it is on the wires.
    cores : Cores
        That it computes on: its own, or those of a host that it shares.
    """

    def __init__(
        self, ledger: Ledger, costs: SchedulerCosts, agenda: Agenda, wires: Wires, place: int, cores: Cores
    ) -> None:
        self.ledger = ledger
        self.tasks: list[SimulatedTask] = []
        """By index, each before it first speaks."""
        self.busy_s = 0.0
        """Processor time that it has taken."""
        self.steps = self.tellings = self.rounds = self.messages = 0
        self.redone = 0
        """Messages that a lost task had in hand, which are worked on again."""
        self.failure = ""
        """What failed the run; empty while nothing has."""
        self._costs = costs
        self._agenda = agenda
        self._wires = wires
        self._place = place
        self._cores = cores
        self._came: list[tuple[SimulatedTask, int, int, int, Any]] = []
        self._is_busy = False
        self._steps_of: dict[int, int] = {}

    def hear(self, task: SimulatedTask, what: int, step: Any) -> None:
        """Let a frame of a task be on its way."""
        machine = task.machine
        assert machine is not None
        size_bytes = FRAME_BYTES
        if step is not None:
            for outcome in step[0]:
                size_bytes += OUTCOME_BYTES
                if outcome.kind == OUTPUT and not outcome.body.slots and outcome.body is not NOTHING:
                    size_bytes += outcome.body.descriptor.size_bytes
        arrival_s = self._wires.small_s(machine.index, self._place, size_bytes)
        task.up_to_s = max(task.up_to_s, arrival_s)  # a connection keeps the order
        self._agenda.at(task.up_to_s, self._take, task, task.incarnation, task.life, what, step)

    def note_loss(self, task: SimulatedTask) -> None:
        """Take note now that the process of a task is gone."""
        self._take(task, self.ledger.tasks[task.index].incarnation, task.life, LOST, None)

    # -- inside -----------------------------------------------------------------------------------------

    def _take(self, *frame: Any) -> None:
        self._came.append(frame)
        if not self._is_busy:
            self._work()

    def _work(self) -> None:
        if not self._came or self.failure:
            self._came.clear()
            self._is_busy = False
            return
        self._is_busy = True
        came, self._came = self._came, []
        ledger, costs, now = self.ledger, self._costs, self._agenda.now_s
        spent_s = costs.round_s
        spoke: dict[int, None] = {}
        for task, incarnation, life, what, step in came:
            spent_s += costs.step_s
            try:
                if what == STEP:
                    outcomes, released, wanted = step
                    ledger.exchange(task.index, incarnation, outcomes, released, wanted, now)
                    self._steps_of[task.index] = self._steps_of.get(task.index, 0) + 1
                    spoke[task.index] = None
                    spent_s += costs.message_s * len(outcomes)
                    self.messages += len(outcomes)
                elif what == LOST:
                    self._lose(task, incarnation, now)
                elif life == task.life:
                    self._welcome(task, now, spent_s)
            except StaleTaskError:
                if incarnation == ledger.tasks[task.index].incarnation and ledger.tasks[task.index].present:
                    raise  # else it was given up since
        ledger.settle(now)
        slowness = self._cores.slowness
        told = ledger.take_to_tell()
        for state in told:
            spoke.pop(state.index, None)
        answered = [ledger.tasks[index] for index in spoke if ledger.can_use_answer(index)]
        for state in (*told, *answered):
            spent_s += costs.told_s
            self._tell(state, spent_s * slowness)
        ledger.take_orphans()
        if ledger.failure is not None:
            self.failure = str(ledger.failure)
        self.rounds += 1
        self.steps += len(came)
        self.busy_s += spent_s
        self._cores.compute(spent_s, self._work)

    def _welcome(self, task: SimulatedTask, now: float, delay_s: float) -> None:
        assert task.machine is not None
        start = self.ledger.register(task.index, now)
        self._steps_of[task.index] = 0
        arrival_s = self._wires.small_s(self._place, task.machine.index, FRAME_BYTES)
        self._agenda.at(arrival_s + delay_s, task.welcome, start.incarnation, start.number, task.life)

    def _lose(self, task: SimulatedTask, incarnation: int, now: float) -> None:
        ledger, state = self.ledger, self.ledger.tasks[task.index]
        if incarnation != state.incarnation or not state.present:
            return
        self.redone += len(state.leased)
        reason = ledger.lose(task.index, incarnation, now)
        for dead in ledger.take_dead():
            ledger.bury(dead)
        if reason is not None:
            ledger.fail(f"task {task.name} was lost with its host: {reason}")

    def _tell(self, state: TaskState, delay_s: float) -> None:
        outbox, task = state.outbox, self.tasks[state.index]
        leases, freed = outbox.leases, outbox.freed
        outbox.leases, outbox.freed = [], []
        told = Told(leases, outbox.room, outbox.inline_room, freed, self._steps_of[state.index])
        self._steps_of[state.index] = 0
        state.node.counters.tellings += 1
        self.tellings += 1
        if task.machine is None or task.incarnation != state.incarnation:
            return  # it is lost, and nobody has noticed
        size_bytes = FRAME_BYTES
        for lease in leases:
            for payload in lease.payloads:
                size_bytes += (
                    OUTCOME_BYTES if payload.slots else OUTCOME_BYTES + payload.descriptor.size_bytes
                )
        arrival_s = self._wires.small_s(self._place, task.machine.index, size_bytes)
        task.down_to_s = max(task.down_to_s, arrival_s + delay_s)
        self._agenda.at(task.down_to_s, task.tell, told, task.life)
