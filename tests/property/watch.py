"""What must hold after every event of a simulated run, and at its end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from daskflow.ledger import (
    DEAD,
    FAILED,
    FRESH,
    OUTPUT,
    REPLAY,
    REPLAY_OF_FAILURE,
    REPLAYED,
    SKIPPED,
    SUSPECT,
    Lease,
    Outcome,
)
from daskflow.ledger.state import EdgeState, NodeState
from tests.property.tasks import CLOSED

if TYPE_CHECKING:
    from tests.property.simulation import Simulation
    from tests.property.tasks import SimulatedTask


class Watch:
    """Keeps its own books of a simulation, and compares them with the ledger's."""

    def __init__(self, simulation: Simulation) -> None:
        self._run = simulation
        self._ledger = simulation.ledger
        self._model = simulation.model
        self._scenario = simulation.scenario
        self.worked: list[dict[int, int]] = [{} for _ in simulation.ledger.nodes]
        """For each node, how its tasks ended each number."""
        self.noticed_free: set[int] = set()
        """Freed slots whose owner closed before it was told."""
        self._in_hands: list[dict[int, int]] = [{} for _ in simulation.ledger.nodes]  # number -> task
        self._highest: dict[tuple[int, int], int] = defaultdict(lambda: -1)  # (task, incarnation) -> number
        self.forgetful: set[int] = set()
        self._memories: list[dict[int, int]] = [{} for _ in simulation.ledger.nodes]  # after each number
        self._live_slots: set[int] = set()  # named in a commit, and not freed since
        self._inline: set[int] = set()  # nodes that gave an output in no slot
        self._returned = [0] * len(simulation.ledger.nodes)
        self._lossy_nodes = [n for n in self._ledger.nodes if any(e.lossy for e in n.edges_in)]
        self._ordered = {i for i, node in enumerate(self._scenario.nodes) if node.nb_tasks == 1}
        self._held_before: dict[tuple[int, int], int] = {}  # by edge, the most that it could hold
        self._draining: set[int] = set()  # nodes of which one task is left, of several
        self._before: list[tuple[NodeState, int, set[int], list[int]]] = []

    # -- what tasks say and are told --------------------------------------------------------------------

    def check_leases(self, task: SimulatedTask, leases: Sequence[Lease]) -> None:
        """Nothing comes twice, what comes is whole, and one-task nodes get it in order."""
        node = task.node
        inputs = self._scenario.nodes[node].inputs
        for number, payloads, kind in leases:
            is_replay = kind in (REPLAY, REPLAY_OF_FAILURE)
            is_again = not is_replay and number in self.worked[node]
            if is_again:
                self._run.lost.check_asked(node, number)
            is_suspect = (node, number) in self._run.deaths
            assert is_replay or kind == (SUSPECT if is_suspect else FRESH), f"n{node}: a death at {number}"
            holder = self._in_hands[node].setdefault(number, task.index)
            assert holder == task.index, f"n{node}: {number} is in two hands"
            expected = [self._model.output(parent, number) for parent in inputs]
            assert [payload.descriptor for payload in payloads] == expected
            if self.is_ordered(node) and not is_again:
                key = task.index, task.incarnation
                assert number > self._highest[key], f"n{node}: {number} out of order"
                self._check_nothing_before(node, number)
                self._highest[key] = number
        new = [lease for lease in leases if not self._is_again(node, lease)]
        if new and self.is_ordered(node):
            assert all(a.number < b.number for a, b in pairwise(new)), "leases out of order"
            ready = [n for n, entry in self._ledger.nodes[node].arrivals.items() if None not in entry]
            assert min(ready, default=new[-1].number + 1) > new[-1].number, "a lower one was ready"
        assert not leases or task.most_wanted >= len(task.in_hand) + len(leases), "more leases than wanted"

    def _is_again(self, node: int, lease: Lease) -> bool:
        return lease.kind in (FRESH, SUSPECT) and lease.number in self.worked[node]

    def is_ordered(self, node: int) -> bool:
        """Whether a node has had one task for long enough to be given numbers in order."""
        return node in self._ordered

    def note_scaled(self, node: int) -> None:
        """Write down that tasks joined a node or left it."""
        self._ordered.discard(node)
        here = [task for task in self._run.tasks if task.node == node and not task.is_retiring]
        self._draining.discard(node)
        if len(here) == 1:
            self._draining.add(node)

    def _has_drained(self, node: int) -> bool:
        """Whether those have left that were to leave a node, and the one that is left has nothing in hand."""
        leaving = [t for t in self._run.tasks if t.node == node and t.is_retiring and t.phase != CLOSED]
        return not leaving and not any(task.leased for task in self._ledger.nodes[node].tasks)

    def _check_nothing_before(self, node: int, number: int) -> None:
        state = self._ledger.nodes[node]
        for earlier in range(state.resolved.low, number):
            is_known = earlier in state.resolved or earlier in self._in_hands[node]
            assert is_known, f"n{node}: {number} before {earlier}"

    def check_room(self, node: int, outcomes: Sequence[Outcome]) -> None:
        """An output always finds room in every blocking edge."""
        if any(outcome.kind == OUTPUT and not outcome.body.slots for outcome in outcomes):
            self._inline.add(node)
        for edge in self._ledger.nodes[node].edges_out:
            if not edge.lossy:
                for outcome in outcomes:
                    top = edge.target.resolved.low + self._most(edge)
                    assert outcome.number < top, "no room for an output"

    def _most(self, edge: EdgeState) -> int:
        """How much an edge may hold: of messages in slots alone, less."""
        is_inline = edge.source.index in self._inline and not edge.lossy
        now = max(edge.capacity, edge.inline_capacity) if is_inline else edge.capacity
        return max(now, self._held_before.get((edge.source.index, edge.target.index), 0))

    def note_resized(self, edge: EdgeState) -> None:
        """Write down that an edge is about to hold more or less: what it holds stays."""
        key = edge.source.index, edge.target.index
        held = max(edge.capacity, edge.inline_capacity)
        self._held_before[key] = max(held, self._held_before.get(key, 0))

    def note_outcomes(self, task: SimulatedTask, outcomes: Sequence[Outcome]) -> None:
        """Write down what a task has finished."""
        for outcome in outcomes:
            if task.plan.inputs:
                del self._in_hands[task.node][outcome.number]
            if outcome.kind == REPLAYED:
                continue
            if task.plan.snapshot_every is None:
                self._run.deaths.pop((task.node, outcome.number), None)
            if outcome.kind == OUTPUT:
                self._live_slots.update(outcome.body.slots)
            is_again = outcome.number in self.worked[task.node]
            self._run.lost.note_outcome(task, outcome, is_again=is_again)
            if is_again:
                assert self._scenario.can_make_again(task.node), "committed twice"
                assert self.worked[task.node][outcome.number] == outcome.kind
            self.worked[task.node][outcome.number] = outcome.kind

    def note_returned(self, task: SimulatedTask) -> None:
        """Write down that a killed task's leases are back."""
        untold = self._ledger.tasks[task.index].outbox.leases
        self._returned[task.node] += len(task.in_hand) + len(untold)
        for lease in task.in_hand:
            del self._in_hands[task.node][lease.number]

    def note_lost_input(self, task: SimulatedTask) -> None:
        """Write down that a task gave back all that it had, since it could not get at an input."""
        self._highest[task.index, task.incarnation] = min(lease.number for lease in task.in_hand) - 1
        self.note_returned(task)

    def note_dead(self, task: SimulatedTask, number: int) -> None:
        """Write down that a message was given up; if it was a replay, it only is not replayed again."""
        if number in self.worked[task.node]:
            self.forgetful.add(task.node)
            self._run.lost.given_up.add((task.node, number))
        else:
            self.worked[task.node][number] = DEAD
            self._model.dead.add((task.node, number))

    def check_memory(self, task: SimulatedTask, lease: Lease, before: int) -> None:
        """A node with memory knows what it would know if nothing had befallen it."""
        known = self._memories[task.node]
        if task.node in self.forgetful:
            return  # a number that it once worked on was given up at a replay
        if lease.kind in (REPLAY, REPLAY_OF_FAILURE):
            assert known[lease.number] == task.memory, f"n{task.node}: another memory after {lease.number}"
        else:
            assert before == next(reversed(known.values()), 0), f"n{task.node}: a memory is missing"
            known[lease.number] = task.memory

    def check_close(self, task: SimulatedTask) -> None:
        """A node that closes in the course of things knows all that it worked on."""
        if task.plan.snapshot_every and not task.abort and task.node not in self.forgetful:
            assert task.memory == next(reversed(self._memories[task.node].values()), 0)

    def note_in_use(self, slots: Sequence[int]) -> None:
        """Write down that slots were named in a snapshot."""
        self._live_slots.update(slots)

    def note_unused(self, slots: Sequence[int]) -> None:
        """Write down that a snapshot was made, and never said."""
        self._live_slots.difference_update(slot for slot in slots if not self._ledger.holds_slot(slot))

    def note_freed(self, slot: int) -> None:
        """Write down that a slot's owner, or the shell, has it back."""
        assert slot in self._live_slots, f"slot {slot:x} is freed twice, or was never used"
        assert not self._ledger.holds_slot(slot), f"slot {slot:x} is freed while somebody holds it"
        self._live_slots.remove(slot)

    def check_may_stop(self, task: SimulatedTask) -> None:
        """A producer is asked to stop by the user, or because nobody can use what it still has."""
        assert not task.plan.inputs
        if self._run.is_stopped or self._ledger.nodes[task.node].end is not None:
            return
        ended = self._run.lost.ends
        above = self._model.producers_above
        below = [leaf for leaf in self._model.leaves if task.node in above[leaf]]
        assert below != [task.node], "a producer that nobody reads was asked to stop"
        for leaf in below:
            ends = [ended[producer] for producer in above[leaf] if producer in ended]
            assert ends, f"n{task.node} was asked to stop, but n{leaf} can use its messages"
            assert min(ends) <= task.emitted, f"n{leaf} has a use for number {task.emitted} of n{task.node}"

    def check_may_end(self, task: SimulatedTask) -> None:
        """A producer gives all that it has unless it is asked to stop."""
        assert task.stop or task.emitted == task.plan.length

    # -- after every event ------------------------------------------------------------------------------

    def before(self, outcomes: Sequence[Outcome]) -> None:
        """Remember the lossy edges, if the event can fill each of them at most once."""
        self._before = []
        if len(outcomes) == 1:
            self._before = [
                (n, n.counters.dropped, set(n.arrivals), [e.waiting for e in n.edges_in])
                for n in self._lossy_nodes
            ]

    def check(self) -> None:
        """Compare the books."""
        self._check_drops()
        for index in [i for i in self._draining if self._has_drained(i)]:
            self._draining.remove(index)
            self._ordered.add(index)
        held: Counter[int] = Counter()
        for node in self._ledger.nodes:
            counters = node.counters
            resolved = node.resolved.low + sum(end - start for start, end in node.resolved.runs)
            assert resolved == (
                counters.done
                + counters.skipped
                + counters.dropped
                + counters.failed
                + counters.voided
                + counters.lost
            )
            assert len(self.worked[node.index]) == counters.done + counters.skipped + counters.failed
            if not self._run.is_aborted:
                leased = {number for task in node.tasks for number in task.leased}
                untold = {lease.number for task in node.tasks for lease in task.outbox.leases}
                assert leased == self._in_hands[node.index].keys() | untold
            for position, edge in enumerate(node.edges_in):
                here = [n for n, entry in node.arrivals.items() if entry[position] is not None]
                assert edge.waiting == len(here)
                most = self._most(edge) + (self._returned[node.index] if edge.lossy else 0)
                assert edge.waiting <= most, f"{edge.waiting} messages wait in an edge for {edge.capacity}"
                if not edge.lossy:
                    assert not here or max(here) < node.resolved.low + self._most(edge)
            for entry in node.arrivals.values():
                for payload in entry:
                    if payload is not None:
                        held.update(payload.slots)
            if node.history is not None:
                for payload in node.history.held:
                    held.update(payload.slots)
            for entry in node.kept.inputs.values() if node.kept is not None else ():
                for payload in entry:
                    if payload is not None:
                        held.update(payload.slots)
            for task in node.tasks:
                for payloads in task.leased.values():
                    for payload in payloads:
                        held.update(payload.slots)
        for simulated in self._run.tasks:
            held.update(simulated.views)
        self._check_slots(held)

    def _check_slots(self, held: Counter[int]) -> None:
        ledger = self._ledger
        if self._run.is_aborted:
            return  # nobody is told any more; all files go at the end of the run
        for slot in held:
            assert ledger.holds_slot(slot), f"slot {slot:x} was let go of while it is held"
            assert slot in self._live_slots
        assert ledger.slots_in_use == len(held), "slots are held for nobody"

    def _check_drops(self) -> None:
        for node, dropped, arrivals, waiting in self._before:
            count = node.counters.dropped - dropped
            if not count:
                continue
            assert any(
                edge.lossy and before >= edge.capacity
                for edge, before in zip(node.edges_in, waiting, strict=True)
            ), f"n{node.index} dropped a message although there was room"
            gone = [n for n in arrivals if n in node.resolved and n not in self.worked[node.index]]
            if len(gone) == count == 1:
                lossy = [e.position for e in node.edges_in if e.lossy]
                assert any(
                    all(entry[i] is None or n > gone[0] for n, entry in node.arrivals.items()) for i in lossy
                ), f"n{node.index} dropped {gone[0]}, which was not the oldest"
        self._before = []

    # -- at the end -------------------------------------------------------------------------------------

    def check_end(self) -> None:
        """Every number, slot and task is accounted for."""
        ledger, run = self._ledger, self._run
        if run.is_aborted:
            assert ledger.is_aborting
            assert ledger.failure is not None
            assert all(
                task.abort or task.ended or task.is_retiring or task.phase == "gone" for task in run.tasks
            )
            return
        assert ledger.failure is None
        assert all(task.ended or task.is_retiring for task in run.tasks)
        lengths = [0] * len(ledger.nodes)
        for task in run.tasks:
            if not task.plan.inputs:
                lengths[task.node] = ledger.nodes[task.node].end or 0
        counted = ledger.counts(run.now)
        for node, end in zip(ledger.nodes, self._model.ends(lengths), strict=True):
            assert node.announced
            assert node.end == end == node.resolved.low
            assert not node.arrivals
            self._check_counts(node, lengths)
            counts = counted.nodes[node.index]
            ended = counts.done + counts.skipped + counts.dropped + counts.failed + counts.voided
            assert ended + counts.lost == end
            assert not node.kept
            assert (counts.in_flight, counts.waiting) == (0, 0)
        ledger.stop()  # an event, so that the slots of the last to close are told
        ledger.settle(run.now + 1)
        for slot in ledger.take_orphans():
            self.note_freed(slot)
        assert ledger.slots_in_use == 0
        assert self._live_slots == self.noticed_free

    def _check_counts(self, node: NodeState, lengths: Sequence[int]) -> None:
        worked, counters = self.worked[node.index], node.counters
        assert node.end is not None
        kinds = Counter(worked.values())
        assert (counters.done, counters.skipped) == (kinds[OUTPUT], kinds[SKIPPED])
        assert (counters.failed, kinds[FAILED]) == (kinds[DEAD], 0)
        if not (self._scenario.is_lossy or self._run.lost.may_have_lost or self._run.lost.given_up):
            reached = [n for n in range(node.end) if self._model.reaches(node.index, n, lengths)]
            assert sorted(worked) == reached
            assert (counters.dropped, counters.lost) == (0, 0)
            return
        parents = [edge.source.index for edge in node.edges_in]
        missed = 0
        for number in range(node.end):
            comes = not parents or all(self.worked[p].get(number) == OUTPUT for p in parents)
            assert comes or number not in worked
            comes = comes and not any((p, number) in self._run.lost.given_up for p in parents)
            missed += comes and number not in worked
        assert counters.dropped + counters.lost >= missed
        assert missed == 0 or any(edge.lossy for edge in node.edges_in) or self._run.lost.may_have_lost
