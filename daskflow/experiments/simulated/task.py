"""A simulated task: what the real one says to its ledger, and when, without its node and its thread."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.costs import TaskCosts
from daskflow.experiments.simulated.machine import Lying, Machine
from daskflow.experiments.simulated.parts import Part
from daskflow.ledger import DEAD, FAILED, NOTHING, OUTPUT, SKIPPED, Lease, Outcome, Payload
from daskflow.ledger.slots import slot_number
from daskflow.runtime.courier import TICK_S
from daskflow.runtime.pace import Pace
from daskflow.runtime.session import LOOK_EVERY, MOST_HELD
from daskflow.transport.descriptor import INLINE_LIMIT

if TYPE_CHECKING:
    from daskflow.experiments.simulated.scheduler import Scheduler, Told

HELLO, STEP, LOST = range(3)
"""What a scheduler hears of a task: it has a process, it has done something, its process is gone."""

NO_NUMBER = -1


class SimulatedTask:
    """One task, over all its processes; keeps to what `daskflow.runtime.session.Session` does.

    Parameters
    ----------
    index : int
        Of the task in the ledger.
    name : str
        Of the task.
    part : Part
        Its node.
    costs : TaskCosts
        What it takes beside.
    agenda : Agenda
        Of the simulation.
    scheduler : Scheduler
        Where its ledger is.
    """

    __slots__ = (
        "_agenda", "_begin_s", "_busy_s", "_costs", "_courier_asked", "_due_s", "_editions", "_free",
        "_held", "_inbox", "_inputs", "_is_brisk", "_is_inline", "_is_waiting", "_leases", "_made",
        "_number", "_owed_s", "_pace", "_released", "_room", "_scheduler", "_steps_under_way", "_wanted",
        "computed", "down_to_s", "incarnation", "index", "life", "lost_inputs", "machine", "name", "part",
        "up_to_s",
    )  # fmt: skip

    def __init__(
        self, index: int, name: str, part: Part, costs: TaskCosts, agenda: Agenda, scheduler: Scheduler
    ) -> None:
        self.index = index
        self.name = name
        self.part = part
        self.life = 0
        """Counts its processes: what was to be done for an earlier one is not done."""
        self.machine: Machine | None = None
        self.computed = 0
        """How many calls have ended."""
        self.lost_inputs = 0
        """How many messages it could not get at, since they went with their host."""
        self.up_to_s = self.down_to_s = 0.0
        """When the last that it said comes to the scheduler, and the last that it is told comes to it."""
        self._costs = costs
        self._agenda = agenda
        self._scheduler = scheduler
        self._due_s = part.random.random() * part.every_s

    def begin(self, machine: Machine) -> None:
        """Have a process on a machine."""
        self.life += 1
        self.machine = machine
        self.incarnation = -1
        self._pace = Pace(self.part.prefetch)
        self._wanted = 1
        self._leases: deque[Lease] = deque()
        self._inbox: list[Told] = []
        self._held: list[Outcome] = []
        self._released: list[int] = []
        self._free: list[int] = []
        self._editions: dict[int, int] = {}
        self._made = self._steps_under_way = 0
        self._room = 0, 0
        self._owed_s = 0.0
        self._is_waiting = self._is_brisk = self._is_inline = self._courier_asked = False
        self._number = NO_NUMBER
        self._inputs: list[Payload] = []
        self._scheduler.hear(self, HELLO, None)

    def die(self) -> None:
        """Lose its process."""
        self.life += 1
        self.machine = None

    # -- what it is told --------------------------------------------------------------------------------

    def welcome(self, incarnation: int, number: int, life: int) -> None:
        """Be registered, and open the node."""
        if life != self.life:
            return
        self.incarnation = incarnation
        if self.part.is_source:
            self._number = number
            self._due_s = max(self._due_s, self._agenda.now_s)
        self._send_step()
        self._go_on()

    def tell(self, told: Told, life: int) -> None:
        """Be told something; it looks at it when it waits, or comes to say something itself."""
        if life != self.life:
            return
        self._inbox.append(told)
        machine = self.machine
        assert machine is not None
        for lease in told.leases:  # what is elsewhere is fetched from now on, while it works on others
            for payload in lease.payloads:
                if payload.slots and payload.descriptor.machine is not machine:
                    machine.fetch(payload)
        if self._is_waiting:
            self._is_waiting = False
            self._go_on()

    # -- its loop ---------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        if self._inbox:
            self._look()
        if self.part.is_source:
            room, inline_room = self._room
            if self._number < (inline_room if self._is_inline else room):
                self._begin_s = self._agenda.now_s
                self._call()
                return
        elif self._leases:
            self._begin_s = self._agenda.now_s
            self._number, self._inputs, _ = self._leases.popleft()
            self._fetch()
            return
        self._wait()

    def _wait(self) -> None:
        if self._held or self._released:
            self._send_step()
        self._is_waiting = True

    def _fetch(self) -> None:
        """Wait for inputs from elsewhere; begin the call when all are here."""
        machine, here_s = self.machine, 0.0
        assert machine is not None
        for payload in self._inputs:
            if payload.slots and payload.descriptor.machine is not machine:
                here_s = max(here_s, machine.fetch(payload))
        if here_s == float("inf"):
            self.lost_inputs += 1
            if self.part.tolerates_loss:
                self._end_call(DEAD, NOTHING)
            else:
                self._end_call(
                    FAILED, f"task {self.name}: the inputs of message {self._number} went with their host"
                )
        elif here_s > self._agenda.now_s:  # its host may be lost meanwhile: then it looks again
            self._agenda.at(here_s, self._fetch_again, self.life)
        else:
            self._call()

    def _fetch_again(self, life: int) -> None:
        if life == self.life:
            self._fetch()

    def _call(self) -> None:
        part, costs = self.part, self._costs
        wait_s, compute_s = part.sampler.next()
        self._busy_s = wait_s + compute_s
        compute_s += costs.message_s + self._owed_s
        self._owed_s = 0.0
        if not self._is_brisk or not self._steps_under_way:
            compute_s += costs.step_s
        if part.size_bytes > INLINE_LIMIT:
            compute_s += part.size_bytes * costs.per_byte_s
        if part.every_s:
            now = self._agenda.now_s
            if self._due_s < now - part.every_s:  # it was held up: what it did not take is gone
                self._due_s += part.every_s * int((now - self._due_s) / part.every_s)
            wait_s = max(0.0, self._due_s - now)
            self._due_s += part.every_s
        if wait_s:
            self._agenda.after(wait_s + costs.wake_s, self._compute, compute_s, self.life)
        else:
            self._compute(compute_s, self.life)

    def _compute(self, compute_s: float, life: int) -> None:
        if life == self.life:
            assert self.machine is not None
            self.machine.cores.compute(compute_s, self._called)

    def _called(self) -> None:
        part = self.part
        self.computed += 1
        if part.passed < 1.0 and part.random.random() >= part.passed:
            self._end_call(SKIPPED, NOTHING)
        elif part.has_readers:
            self._end_call(OUTPUT, self._result())
        else:
            self._end_call(OUTPUT, NOTHING)

    def _result(self) -> Payload:
        machine, size_bytes = self.machine, self.part.size_bytes
        assert machine is not None
        self._is_inline = size_bytes <= INLINE_LIMIT
        if self._is_inline:
            return Payload(Lying(machine, size_bytes, 0, machine.lives))
        if self._free:
            slot = self._free.pop()
        else:
            slot = slot_number(self.index, self.incarnation, self._made)
            self._made += 1
        edition = self._editions[slot] = self._editions.get(slot, 0) + 1
        return Payload(Lying(machine, size_bytes, edition, machine.lives), (slot,))

    def _end_call(self, kind: int, body: Payload | str) -> None:
        number = self._number
        if self.part.is_source:
            self._number += 1
        else:
            for payload in self._inputs:
                self._released.extend(payload.slots)
            self._inputs = []
        pace = self._pace
        pace.note(self._agenda.now_s - self._begin_s)
        self._wanted, self._is_brisk = pace.wanted, pace.is_brisk
        self._held.append(Outcome(number, kind, body, self._busy_s))
        under_way = self._steps_under_way
        is_held = self._is_brisk and under_way > 0 and len(self._held) < MOST_HELD and kind < FAILED
        if not is_held:
            self._send_step()
        if self._inbox and (not is_held or len(self._held) % LOOK_EVERY == 0):
            self._look()
        if is_held:
            if not self._steps_under_way:
                self._send_step()
            elif not self._courier_asked:
                self._courier_asked = True
                self._agenda.after(TICK_S, self._come_for_held, self.life)
        self._go_on()

    def _come_for_held(self, life: int) -> None:
        if life == self.life:
            self._courier_asked = False
            if self._held or self._released:
                self._send_step()

    def _look(self) -> None:
        for told in self._inbox:
            self._owed_s += self._costs.told_s
            self._steps_under_way -= told.steps
            self._leases.extend(told.leases)
            self._free.extend(told.freed)
            self._room = told.room, told.inline_room
        self._inbox.clear()

    def _send_step(self) -> None:
        self._steps_under_way += 1
        step: tuple[Any, ...] = self._held, self._released, self._wanted
        self._held, self._released = [], []
        self._scheduler.hear(self, STEP, step)
