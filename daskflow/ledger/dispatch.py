"""Who gets what next: leases to tasks, room to producers, the word that a node has ended."""

from __future__ import annotations

from heapq import heappop

from daskflow.ledger.slots import slot_owner
from daskflow.ledger.state import BLOCKED, BUSY, STARVED, Lease, NodeState, TaskState
from daskflow.ledger.streams import Streams

UNSEEN_OUTPUTS = 16
"""How far a producer on lossy edges alone may run ahead of the ledger's word."""


class Dispatcher:
    """Turns what is possible into what tasks must be told, and notes whom to tell on `told`."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self.told: dict[TaskState, None] = {}
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
            if node.is_finished and not node.announced:
                node.announced = True
                for task in node.tasks:
                    task.outbox.ended = True
                    self.told[task] = None
        self._tell_freed()

    def _lease(self, node: NodeState, now: float) -> None:
        ready, arrivals = node.ready, node.arrivals
        while True:
            while ready and ready[0] not in arrivals:
                heappop(ready)  # dropped or voided since
            task = _most_wanting(node.tasks)
            if task is None:
                break
            if not ready or (node.ordered and not _is_next(node, ready[0])):
                _note_waiting(node, STARVED, now)
                break
            number = ready[0]
            if number >= room_limit(node, number + 1):
                _note_waiting(node, BLOCKED, now)
                break
            heappop(ready)
            self._hand_over(task, number, now)

    def _hand_over(self, task: TaskState, number: int, now: float) -> None:
        node = task.node
        payloads = self._streams.take(node, number)
        node.leases[number] = (task, payloads)
        node.next_number = number + 1
        task.leased.add(number)
        task.enter(BUSY, now)
        arguments = [payloads[i] for i in node.positions]
        for payload in arguments:
            if payload.slots:
                self._streams.slots.show(task.index, payload.slots)
        task.outbox.leases.append(Lease(number, arguments))
        self.told[task] = None

    def _grant_room(self, node: NodeState, now: float) -> None:
        task = node.tasks[0]
        if not task.attached or node.end is not None:
            return
        needless = node.needless_from
        if needless is not None and node.next_number >= needless and not task.outbox.stop:
            task.outbox.stop = True
            self.told[task] = None
        room = room_limit(node, node.next_number + UNSEEN_OUTPUTS)
        if room > task.outbox.room:
            was_blocked = task.outbox.room <= node.next_number
            task.outbox.room = room
            if task.target and was_blocked:
                self.told[task] = None
        task.enter(BUSY if room > node.next_number else BLOCKED, now)

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


def room_limit(node: NodeState, otherwise: int) -> int:
    """The number below which a node's output has room in every blocking edge; `otherwise` if it has none.

    A blocking edge admits a window of numbers that begins at the lowest one its target has not resolved.
    The lowest unresolved number of the whole flow is in every such window, so it can always go on: no
    graph deadlocks, whatever its capacities, replicas and joins.
    """
    limit: int | None = None
    for edge in node.edges_out:
        if not edge.lossy:
            top = edge.target.resolved.low + edge.capacity
            if limit is None or top < limit:
                limit = top
    return otherwise if limit is None else limit


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
        if task.attached and held < task.target and (best is None or held < len(best.leased)):
            best = task
    return best


def _note_waiting(node: NodeState, mode: int, now: float) -> None:
    for task in node.tasks:
        if not task.leased:
            task.enter(mode, now)
