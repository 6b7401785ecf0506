"""Hosts that are lost in a simulated run, with the processes and the memory that are there."""

from __future__ import annotations

from collections import defaultdict

from tests.property.fate import Fate
from tests.property.lost import Lost
from tests.property.tasks import CLOSED, GONE, OPEN, SimulatedTask


class Hosts(Fate):
    """The part of a `Simulation` that knows where processes are."""

    _host_losses_left: int
    lost: Lost

    def _prepare_hosts(self) -> None:
        self._host_losses_left = self.scenario.host_losses
        self._unreachable_left = self.scenario.unreachable
        self._owners_on: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self.lost = Lost(self)

    def _note_place(self, task: SimulatedTask) -> None:
        task.host = self.random.randrange(self.scenario.hosts)
        self._owners_on[task.host].add((task.index, task.incarnation))

    def _lose_host(self) -> None:
        """Lose one with all that is on it: what its processes say of it and what its memory is come apart."""
        hosts = [host for host in range(self.scenario.hosts) if self._may_lose(host)]
        if not hosts:
            return
        host = self.random.choice(hosts)
        there = self._tasks_on(host)
        self._note(None, f"host {host} is lost, with {[task.index for task in there]}")
        owners = self._owners_on.pop(host, set())
        events = self.random.sample(there, len(there))
        when = self.random.randint(0, len(events))
        for i, task in enumerate([*events, None]):
            if i == when:
                self._note(None, f"slots of {sorted(owners)} are gone")
                self.ledger.lose_slots(owners, self._tick())
                self.lost.note_gone(owners)
            if task is not None:
                self._lose_with_host(task)
        self._after(None)

    def _tasks_on(self, host: int) -> list[SimulatedTask]:
        return [task for task in self.tasks if task.host == host and task.phase not in (GONE, CLOSED)]

    def _may_lose(self, host: int) -> bool:
        ends = any(self._ends_run(task) for task in self._tasks_on(host))
        return not ends or self.scenario.fatal or self.is_aborted

    def _ends_run(self, task: SimulatedTask) -> bool:
        node = self.ledger.nodes[task.node]
        if node.history is not None and node.history.has_lost_snapshot:
            return True
        return task.phase == OPEN and not ((node.is_source and node.is_finished) or task.plan.resumable)

    def _lose_with_host(self, task: SimulatedTask) -> None:
        ends = self._ends_run(task)
        in_hand = self._number_in_hand(task)
        self.watch.note_returned(task)
        task.die()
        reason = self._lose(task, None, in_hand, [], False)
        if task.is_retiring:
            task.phase = CLOSED
        assert (reason is None) == (self.is_aborted or not ends)
        if reason is not None:
            self._fail(f"lost {task.index}")

    def _report_lost_input(self) -> None:
        """Let a task say that it cannot get at an input, which may be gone or only out of its reach."""
        task = self.random.choice(self.tasks)
        if task.phase != OPEN or not task.in_hand or task.abort:
            return
        lease = self.random.choice(task.in_hand)
        slots = {slot for payload in lease.payloads for slot in payload.slots}
        gone = {slot for slot in slots if self.lost.is_gone(slot)}
        if not gone and self._unreachable_left and slots:
            self._unreachable_left -= 1
            gone = {self.random.choice(sorted(slots))}
        if not gone:
            return
        self._note(task, f"cannot get at {sorted(gone)} for {lease.number}")
        self.watch.note_lost_input(task)
        task.in_hand.clear()
        self.lost.note_unreachable(task, lease, gone)
        self.ledger.lost_input(task.index, task.incarnation, lease.number, sorted(gone), self._tick())
        self._after(None)

    def _note_missing(self, is_checked: bool = True) -> None:
        """Fail the run if the ledger cannot do without something, as the shell does."""
        missing = self.ledger.take_missing()
        if is_checked:
            self.lost.check_settled(missing)
        elif self.lost.may_have_lost:  # a death came to light just now, and with it what cannot be replayed
            self.watch.forgetful.update(node.index for node in self.ledger.nodes)
        if missing:
            self._fail(f"misses {missing[0].number} of n{missing[0].node.index}")

    def _fail(self, failure: str) -> None:
        self._note(None, failure)
        self.is_aborted = True
        self.ledger.fail(failure)
