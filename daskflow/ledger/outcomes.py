"""What tasks say has become of their numbers, taken in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from daskflow.errors import StaleTaskError
from daskflow.ledger.durability import Durability
from daskflow.ledger.messages import DEAD, FAILED, OUTPUT, REPLAYED, SKIPPED, Outcome, Payload
from daskflow.ledger.slots import INCARNATION_SHIFT, slot_number, slot_owner
from daskflow.ledger.state import NodeState, TaskState
from daskflow.ledger.streams import Streams


class Outcomes:
    """Resolves numbers by their outcomes, and refuses what a task cannot have made."""

    def __init__(self, streams: Streams, durability: Durability) -> None:
        self._streams = streams
        self._durability = durability

    def take_in(self, state: TaskState, outcomes: Sequence[Outcome], fail: Callable[[Any], None]) -> None:
        """Take in what a task has finished; what ends the run is given to `fail`.

        Raises
        ------
        StaleTaskError
            It does not hold a number, has sent what cannot follow, or is in a slot that it had let go of.
        """
        node = state.node
        keeps = node.history is not None or node.kept is not None
        for outcome in outcomes:
            payloads = None if node.is_source else self._returned(state, outcome.number)
            if self._conclude(state, outcome):
                fail(outcome.body)
            if keeps:
                payloads = self._kept(node, outcome, payloads or [])
            if payloads is not None:  # only now: an output may be in an input's slot
                for payload in payloads:
                    if payload.slots:
                        self._streams.slots.let_go(payload.slots)

    def forget_history(self, node: NodeState) -> None:
        """Let go of what a node with memory held, which has closed."""
        history = node.history
        if history is None:
            return
        if node.is_kept_above:
            self._streams.loose.extend((node, number) for number in history.inputs)
        for payload in history.clear():
            self._streams.slots.let_go(payload.slots)

    def _returned(self, state: TaskState, number: int) -> list[Payload]:
        """The inputs of a number that a task gives back with its outcome.

        Raises
        ------
        StaleTaskError
            It does not hold the number.
        """
        payloads = state.leased.pop(number, None)
        if payloads is None:
            raise StaleTaskError(f"task {state.name} committed number {number}, which it does not hold")
        return payloads

    def _conclude(self, state: TaskState, outcome: Outcome) -> bool:
        """Resolve a number with its outcome; whether that fails the run.

        Raises
        ------
        StaleTaskError
            It is not a producer's next number, or in a slot that the task had let go of.
        """
        node, number, body = state.node, outcome.number, outcome.body
        if node.is_source:
            if number != node.next_number or (node.end is not None and number >= node.end):
                raise StaleTaskError(
                    f"producer {state.name} emitted number {number}, expected {node.next_number}"
                )
            node.next_number += 1
        if outcome.kind == OUTPUT and body.slots:
            self._count_slots(state, body.slots)
        if node.kept is not None and number in node.resolved:
            return self._durability.conclude_again(state, outcome)
        if outcome.kind == OUTPUT:
            self._streams.put(node, number, body)
        elif outcome.kind == SKIPPED:
            self._streams.void(node, number, "skipped")
        elif outcome.kind != REPLAYED:
            self._streams.void(node, number, "failed")
            return outcome.kind == FAILED
        return False

    def _kept(self, node: NodeState, outcome: Outcome, payloads: list[Payload]) -> list[Payload]:
        """Keep the inputs of a number until nobody may need them; returns what is not needed now."""
        if self._streams.gone and any(self._durability.is_gone(payload) for payload in payloads):
            self._durability.is_behind = True  # the task has worked on what nobody else can see
        history = node.history
        if history is None:
            return payloads if node.kept is None else self._durability.keep(node, outcome, payloads)
        history.keep(outcome.number, payloads, has_failed=outcome.kind == DEAD)
        if outcome.snapshot is None:
            return []
        self._streams.slots.hold(outcome.snapshot.slots)
        if node.is_kept_above:
            self._streams.loose.extend((node, number) for number in history.up_to(outcome.number))
        return history.advance(outcome.number, outcome.snapshot)

    def _count_slots(self, state: TaskState, slots: tuple[int, ...]) -> None:
        """Note whether an output is in a slot of the task's own, or in those of its inputs alone."""
        own = slot_number(state.index, state.incarnation, 0) >> INCARNATION_SHIFT
        others = [slot for slot in slots if slot >> INCARNATION_SHIFT != own]
        gone = self._streams.gone
        for slot in others:
            if gone and slot_owner(slot) in gone:  # nobody writes to it any more
                self._durability.is_behind = True  # the task still saw what nobody else will
            elif not self._streams.slots.is_held(slot):  # its owner may be writing to it
                raise StaleTaskError(f"task {state.name} sent a slot, {slot:x}, that it had let go of")
        if len(others) < len(slots):
            state.node.counters.stored += 1
        else:
            state.node.counters.forwards += 1
