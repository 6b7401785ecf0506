"""Who gets what next: leases to tasks, room to producers, the word that a node has ended."""

from __future__ import annotations

from heapq import heappop

from daskflow.ledger.durability import Durability
from daskflow.ledger.messages import FRESH, SUSPECT, Lease, Payload
from daskflow.ledger.slots import slot_owner
from daskflow.ledger.state import BLOCKED, BUSY, STARVED, EdgeState, NodeState, TaskState
from daskflow.ledger.streams import Streams

UNSEEN_OUTPUTS = 16
"""How far a producer on lossy edges alone may run ahead of the ledger's word."""

HANDFULS = 4
"""Messages in no slot that may wait in an edge, as a multiple of the leases that its target wants."""

SEVERAL = 4
"""A full edge is filled again when this part of it, a quarter, is free."""


class Dispatcher:
    """Turns what is possible into what tasks must be told, and notes whom to tell on `to_tell`."""

    def __init__(self, streams: Streams, durability: Durability) -> None:
        self._streams = streams
        self._durability = durability
        self.to_tell: dict[TaskState, None] = {}
        """Tasks whose outbox has something that they wait for; the others hear with their next answer."""
        self.orphans: list[int] = []
        """Freed slots whose owner is gone, for the shell to remove."""

    def settle(self, now: float) -> None:
        """Look at all touched nodes until there is nothing more to say."""
        touched = self._streams.touched
        while touched:
            node, _ = touched.popitem()
            if node.is_source:
                self._grant_room(node, now)
            else:
                self._lease(node, now)
            # Nor does it end while its results may have to be made again.
            is_busy = node.kept or (node.history and node.history.due)
            if node.is_finished and not node.announced and not is_busy:
                node.announced = True
                for task in node.tasks:
                    task.outbox.ended = True
                    self.to_tell[task] = None
        self._tell_freed()

    def _lease(self, node: NodeState, now: float) -> None:
        """Hand numbers to the tasks of a node until no task wants more, none is ready, or there is no room.

        What is ready, `Streams` has found: numbers with a payload from each edge. What is worked on a second
        time comes first: the replays of a node with memory, then results that went with a host.
        """
        if node.is_draining:  # from several tasks to one: in order, once nobody has anything in hand
            if any(task.leased for task in node.tasks):
                return
            node.is_draining, node.ordered, node.next_number = False, True, node.resolved.low
        ready, arrivals, kept = node.ready, node.arrivals, node.kept
        room = room_limit(node, node.is_inline)
        task: TaskState | None = None
        while True:
            while ready and ready[0] not in arrivals:
                heappop(ready)  # dropped or voided since
            if task is None or not node.ordered or len(task.leased) >= task.wanted:
                task = _fullest(node.tasks) if node.spec.gathers else _most_wanting(node.tasks)
                if task is None:
                    break
                task.enter(BUSY, now)
            if node.history is not None and node.history.due:  # a new process, with a snapshot's state
                if not node.history.can_go_on:
                    _note_waiting(node, STARVED, now)
                    break
                self._hand(task, *node.history.take())
                continue
            if kept is not None and kept.due:  # results to be made once more
                again = self._durability.take_again(node)
                if again is not None:
                    self._hand(task, *again)
                    continue
            if not ready or (node.ordered and not _is_next(node, ready[0])):
                _note_waiting(node, STARVED, now)
                break
            number = ready[0]
            if room is not None and not _has_room(node, number, room):
                _note_waiting(node, BLOCKED, now)
                break
            heappop(ready)
            node.next_number = number + 1
            kind = SUSPECT if node.deaths and number in node.deaths else FRESH
            self._hand(task, number, self._streams.take(node, number), kind)
        for task in node.tasks:
            untold = len(task.outbox.leases)
            # While it has more than that in hand it will speak again, and be told with the answer; unless it
            # waits for more of them, to work on them together.
            if untold and (node.spec.gathers or 2 * untold >= len(task.leased)):
                self.to_tell[task] = None

    def _hand(self, task: TaskState, number: int, payloads: list[Payload], kind: int) -> None:
        node, slots = task.node, self._streams.slots
        task.leased[number] = payloads
        arguments = payloads if node.is_unary else [payloads[i] for i in node.positions]
        for payload in arguments:
            if payload.slots:
                slots.show(task.index, payload.slots)
        task.outbox.leases.append(Lease(number, arguments, kind))

    def _grant_room(self, node: NodeState, now: float) -> None:
        task = node.tasks[0]
        if not task.attached or (node.end is not None and node.kept is None):
            return
        has_an_end = node.end is not None or self._streams.is_stopping
        if has_an_end and not task.outbox.stop and not node.is_going_back:  # it was to give some again first
            task.outbox.stop = True
            self.to_tell[task] = None
        needless = node.needless_from
        if needless is not None and node.next_number >= needless and not task.outbox.stop:
            task.outbox.stop = True
            self.to_tell[task] = None
        number, outbox = node.next_number, task.outbox
        told = outbox.inline_room if node.is_inline else outbox.room
        room = room_limit(node, node.is_inline)
        if room is None or _has_room(node, number, room):
            outbox.room = room_limit(node, False) or number + UNSEEN_OUTPUTS
            outbox.inline_room = room_limit(node, True) or number + UNSEEN_OUTPUTS
            if node.end is not None:
                outbox.room, outbox.inline_room = (
                    min(outbox.room, node.end),
                    min(outbox.inline_room, node.end),
                )
            if task.wanted and told <= number:
                self.to_tell[task] = None
        task.enter(BLOCKED if node.is_blocked else BUSY, now)

    def _tell_freed(self) -> None:
        freed = self._streams.slots.freed
        if not freed:
            return
        for slot in freed:
            index, incarnation = slot_owner(slot)
            owner = self._streams.tasks[index]
            if owner.incarnation == incarnation and owner.attached and not owner.closed:
                # Rides along with whatever the owner is told next: an owner without a free slot makes
                # another, so it never waits for this.
                owner.outbox.freed.append(slot)
            else:
                self.orphans.append(slot)
        freed.clear()


def room_limit(node: NodeState, is_inline: bool) -> int | None:
    """The number below which a node's output has room in every blocking edge; None if it has none.

    A blocking edge admits a window of numbers that begins at the lowest one its target has not resolved.
    The lowest unresolved number of the whole flow is in every such window, so it can always go on: no
    graph deadlocks, whatever its capacities, replicas and joins.
    """
    limit: int | None = None
    for edge in node.edges_out:
        if not edge.lossy:
            top = edge.target.resolved.low + window_of(edge, is_inline)
            if limit is None or top < limit:
                limit = top
    return limit


def _has_room(node: NodeState, number: int, room: int) -> bool:
    """Whether a node may go on with `number`, given its `room_limit`.

    Once there was no room it waits until there is some for several: the edge is nearly full then, so nobody
    below has to wait for it, and one message to the task serves them all. The lowest number that a target
    has not resolved is not held up, since before it the whole window is free.
    """
    if number >= room:
        node.is_blocked = True
    elif node.is_blocked:
        window = min(window_of(edge, node.is_inline) for edge in node.edges_out if not edge.lossy)
        node.is_blocked = room - number < window // SEVERAL
    return not node.is_blocked


def window_of(edge: EdgeState, is_inline: bool) -> int:
    """How many numbers a blocking edge admits: more of those in no slot, if its target soon has them done.

    Not more than that: what waits must be worked off when the flow is asked to stop.
    """
    if not is_inline:
        return edge.capacity
    return max(edge.capacity, min(edge.inline_capacity, HANDFULS * edge.target.wanted))


def _is_next(node: NodeState, number: int) -> bool:
    """Whether an ordered node has nothing before `number` still to come."""
    while node.next_number in node.resolved:
        node.next_number += 1
    return number == node.next_number


def _most_wanting(tasks: list[TaskState]) -> TaskState | None:
    """The task with the fewest leases among those that want more; None if none does."""
    best: TaskState | None = None
    for task in tasks:
        held = len(task.leased)
        if task.attached and held < task.wanted and (best is None or held < len(best.leased)):
            best = task
    return best


def _fullest(tasks: list[TaskState]) -> TaskState | None:
    """The task with the most leases among those that want more, as it waits for them; None if none does."""
    wanting = [task for task in tasks if task.attached and len(task.leased) < task.wanted]
    return max(wanting, key=lambda task: len(task.leased), default=None)


def _note_waiting(node: NodeState, mode: int, now: float) -> None:
    for task in node.tasks:
        if not task.leased and not task.closed:
            task.enter(mode, now)
