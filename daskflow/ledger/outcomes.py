"""What tasks say has become of their numbers, taken in."""

from __future__ import annotations

from daskflow.errors import StaleTaskError
from daskflow.ledger.history import History
from daskflow.ledger.messages import DEAD, FAILED, OUTPUT, REPLAYED, SKIPPED, Outcome, Payload
from daskflow.ledger.slots import INCARNATION_SHIFT, slot_number
from daskflow.ledger.state import TaskState
from daskflow.ledger.streams import Streams


class Outcomes:
    """Resolves numbers by their outcomes, and refuses what a task cannot have made."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def returned(self, state: TaskState, number: int) -> list[Payload]:
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

    def conclude(self, state: TaskState, outcome: Outcome) -> bool:
        """Resolve a number with its outcome; whether that fails the run.

        Raises
        ------
        StaleTaskError
            It is not a producer's next number, or in a slot that the task had let go of.
        """
        node, number, body = state.node, outcome.number, outcome.body
        if node.is_source:
            if number != node.next_number or node.end is not None:
                raise StaleTaskError(
                    f"producer {state.name} emitted number {number}, expected {node.next_number}"
                )
            node.next_number += 1
        if outcome.kind == OUTPUT:
            if body.slots:
                self._count_slots(state, body.slots)
            self._streams.put(node, number, body)
        elif outcome.kind == SKIPPED:
            self._streams.void(node, number, "skipped")
        elif outcome.kind != REPLAYED:
            self._streams.void(node, number, "failed")
            return outcome.kind == FAILED
        return False

    def kept(self, history: History, outcome: Outcome, payloads: list[Payload]) -> list[Payload]:
        """Keep the inputs of a number until a snapshot contains them; returns what is not needed now."""
        history.keep(outcome.number, payloads, has_failed=outcome.kind == DEAD)
        if outcome.snapshot is None:
            return []
        self._streams.slots.hold(outcome.snapshot.slots)
        return history.advance(outcome.number, outcome.snapshot)

    def _count_slots(self, state: TaskState, slots: tuple[int, ...]) -> None:
        """Note whether an output is in a slot of the task's own, or in those of its inputs alone."""
        own = slot_number(state.index, state.incarnation, 0) >> INCARNATION_SHIFT
        others = [slot for slot in slots if slot >> INCARNATION_SHIFT != own]
        for slot in others:
            if not self._streams.slots.is_held(slot):  # its owner may be writing to it
                raise StaleTaskError(f"task {state.name} sent a slot, {slot:x}, that it had let go of")
        if len(others) < len(slots):
            state.node.counters.stored += 1
        else:
            state.node.counters.forwards += 1
