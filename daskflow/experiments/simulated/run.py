"""One simulated run: a plan on workers of simulated hosts, with a scheduler of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from daskflow.cluster.compiling import CompiledRun
from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.costs import TaskCosts
from daskflow.experiments.simulated.machine import Machine
from daskflow.experiments.simulated.parts import Part
from daskflow.experiments.simulated.scheduler import Scheduler
from daskflow.experiments.simulated.task import SimulatedTask
from daskflow.plan import Plan
from daskflow.plan.placement import WorkerInfo, place
from daskflow.runtime.spec import TaskSpec


class SimulatedRun:
    """Places the tasks of a run, and places those anew whose host was lost.

    Parameters
    ----------
    plan : Plan
        What runs.
    start : CompiledRun
        Its topology and tasks.
    scheduler : Scheduler
        Its own, with a ledger of that topology.
    part_of : callable
        What a task is told of its node.
    costs : TaskCosts
        What tasks take.
    agenda : Agenda
        Of the simulation.
    start_s : float
        How long it takes from a place to a process.
    machine_of : mapping of str to Machine
        By the addresses of workers.
    caller : Machine
        Where results are that go to the caller.
    """

    def __init__(
        self,
        plan: Plan,
        start: CompiledRun,
        scheduler: Scheduler,
        part_of: Callable[[TaskSpec], Part],
        costs: TaskCosts,
        agenda: Agenda,
        start_s: float,
        machine_of: Mapping[str, Machine],
        caller: Machine,
    ) -> None:
        self.plan = plan
        self.scheduler = scheduler
        self.address_of: dict[str, str] = {}
        """Addresses of workers by names of tasks; without those that have lost theirs."""
        self._agenda = agenda
        self._start_s = start_s
        self._machine_of = machine_of
        for spec in start.specs:
            task = SimulatedTask(spec.task, spec.task_name, part_of(spec), costs, agenda, scheduler)
            scheduler.tasks.append(task)
        self._tasks = {task.name: task for task in scheduler.tasks}
        for spec, _ in start.deliveries:
            self._tasks.pop(spec.task_name).begin(caller)

    @property
    def without_place(self) -> list[str]:
        """Names of tasks that have no worker."""
        return [name for name in self._tasks if name not in self.address_of]

    def place(self, workers: Sequence[WorkerInfo], tasks_per_worker: int) -> None:
        """Give each task a worker that has none, and let it begin there.

        Raises
        ------
        PlacementError
            The workers cannot take them.
        """
        fixed = dict(self.address_of)
        placement = place(self.plan, workers, tasks_per_worker=tasks_per_worker, fixed=fixed)
        for name, task in self._tasks.items():
            if name not in self.address_of:
                self.address_of[name] = address = placement.address_of[name]
                self._agenda.after(self._start_s, self._begin, task, address)

    def lose(self, machine: Machine) -> None:
        """Let the tasks on a machine die; what is to be done about it is done when it is noticed."""
        for name, address in self.address_of.items():
            if self._machine_of[address] is machine:
                self._tasks[name].die()

    def note_loss(self, machine: Machine) -> None:
        """Take note that a machine was lost: the tasks that it had have no worker any more."""
        for name, address in list(self.address_of.items()):
            task = self._tasks[name]
            if self._machine_of[address] is machine and task.machine is not machine:
                del self.address_of[name]
                self.scheduler.note_loss(task)

    def _begin(self, task: SimulatedTask, address: str) -> None:
        machine = self._machine_of[address]
        if machine.is_up and self.address_of.get(task.name) == address:
            task.begin(machine)
