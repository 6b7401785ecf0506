"""All the machines of a simulation and the runs on them; what is lost, and where its tasks go then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from daskflow.errors import PlacementError
from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.hosts import Host, Loss, Network
from daskflow.experiments.simulated.machine import Machine
from daskflow.experiments.simulated.run import SimulatedRun
from daskflow.experiments.simulated.wires import Wires
from daskflow.plan.placement import WorkerInfo
from daskflow.version import __version__

OWN_HOST = Host(cores=1)
"""A scheduler's, which it shares with nobody."""

CALLER = Host(cores=4)
"""Where the program is that has started the runs."""


class Site:
    """Where runs are.

    Parameters
    ----------
    hosts : sequence of Host
        Each of one machine.
    schedulers : int
        How many schedulers there are, each on a host of its own.
    agenda : Agenda
        Of the simulation.
    network : Network
        Between all of them.
    tasks_per_worker : int
        How many tasks a worker may be given.
    """

    def __init__(
        self,
        hosts: Sequence[Host],
        schedulers: int,
        agenda: Agenda,
        network: Network,
        tasks_per_worker: int,
    ) -> None:
        everywhere = [*hosts, *[OWN_HOST] * schedulers, CALLER]
        self.wires = Wires(agenda, network, [host.bytes_per_s for host in everywhere])
        machines = [Machine(i, host, agenda, self.wires) for i, host in enumerate(everywhere)]
        self.machines = machines[: len(hosts)]
        self.schedulers, self.caller = machines[len(hosts) : -1], machines[-1]
        self.runs: list[SimulatedRun] = []
        self.machine_of: dict[str, Machine] = {}
        """By the addresses of workers."""
        self.moved = 0
        """How often a task got another place."""
        self.refusals: list[str] = []
        """Why tasks that had lost theirs were not given another at once."""
        self._agenda = agenda
        self._network = network
        self._tasks_per_worker = tasks_per_worker
        self._known = set(self.machines)  # whose workers the scheduler takes for there
        self._workers: list[tuple[Machine, WorkerInfo]] = []
        self._holding: dict[str, WorkerInfo] = {}  # as they were last, of those that have tasks
        for machine in self.machines:
            for info in _workers_of(machine):
                self._workers.append((machine, info))
                self.machine_of[info.address] = machine

    def place(self, run: SimulatedRun) -> None:
        """Add a run and place its tasks; raises what `place` does."""
        self.runs.append(run)
        run.place(self._workers_for(run), self._tasks_per_worker)

    def expect(self, loss: Loss) -> None:
        """Have a loss happen in its time."""
        machine = self.machines[loss.host]
        self._agenda.at(loss.at_s, self._lose, machine)
        if loss.back_s is not None:
            self._agenda.at(loss.back_s, self._bring_back, machine)

    # -- inside -----------------------------------------------------------------------------------------

    def _lose(self, machine: Machine) -> None:
        if machine.is_up:
            machine.lose()
            for run in self.runs:
                run.lose(machine)
            self._agenda.after(self._network.notice_s, self._notice, machine)

    def _notice(self, machine: Machine) -> None:
        if not machine.is_up:
            self._known.discard(machine)
        for run in self.runs:
            run.note_loss(machine)
        self._replace()

    def _bring_back(self, machine: Machine) -> None:
        machine.come_back()
        self._known.add(machine)
        self._replace()

    def _replace(self) -> None:
        for run in self.runs:
            before = len(run.address_of)
            if run.without_place and not run.scheduler.failure:
                try:
                    run.place(self._workers_for(run), self._tasks_per_worker)
                except PlacementError as error:  # they wait until there is room again
                    self.refusals.append(str(error))
                self.moved += len(run.address_of) - before

    def _workers_for(self, run: SimulatedRun) -> list[WorkerInfo]:
        """The workers as a run finds them: with the tasks of others."""
        held: dict[str, tuple[str, ...]] = {}
        for other in self.runs:
            if other is not run:
                for name, address in other.address_of.items():
                    held[address] = (*held.get(address, ()), f"{other.plan.flow_name}/{name}")
        return [
            self._with(info, held.get(info.address, ()))
            for machine, info in self._workers
            if machine in self._known
        ]

    def _with(self, info: WorkerInfo, held: tuple[str, ...]) -> WorkerInfo:
        if not held:
            return info
        known = self._holding.get(info.address)
        if known is None or known.held != held:
            known = self._holding[info.address] = replace(info, held=held)
        return known


def _workers_of(machine: Machine) -> list[WorkerInfo]:
    host, index = machine.host, machine.index
    count = host.cores if host.workers is None else host.workers
    return [
        WorkerInfo(
            address=f"tcp://host-{index}:{40000 + i}",
            name=f"host-{index}-{i}",
            host=f"{index:08x}",
            hostname=f"host-{index}",
            nthreads=1,
            cores=host.cores,
            memory_limit=None,
            resources={"GPU": 1.0} if i < host.gpus else {},
            versions={"daskflow": __version__},
        )
        for i in range(count)
    ]
