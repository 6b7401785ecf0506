"""Tasks without processes: they talk to a ledger in a random order and remember what they were told."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence

from daskflow.ledger import (
    FAILED,
    FRESH,
    NOTHING,
    OUTPUT,
    REPLAYED,
    SKIPPED,
    SUSPECT,
    Lease,
    Ledger,
    Outcome,
    Payload,
)
from daskflow.ledger.slots import slot_number, slot_owner
from tests.property.fate import Fate
from tests.property.graphs import Scenario
from tests.property.hosts import Hosts
from tests.property.model import Model, message
from tests.property.tasks import CLOSED, GONE, OPEN, OPENING, SimulatedTask
from tests.property.watch import Watch

PATIENCE = 60
"""Steps after which a flow that does not end by itself is asked to stop."""

LONGEST = 4_000
"""Steps that no run of this size takes."""


class Simulation(Hosts, Fate):
    """One run from its first registration to its last close.

    Each step changes the ledger once, hands out what it has to say, and lets `Watch` check everything.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.model = Model(scenario)
        self.ledger = Ledger(scenario.topology())
        self.random = random.Random(scenario.seed)
        self.tasks = [self._task(i, state.node.index) for i, state in enumerate(self.ledger.tasks)]
        self.watch = Watch(self)
        self.story: deque[str] = deque(maxlen=400)
        self.now = 0.0
        self.step = 0
        self.is_stopped = False
        self.is_aborted = False
        self._opened: set[int] = set()
        self._has_started = False
        self._spoke: list[SimulatedTask] = []
        self.is_settled = True
        self._kills_left = scenario.kills
        self._scalings_left = scenario.scalings
        self._stop_at = scenario.stop_at
        if self._stop_at is None and not scenario.ends_by_itself():
            self._stop_at = PATIENCE
        self._last_killed: SimulatedTask | None = None
        self.deaths: Counter[tuple[int, int]] = Counter()
        self._prepare_hosts()

    def _task(self, index: int, node: int) -> SimulatedTask:
        eagerness, target = self.random.random() ** 2 + 0.02, self.random.choice((1, 1, 2, 4))
        return SimulatedTask(index, node, self.scenario.nodes[node], eagerness, target)

    def run(self) -> None:
        """Act until the run is over, then check how it ended."""
        while not self.ledger.is_over:
            if self._stop_at is not None and self.step >= self._stop_at and not self.is_stopped:
                self._stop()
            elif self._kills_left and self.random.random() < 0.04:
                self._kills_left -= 1
                self._kill()
            elif self._scalings_left and self.random.random() < 0.06:
                self._scalings_left -= 1
                self._scale()
            elif self._host_losses_left and self.random.random() < 0.04:
                self._host_losses_left -= 1
                self._lose_host()
            elif self.scenario.host_losses and self.random.random() < 0.1:
                self._report_lost_input()
            elif self.random.random() < 0.15:
                self._do_something_needless()
            else:
                self._go_on()
            self.step += 1
            assert self.step < LONGEST, "the run does not end"
        self.watch.check_end()

    # -- who acts, and how ------------------------------------------------------------------------------

    def _go_on(self) -> None:
        weights = [task.eagerness for task in self.tasks]
        for task in self.random.choices(self.tasks, weights, k=3):
            move = self._move(task)
            if move is not None:
                move(task)
                return
        for task in self.random.sample(self.tasks, len(self.tasks)):
            move = self._move(task)
            if move is not None:
                move(task)
                return
        if not self.is_settled:
            self._settle()
            return
        raise AssertionError("deadlock: the run is not over, and no task can do anything")

    def _move(self, task: SimulatedTask) -> Callable[[SimulatedTask], None] | None:
        """What brings a task nearer to its end; None if it has to wait."""
        if task.phase == GONE:
            # A process that was killed does not come back to a run that is ended at once.
            return None if self.is_aborted else self._register
        if task.phase == CLOSED:
            return None
        if task.abort:
            return self._close
        if task.phase == OPENING:
            return self._open
        if task.plan.inputs:
            if task.in_hand:
                return self._commit
            return self._close if task.ended else self._wake if task.target == 0 else None
        if task.has_ended_stream:
            return self._close if task.ended else None
        if task.stop and self.random.random() < 0.7:
            return self._end_stream
        if task.emitted < self._room(task):
            return self._end_stream if task.emitted == task.plan.length else self._emit
        return self._end_stream if task.stop else None

    def _do_something_needless(self) -> None:
        task = self.random.choice(self.tasks)
        if task.phase != OPEN:
            return
        if task.views and self.random.random() < 0.7:
            self._exchange(task, [], self._some_views(task, 0.7))
        elif task.plan.inputs:
            task.target = self.random.choice((0, 1, 2, 3))
            self._exchange(task, [], [])

    # -- what tasks say ---------------------------------------------------------------------------------

    def _register(self, task: SimulatedTask) -> None:
        self._note(task, "registers")
        is_noticed = not self.ledger.tasks[task.index].present
        self.lost.before_settling()
        task.begin(self.ledger.register(task.index, self._tick()))
        self._note_place(task)
        self._note_missing(is_noticed)
        self._after(None)

    def _open(self, task: SimulatedTask) -> None:
        task.phase = OPEN
        self._opened.add(task.index)
        self._note_open()
        is_late = self.ledger.nodes[task.node].announced
        self._exchange(task, [], [])
        assert task.ended or not is_late or not self.is_settled

    def _note_open(self) -> None:
        if all(task.index in self._opened or task.is_retiring for task in self.tasks):
            self._has_started = True

    def _wake(self, task: SimulatedTask) -> None:
        task.target = 1
        self._exchange(task, [], [])

    def _emit(self, task: SimulatedTask) -> None:
        outcomes: list[Outcome] = []
        count = self.random.randint(1, 4)
        while len(outcomes) < count and task.emitted != task.plan.length and task.emitted < self._room(task):
            outcomes.append(self._outcome(task, task.emitted, []))
            task.emitted += 1
        self._exchange(task, outcomes, [])

    def _room(self, task: SimulatedTask) -> int:
        return task.inline_room if task.is_inline else task.room

    def _end_stream(self, task: SimulatedTask) -> None:
        self._note(task, f"has given all its {task.emitted}")
        task.has_ended_stream = True
        self.watch.check_may_end(task)
        self.lost.note_end(task)
        self.ledger.end(task.index, task.incarnation)
        self._after(None)

    def _commit(self, task: SimulatedTask) -> None:
        count = self.random.randint(1, len(task.in_hand))
        if self.random.random() < 0.7 or task.plan.snapshot_every:
            leases = task.in_hand[:count]
        else:
            leases = self.random.sample(task.in_hand, count)
        task.in_hand = [lease for lease in task.in_hand if lease not in leases]
        if self.random.random() < 0.1:
            task.target = self.random.choice((0, 1, 2, 4))
        outcomes = [self._work(task, lease) for lease in leases]
        self._exchange(task, outcomes, self._some_views(task, 0.5))

    def _close(self, task: SimulatedTask) -> None:
        self._note(task, "closes")
        self.watch.check_close(task)
        task.phase = CLOSED
        task.views.clear()
        task.in_hand.clear()
        self.watch.noticed_free.update(self.ledger.tasks[task.index].outbox.freed)
        self.ledger.tasks[task.index].outbox.freed.clear()
        self.ledger.close(task.index, task.incarnation)
        self._after(None)

    def _exchange(self, task: SimulatedTask, outcomes: list[Outcome], released: list[int]) -> None:
        self._note(task, f"says {_shown(outcomes)}, releases {released}, wants {task.target}")
        self.watch.check_room(task.node, outcomes)
        self.watch.before(outcomes)
        self.lost.before_exchange()
        task.most_wanted = max(task.most_wanted, task.target)
        self.ledger.exchange(task.index, task.incarnation, outcomes, released, task.target, self._tick())
        self.watch.note_outcomes(task, outcomes)
        if any(outcome.kind == FAILED for outcome in outcomes):
            self.is_aborted = True
        self._after(task)

    def _work(self, task: SimulatedTask, lease: Lease) -> Outcome:
        outcome = Outcome(lease.number, REPLAYED)
        if lease.kind in (FRESH, SUSPECT):
            outcome = self._outcome(task, lease.number, lease.payloads)
        if task.plan.snapshot_every is None:
            return outcome
        before = task.memory
        task.memory = hash((before, lease.number, *(payload.descriptor for payload in lease.payloads)))
        self.watch.check_memory(task, lease, before)
        task.since_snapshot += 1
        if task.since_snapshot < task.plan.snapshot_every:
            return outcome
        task.since_snapshot = 0
        slots = self._slots_for_output(task, lease.payloads)
        self.watch.note_in_use(slots)
        return outcome._replace(snapshot=Payload(task.memory, slots))

    def _outcome(self, task: SimulatedTask, number: int, inputs: Sequence[Payload]) -> Outcome:
        if self.scenario.failing == (task.node, number):
            return Outcome(number, FAILED, f"n{task.node} failed on {number}", 0.25)
        if self.model.skips(task.node, number):
            return Outcome(number, SKIPPED, busy_s=0.25)
        if not self.scenario.children(task.node):
            return Outcome(number, OUTPUT, NOTHING, 0.25)
        body = message(task.node, number, [payload.descriptor for payload in inputs])
        slots = self._slots_for_output(task, inputs)
        task.is_inline = not slots
        return Outcome(number, OUTPUT, Payload(body, slots), 0.25)

    def _slots_for_output(self, task: SimulatedTask, inputs: Sequence[Payload]) -> tuple[int, ...]:
        slots: set[int] = set()
        choice = self.random.random()
        if choice < 0.4:  # an input's array, or one that was kept from an earlier input
            known = sorted(task.views.keys() | {slot for payload in inputs for slot in payload.slots})
            slots.update(self.random.sample(known, self.random.randint(0, len(known))))
        if choice > 0.3 and choice < 0.9:
            if task.free_slots and self.random.random() < 0.7:
                slots.add(task.free_slots.pop())
            else:
                slots.add(slot_number(task.index, task.incarnation, task.slots_made))
                task.slots_made += 1
        return tuple(slots)

    def _some_views(self, task: SimulatedTask, chance: float) -> list[int]:
        released = [slot for slot in task.views.elements() if self.random.random() < chance]
        task.views -= Counter(released)
        return released

    # -- what the ledger says ---------------------------------------------------------------------------

    def _after(self, answered: SimulatedTask | None) -> None:
        """Deliver what the tasks must be told, as the shell does, and check."""
        if answered is not None:
            self._spoke.append(answered)
        if self.random.random() < 0.2:  # the next event comes in before anyone is answered
            self.is_settled = False
            self.watch.check()
            return
        self._settle()

    def _settle(self) -> None:
        self.is_settled = True
        self.lost.before_settling()
        self.ledger.settle(self._tick())
        self._note_missing()
        told = [self.tasks[state.index] for state in self.ledger.take_to_tell()]
        for task in self._spoke:
            if task not in told and self.ledger.can_use_answer(task.index):
                told.append(task)
        self._spoke.clear()
        for task in told:
            if task.phase in (OPENING, OPEN):
                self._deliver(task)
        for slot in self.ledger.take_orphans():
            owner, incarnation = slot_owner(slot)
            is_owned = self.tasks[owner].phase == OPEN and self.tasks[owner].incarnation == incarnation
            assert not is_owned, "the slot of a task that is there was called an orphan"
            self.watch.note_freed(slot)
        self.watch.check()

    def _deliver(self, task: SimulatedTask) -> None:
        outbox = self.ledger.tasks[task.index].outbox
        if outbox.leases:
            self._note(task, f"gets {[lease.number for lease in outbox.leases]}")
        if outbox.leases or outbox.room:
            assert self._has_started, "a message may move before every node is open"
        self.watch.check_leases(task, outbox.leases)
        task.most_wanted = task.target
        for lease in outbox.leases:
            task.in_hand.append(lease)
            for payload in lease.payloads:
                task.views.update(payload.slots)
        for slot in outbox.freed:
            assert slot_owner(slot) == (task.index, task.incarnation), "freed to a task that does not own it"
            self.watch.note_freed(slot)
            task.free_slots.append(slot)
        if outbox.stop and not task.stop:
            self._note(task, "is asked to stop")
            self.watch.check_may_stop(task)
        if outbox.ended and not task.ended:
            self._note(task, "is told that its node has ended")
        task.room, task.inline_room, task.stop = outbox.room, outbox.inline_room, outbox.stop
        task.ended, task.abort = outbox.ended, outbox.abort
        outbox.leases.clear()
        outbox.freed, outbox.anew = [], False

    def _tick(self) -> float:
        self.now += 1.0
        return self.now

    def _note(self, task: SimulatedTask | None, what: str) -> None:
        who = "run" if task is None else f"{self.ledger.tasks[task.index].name}#{task.incarnation}"
        self.story.append(f"{self.step:4}  {who}: {what}")


def _shown(outcomes: list[Outcome]) -> str:
    kinds = {OUTPUT: "", SKIPPED: " skip", FAILED: " FAILED", REPLAYED: " again"}
    return "[" + ", ".join(f"{o.number}{kinds[o.kind]}" for o in outcomes) + "]"
