"""What can be had again after a loss, and what cannot: computed from what tasks have said alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daskflow.ledger import OUTPUT, Lease, Missing, Outcome, Payload
from daskflow.ledger.kept import MOST_TRIES
from daskflow.ledger.slots import slot_owner
from daskflow.ledger.state import NodeState
from tests.property.tasks import GONE, SimulatedTask

if TYPE_CHECKING:
    from tests.property.hosts import Hosts


class Lost:
    """Keeps its own books of which payloads are gone, and says what the ledger must make of that."""

    def __init__(self, simulation: Hosts) -> None:
        self._run = simulation
        self._ledger = simulation.ledger
        self._scenario = simulation.scenario
        self._gone: set[tuple[int, int]] = set()
        self._had: dict[tuple[int, int, int], Payload | None] = {}
        """By reader, parent and number: what the ledger has for the reader; None if that is lost."""
        self._tries: Counter[tuple[int, int]] = Counter()
        self._expected: dict[tuple[int, int], bool] | None = None
        self.given_up: set[tuple[int, int]] = set()
        """Nodes and numbers of results that were to be made again, and are not.

        They killed too many processes, or nobody below can use what would come of them.
        """
        self.ends: dict[int, int] = {}
        """After how many messages producers have ended, also those that go back to earlier ones."""
        self.may_have_lost = False

    # -- what happens -----------------------------------------------------------------------------------

    def note_gone(self, owners: Iterable[tuple[int, int]]) -> None:
        """Write down that the slots of these processes are gone."""
        self._gone.update(owners)
        self.may_have_lost |= self._scenario.tolerates_loss

    def note_unreachable(self, task: SimulatedTask, lease: Lease, slots: set[int]) -> None:
        """Write down that a task gave a number back since it could not get at some slots."""
        self.may_have_lost |= self._scenario.tolerates_loss
        for parent in task.plan.inputs:
            payload = self._had[task.node, parent, lease.number]
            if payload is not None and not slots.isdisjoint(payload.slots):
                self._had[task.node, parent, lease.number] = None

    def note_outcome(self, task: SimulatedTask, outcome: Outcome, *, is_again: bool) -> None:
        """Write down what a task has made."""
        if outcome.kind != OUTPUT:
            return
        number = outcome.number
        if is_again and self._ledger.nodes[task.node].is_source and (task.node, number) not in self._asked:
            return  # it only went through it on the way to another
        self._tries[task.node, number] += is_again
        for child in self._scenario.children(task.node):
            key = child, task.node, number
            if not is_again or not self._has(*key):
                self._had[key] = outcome.body

    def note_end(self, task: SimulatedTask) -> None:
        """Write down that a producer has ended its stream, perhaps before it came to what is missed."""
        self.ends.setdefault(task.node, task.emitted)
        kept = self._ledger.nodes[task.node].kept
        for number in kept.asked if kept is not None else ():
            self.given_up.add((task.node, number))
            for leaf, above in enumerate(self._run.model.producers_above):
                if leaf in self._run.model.leaves and task.node in above:
                    ends = [self.ends[producer] for producer in above if producer in self.ends]
                    assert min(ends) <= number, f"n{leaf} has a use for {number} of n{task.node}"

    def before_exchange(self) -> None:
        """Remember which producers are to give what again."""
        self._asked = {
            (node.index, number)
            for node in self._ledger.nodes
            if node.is_source and node.kept is not None
            for number in node.kept.asked
        }

    def is_gone(self, slot: int) -> bool:
        """Whether a slot was on a host that is lost."""
        return slot_owner(slot) in self._gone

    # -- what follows -----------------------------------------------------------------------------------

    def check_asked(self, node: int, number: int) -> None:
        """What is to be made again was lost."""
        assert self._scenario.can_make_again(node), f"n{node} has done {number} before"
        assert number in self._ledger.nodes[node].kept.asked, f"nobody misses {number} of n{node}"

    def before_settling(self) -> None:
        """Work out what can be had again of what is missed."""
        self._expected = None
        if self._run.is_aborted or not (self._gone or None in self._had.values()):
            return
        self._expected = {}
        for node in self._ledger.nodes:
            due = node.history.due if node.history is not None else ()
            for number in [*node.arrivals, *due]:
                missed = [p for p in node.spec.inputs if self._misses(node, p, number)]
                if missed:
                    can_have = all(self._can_make(parent, number) for parent in missed)
                    self._expected[node.index, number] = can_have

    def check_settled(self, missing: Sequence[Missing]) -> None:
        """The ledger gives up what cannot be had, and nothing else; nobody is given what is gone."""
        if self._run.is_aborted:
            return
        self._check_nothing_gone()
        if self._expected is None:
            return
        lost = {key for key, can_have in self._expected.items() if not can_have}
        said = {(each.node.index, each.number) for each in missing if each.number is not None}
        if not self._scenario.tolerates_loss:
            assert said == lost, "what ends the run can be had, or does not end it although it cannot"
            return
        assert not said
        for key, can_have in self._expected.items():
            node, number = self._ledger.nodes[key[0]], key[1]
            if node.history is not None and number not in node.arrivals and number in self._worked(node):
                if not can_have:
                    assert number not in node.history.due
                    self._run.watch.forgetful.add(node.index)
            elif can_have:
                assert number not in node.resolved or self._is_void_above(node, number)
            else:
                assert number in node.resolved
                assert number not in self._worked(node)

    def _check_nothing_gone(self) -> None:
        for node in self._ledger.nodes:
            kept = node.kept.inputs if node.kept is not None else {}
            history = node.history.inputs if node.history is not None else {}
            for entries in (node.arrivals, kept, history):
                for entry in entries.values():
                    for payload in entry:
                        assert payload is None or not any(map(self.is_gone, payload.slots))
            for number in kept if self._run.is_settled else ():
                readers = [edge.target for edge in node.edges_out]
                assert any(self._may_need(reader, number) for reader in readers), "kept for nobody"

    def _may_need(self, node: NodeState, number: int) -> bool:
        if number not in node.resolved or self._is_in_hand(node.index, number):
            return True
        kept = node.kept.inputs if node.kept is not None else {}
        history = node.history.inputs if node.history is not None else {}
        return number in kept or number in history

    def _misses(self, node: NodeState, parent: int, number: int) -> bool:
        return self._worked(self._ledger.nodes[parent]).get(number) == OUTPUT and not self._has(
            node.index, parent, number
        )

    def _has(self, reader: int, parent: int, number: int) -> bool:
        payload = self._had[reader, parent, number]
        return payload is not None and not any(map(self.is_gone, payload.slots))

    def _can_make(self, node: int, number: int) -> bool:
        if not self._scenario.can_make_again(node):
            return False
        if self._is_in_hand(node, number):
            return True
        if self._tries[node, number] >= MOST_TRIES or (node, number) in self.given_up:
            return False
        inputs = self._scenario.nodes[node].inputs
        if not inputs:
            (task,) = [task for task in self._run.tasks if task.node == node]
            return task.phase == GONE or number >= self._ledger.nodes[node].next_number
        return all(self._has(node, p, number) or self._can_make(p, number) for p in inputs)

    def _is_in_hand(self, node: int, number: int) -> bool:
        here = [task.index for task in self._run.tasks if task.node == node and task.phase != GONE]
        return any(number in self._ledger.tasks[index].leased for index in here)

    def _is_void_above(self, node: NodeState, number: int) -> bool:
        return any(
            number in edge.source.resolved and self._worked(edge.source).get(number) != OUTPUT
            for edge in node.edges_in
        )

    def _worked(self, node: NodeState) -> dict[int, int]:
        return self._run.watch.worked[node.index]
