"""A simulated process of a task: a copy of the node, the real task around it, and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from daskflow.core.node import Node
from daskflow.runtime.dask_task import load_node
from daskflow.runtime.spec import TaskSpec
from daskflow.runtime.task import Task
from daskflow.testing.calls import surround
from daskflow.testing.faults import LEASE
from daskflow.testing.link import Link
from daskflow.testing.strand import Strand
from daskflow.transport.surroundings import LATE

if TYPE_CHECKING:
    from daskflow.testing.simulation import Simulation

WAITING, WORKING, CALLING, GONE = "waiting", "working", "calling", "gone"


class Killed(BaseException):
    """Ends the thread of a process that was killed; no error, so that nothing in a task takes it for one."""


class Process:
    """One incarnation of a task, in a thread.

    Parameters
    ----------
    simulation : Simulation
        Of which it is a part.
    spec : TaskSpec
        The task.
    receiver : Node, optional
        The node itself, where it is not a copy: what hands results to the caller.
    """

    def __init__(self, simulation: Simulation, spec: TaskSpec, receiver: Node | None = None) -> None:
        self.spec = spec
        self.agenda = simulation.agenda
        self._simulation = simulation
        self._receiver = receiver
        self._state = WORKING
        self._nb_calls = 0
        self._room = 0
        self.is_killed = False
        self.error: Exception | None = None
        self.is_callers = receiver is not None
        self._strand = Strand(spec.task_name, self._live)
        self._link = Link(self, simulation.desk)

    # -- its life ---------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Let it look whether something has come, if it waits for that."""
        if self._state == WAITING:
            self._resume()

    def start(self) -> None:
        """Let it begin."""
        self._resume()

    def die(self, *, late_number: int | None = None, with_host: bool = False) -> None:
        """Be killed: from now on nothing is said, and nothing is left but what a killed process leaves."""
        if self.is_killed or self._state == GONE:
            return
        self.is_killed = True
        if late_number is not None:
            self._link.connection.killed_for = LATE
            self._link.connection.late_number = late_number
        self._link.close()
        if not with_host:
            self._simulation.note_death(self)

    def die_from_outside(self, *, late_number: int | None = None, with_host: bool = False) -> None:
        """Be killed while it waits, or while a call takes its time."""
        self.die(late_number=late_number, with_host=with_host)
        self._resume()

    def end(self) -> None:
        """End its thread without a trace: the simulation is over."""
        self.is_killed = True
        self._state = GONE
        self._strand.end()

    # -- in its thread ----------------------------------------------------------------------------------

    def wait(self) -> None:
        """Give the turn away until something may have come."""
        self._pause(WAITING)

    def begin_call(self, number: int | None = None, limit_s: float | None = None) -> None:
        """Note that a call of the node begins; the process is killed if it takes longer than the limit."""
        self._nb_calls += 1
        call = self._nb_calls
        if limit_s is not None:
            self.agenda.after(limit_s, lambda: self._end_late(call, number))

    def spend(self, time_s: float | None) -> None:
        """Let time pass in the call; None is for ever."""
        call = self._nb_calls
        if time_s is not None:
            self.agenda.after(time_s, lambda: self._end_call(call))
        self._pause(CALLING)

    def check_alive(self) -> None:
        """Go no further if the process was killed."""
        if self.is_killed:
            raise Killed

    def may_die(self, point: str, numbers: Sequence[int] = (), spec: TaskSpec | None = None) -> None:
        """Die here, if a fault says so; `spec` says what is called, where that is a part of the task."""
        kill = self._simulation.armory.kill(spec or self.spec, point, numbers)
        if kill is not None:
            self.note(f"is killed at {point!r}", kill.number)
            self.die()
            raise Killed
        tasks = self._simulation.armory.host_lost(self.spec, point, numbers)
        if tasks:
            self._simulation.lose_host(self, tasks)
            raise Killed

    def note_room(self, room: int) -> None:
        """Take note of the number below which a producer may make messages."""
        if room > self._room:
            numbers, self._room = list(range(self._room, room)), room
            self.may_die(LEASE, numbers)

    def note(self, what: str, number: int | None = None) -> None:
        """Tell the story."""
        self._simulation.note(self.spec.task_name, what, number)

    def run(self, action: Callable[[], None]) -> None:
        """Do something in the name of the process, beside its thread, of which it may die."""
        if not self.is_killed:
            try:
                action()
            except Killed:
                self._resume()

    def _live(self) -> None:
        try:
            self._work()
        except Killed:
            return
        except Exception as error:  # noqa: BLE001  the simulation tells the ledger, as Dask does
            self.error = error
        self._state = GONE
        if not self.is_killed:
            self._link.close()

    def _work(self) -> None:
        simulation, spec = self._simulation, self.spec
        node = self._receiver
        if node is None:
            node = load_node(spec)
            surround(self, simulation, node)
        clock = simulation.clock_of(self)
        Task(spec, node, self._link, private_inputs=self.is_callers, clock=clock).run()
        self.note("says goodbye")

    # -- in the simulation's ----------------------------------------------------------------------------

    def _end_call(self, call: int) -> None:
        if self._state == CALLING and call == self._nb_calls:
            self._resume()

    def _end_late(self, call: int, number: int | None) -> None:
        if self._state == CALLING and call == self._nb_calls:
            self.note("its call takes too long: it is killed")
            self.die_from_outside(late_number=number)

    def _resume(self) -> None:
        self._state = WORKING
        self._strand.resume()
        if self._strand.has_ended:
            self._state = GONE
            self._simulation.note_end(self)

    def _pause(self, state: str) -> None:
        self._state = state
        self._strand.pause()
        self.check_alive()
