"""What becomes of messages whose payload is lost with its host: they are made again, or given up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from daskflow.errors import StaleTaskError
from daskflow.ledger.messages import FAILED, FRESH, OUTPUT, SUSPECT, Outcome, Payload
from daskflow.ledger.prospects import can_make, is_in_hand, may_miss, takes_producer
from daskflow.ledger.slots import slot_owner
from daskflow.ledger.state import EdgeState, NodeState, TaskState
from daskflow.ledger.streams import Streams

Owner = tuple[int, int]
"""A task by index, and its incarnation."""

Entries = dict[int, list[Payload | None]]
"""By number, the payload from each edge, or None."""


class Missing(NamedTuple):
    """What a node cannot do without, and nobody can make again: it ends the run."""

    node: NodeState
    number: int | None
    """Of the message; None where it is the node's own state."""
    source: NodeState
    """Whose result it is; where it is the node's own state, the node."""
    owners: tuple[Owner, ...]
    """In whose memory it was."""


class Durability:
    """Keeps inputs of durable nodes, and has lost results made again of them.

    A result of a durable node is *safe* when nobody needs it any more: each child has resolved the number,
    and keeps it neither for its own results nor for its state. Only then are the inputs let go that it was
    made of. So whatever is missed can be made again from the nearest node above whose inputs are there, and
    from there down, each in its turn. A producer that begins where it is told is such a node, without inputs.

    Nothing waits for what is kept. A number that is made again was given room when it was leased first, and
    its place in the window of its readers is still its own, since windows are counted by numbers; a task
    that is free works on it before anything new. So what holds for the flow without losses, that its lowest
    unresolved number can always go on, holds with them.
    """

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self.missing: list[Missing] = []
        """What ends the run, for the shell to say so."""
        self.is_behind = False
        """Whether something may be missed that nobody has asked for yet."""
        self._owners: dict[tuple[int, int], tuple[Owner, ...]] = {}  # of what a node misses, by its number

    # -- while nothing is lost --------------------------------------------------------------------------

    def keep(self, node: NodeState, outcome: Outcome, payloads: list[Payload]) -> list[Payload]:
        """Keep the inputs of what a durable node has finished; returns those that nobody needs."""
        assert node.kept is not None
        number = outcome.number
        if outcome.kind != OUTPUT or not outcome.body.slots or number in node.kept.inputs:
            return payloads  # what is in no slot is in the ledger, and safe there
        if not any(may_miss(edge.target, number) for edge in node.edges_out):
            return payloads
        node.kept.inputs[number] = [*payloads]
        return []

    def release_needless(self) -> None:
        """Let go of the inputs of results that are safe by now."""
        loose = self._streams.loose
        while loose:
            child, number = loose.pop()
            for edge in child.edges_in:
                node = edge.source
                if node.kept is None or number not in node.kept.inputs:
                    continue
                if not any(may_miss(other.target, number) for other in node.edges_out):
                    self._forget(node, number)

    # -- when something is ------------------------------------------------------------------------------

    def lose_slots(self, owners: Iterable[Owner]) -> None:
        """Note that the slots of these processes are gone."""
        self._streams.gone.update(owners)
        self.is_behind = True

    def lost_input(self, state: TaskState, number: int, slots: Iterable[int]) -> None:
        """Take all back that a task holds, since it could not get at some slots of the inputs of a number.

        Raises
        ------
        StaleTaskError
            It does not hold the number, or the slots are in none of its inputs.
        """
        node, lost = state.node, set(slots)
        payloads = state.leased.get(number)
        is_known = not lost.isdisjoint(slot for payload in payloads or () for slot in payload.slots)
        # What it was given may have been made again already, and it not know of that.
        if payloads is None or not (is_known or any(slot_owner(slot) in self._streams.gone for slot in lost)):
            raise StaleTaskError(f"task {state.name} has lost inputs of {number} that it was not given")
        outbox = state.outbox
        for untold in outbox.leases:
            for argument in untold.payloads:
                self._streams.slots.release(state.index, argument.slots)
        outbox.leases.clear()
        outbox.anew = True
        for each, taken in sorted(state.leased.items()):
            self.give_back(node, each, taken)
        state.leased.clear()
        kept = {} if node.kept is None else node.kept.inputs
        history = {} if node.history is None else node.history.inputs
        for entries in (node.arrivals, kept, history):
            self._blank(node, entries, lambda payload: not lost.isdisjoint(payload.slots), [number])
        self._streams.touched[node] = None
        self.is_behind = True

    def give_back(self, node: NodeState, number: int, payloads: list[Payload]) -> None:
        """Return a number that a task held, whatever it was to do with it."""
        if number not in node.resolved:
            self._streams.put_back(node, number, payloads)
        elif node.history is not None:
            node.history.take_back(number, payloads)
        else:  # it was to be made again: if somebody still misses it, it is asked for again
            self._let_go(payloads)

    def end_early(self, node: NodeState) -> None:
        """Note that a producer which was to give messages again has ended before it came to all of them."""
        assert node.kept is not None
        for number in sorted(node.kept.asked):
            self.give_up(node, number)
        node.next_number = node.resolved.low

    def give_up(self, node: NodeState, number: int) -> None:
        """Note that a result which was to be made again will not be: the node skips it now, or dies of it."""
        assert node.kept is not None
        if number in node.kept.inputs:
            self._forget(node, number)
        for edge in node.edges_out:
            entry = edge.target.arrivals.get(number)
            if entry is not None and entry[edge.position] is None:
                self._streams.void(edge.target, number, "voided")
        self.is_behind = True

    def conclude_again(self, state: TaskState, outcome: Outcome) -> bool:
        """Hand a result that was made again to those who miss it; whether the outcome fails the run."""
        node, number, payload = state.node, outcome.number, outcome.body
        assert node.kept is not None
        node.deaths.pop(number, None)
        if outcome.kind != OUTPUT:
            self.give_up(node, number)
            return outcome.kind == FAILED
        kept, slots = node.kept, self._streams.slots
        slots.hold(payload.slots)
        if self.is_gone(payload):
            self.is_behind = True
        elif number in kept.asked:  # a producer that was told to begin earlier goes through others, too
            node.counters.made_again += 1
            for edge in node.edges_out:
                self._fill(edge, number, payload)
        slots.let_go(payload.slots)
        if number in kept.asked:
            kept.asked.remove(number)
            kept.tries[number] = kept.tries.get(number, 0) + 1
        return False

    def take_again(self, node: NodeState) -> tuple[int, list[Payload], int] | None:
        """The next number whose result is to be made again, with its inputs and what is known of it."""
        kept = node.kept
        assert kept is not None
        while kept.due:
            number = heappop(kept.due)
            if number in kept.asked and kept.is_whole(number) and not is_in_hand(node, number):
                payloads = [payload for payload in kept.inputs[number] if payload is not None]
                for payload in payloads:
                    self._streams.slots.hold(payload.slots)
                return number, payloads, SUSPECT if number in node.deaths else FRESH
        return None

    def mend(self) -> None:
        """Ask for all that is missed; what cannot be made again is lost."""
        self.is_behind = False
        nodes = self._streams.nodes  # parents come before their children
        if self._streams.gone:
            for node in nodes:
                self._blank_gone(node)
        for node in nodes:
            self._drop_hopeless(node)
        for node in nodes:
            self._ask_or_lose(node)
            self._ask_in_time(node)
        self._owners = {key: owners for key, owners in self._owners.items() if self._is_missed(*key)}

    def is_gone(self, payload: Payload) -> bool:
        """Whether a payload was in memory that is lost."""
        gone = self._streams.gone
        return any(slot_owner(slot) in gone for slot in payload.slots)

    # -- inside -----------------------------------------------------------------------------------------

    def _blank_gone(self, node: NodeState) -> None:
        self._blank(node, node.arrivals, self.is_gone)
        if node.kept is not None:
            self._blank(node, node.kept.inputs, self.is_gone)
        history = node.history
        if history is None:
            return
        self._blank(node, history.inputs, self.is_gone)
        if history.snapshot is not None and self.is_gone(history.snapshot):
            snapshot = history.lose_snapshot()
            self._streams.slots.let_go(snapshot.slots)
            if not any(task.present for task in node.tasks):  # else there will be another snapshot
                self.missing.append(Missing(node, None, node, _owners([snapshot])))

    def _blank(
        self,
        node: NodeState,
        entries: Entries,
        is_lost: Callable[[Payload], bool],
        numbers: Iterable[int] | None = None,
    ) -> None:
        """Let go of lost payloads, which are then missed."""
        are_waiting, changed = entries is node.arrivals, False
        for number in list(entries) if numbers is None else numbers:
            entry = entries.get(number)
            if entry is None:
                continue
            lost = [payload for payload in entry if payload is not None and is_lost(payload)]
            if not lost:
                continue
            changed = True
            self._let_go(lost)
            self._owners[node.index, number] = _owners(lost)
            # Another list: the one that was there may be in a lease.
            entries[number] = [None if payload in lost else payload for payload in entry]
            if are_waiting:
                for edge, payload in zip(node.edges_in, entry, strict=True):
                    edge.waiting -= payload in lost
        if are_waiting and changed:
            node.ready = [n for n, entry in node.arrivals.items() if None not in entry]
            heapify(node.ready)

    def _drop_hopeless(self, node: NodeState) -> None:
        if node.kept is not None:
            for number in [n for n, entry in node.kept.inputs.items() if None in entry]:
                missed = zip(node.edges_in, node.kept.inputs[number], strict=True)
                sources = [edge.source for edge, payload in missed if payload is None]
                can_come = all(source.kept and number in source.kept.inputs for source in sources)
                if not can_come and not is_in_hand(node, number):
                    self._forget(node, number)

    def _ask_or_lose(self, node: NodeState) -> None:
        for number in [n for n, entry in node.arrivals.items() if None in entry]:
            edge = self._ask_for_missing(node, number, node.arrivals[number])
            if edge is None:
                continue
            if self._streams.tolerates_loss:
                edge.lost += 1
                self._streams.void(node, number, "lost")
            else:
                self._miss(node, number, edge.source)
        if node.history is not None:
            for number in [n for n in node.history.due if None in node.history.inputs[n]]:
                edge = self._ask_for_missing(node, number, node.history.inputs[number])
                if edge is None:
                    continue
                if self._streams.tolerates_loss:  # its state is then that of a node which never saw it
                    self._let_go(node.history.leave_out(number))
                    self._loosen(node, number)
                else:
                    self._miss(node, number, edge.source)

    def _ask_in_time(self, node: NodeState) -> None:
        """Ask for what tasks have in hand and may turn out not to get at, where that can be had only now.

        That is where a producer is to begin earlier: it cannot when its next process is there.
        """
        if not self._streams.gone:
            return
        for task in node.tasks:
            for number, payloads in task.leased.items():
                for edge, payload in zip(node.edges_in, payloads, strict=True):
                    if self.is_gone(payload) and takes_producer(edge.source, number):
                        self._ask(edge.source, number)

    def _ask_for_missing(self, node: NodeState, number: int, entry: list[Payload | None]) -> EdgeState | None:
        """Ask for what is missing of an input; returns the first edge of which it cannot be had any more."""
        missed = [
            edge
            for edge, payload in zip(node.edges_in, entry, strict=True)
            if payload is None and number in edge.source.resolved  # else it has not come yet
        ]
        for edge in missed:
            if not can_make(edge.source, number):
                return edge
        for edge in missed:
            self._ask(edge.source, number)
        return None

    def _ask(self, node: NodeState, number: int) -> None:
        kept = node.kept
        assert kept is not None
        kept.asked.add(number)
        if node.is_source:
            node.next_number = min(node.next_number, number)
        if node.is_source or is_in_hand(node, number):
            return
        for edge, payload in zip(node.edges_in, kept.inputs[number], strict=True):
            if payload is None:
                self._ask(edge.source, number)
        self._make_due(node, number)

    def _make_due(self, node: NodeState, number: int) -> None:
        kept = node.kept
        assert kept is not None
        if number in kept.asked and kept.is_whole(number) and number not in kept.due:
            heappush(kept.due, number)
            self._streams.touched[node] = None

    def _fill(self, edge: EdgeState, number: int, payload: Payload) -> None:
        """Give a payload to the target of an edge, wherever it misses it."""
        node, streams = edge.target, self._streams
        kept = None if node.kept is None else node.kept.inputs
        history = None if node.history is None else node.history.inputs
        for entries in (node.arrivals, kept, history):
            entry = None if entries is None else entries.get(number)
            if entry is None or entry[edge.position] is not None:
                continue
            streams.slots.hold(payload.slots)
            entry[edge.position] = payload
            streams.touched[node] = None
            if entries is kept:
                self._make_due(node, number)
            elif entries is node.arrivals:
                edge.waiting += 1
                if None not in entry:
                    heappush(node.ready, number)
                if edge.lossy and edge.waiting > edge.capacity:
                    streams.drop_oldest(edge)
        for task in node.tasks:
            payloads = task.leased.get(number)
            if payloads is not None and self.is_gone(payloads[edge.position]):
                # Another list: the one that was there may be in its outbox. If it cannot get at what it was
                # given, it gives the number back, and gets this.
                streams.slots.hold(payload.slots)
                self._let_go([payloads[edge.position]])
                task.leased[number] = [*payloads]
                task.leased[number][edge.position] = payload

    def _miss(self, node: NodeState, number: int, source: NodeState) -> None:
        self.missing.append(Missing(node, number, source, self._owners.get((node.index, number), ())))

    def _forget(self, node: NodeState, number: int) -> None:
        assert node.kept is not None
        self._let_go(node.kept.forget(number))
        self._loosen(node, number)
        self._streams.touched[node] = None  # it may have waited for that before it could end

    def _loosen(self, node: NodeState, number: int) -> None:
        if node.is_kept_above:
            self._streams.loose.append((node, number))

    def _is_missed(self, index: int, number: int) -> bool:
        node = self._streams.nodes[index]
        kept = {} if node.kept is None else node.kept.inputs
        history = {} if node.history is None else node.history.inputs
        return any(None in entries.get(number, ()) for entries in (node.arrivals, kept, history))

    def _let_go(self, payloads: Iterable[Payload]) -> None:
        for payload in payloads:
            self._streams.slots.let_go(payload.slots)


def _owners(payloads: Iterable[Payload]) -> tuple[Owner, ...]:
    return tuple(sorted({slot_owner(slot) for payload in payloads for slot in payload.slots}))
