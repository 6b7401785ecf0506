"""What becomes of a run when the process of a task is gone."""

from __future__ import annotations

from typing import NamedTuple

from daskflow.ledger.durability import Durability
from daskflow.ledger.messages import NOTHING, Payload
from daskflow.ledger.state import STARVED, NodeState, Outbox, TaskState
from daskflow.ledger.streams import Streams

STATE_LOST = "state"
"""The process held state that no other can take over."""

GPU_LOST = "gpu memory"
"""Results that others still hold were in the GPU memory of the process."""

TOO_OFTEN = "restarts"
"""The task's processes die more often than is allowed."""

TOO_LONG = "time"
"""A call of the node took longer than it may, and the node's policy is to fail."""

MINUTE_S = 60.0
"""Restarts are counted over this time."""

POISON = 3
"""A message in whose hands so many processes have died is not given to another."""


AGAIN, GIVE_UP = "again", "give up"


class Dead(NamedTuple):
    """A message that is given up because its processes died; its payloads are those of each edge."""

    task: TaskState
    number: int
    payloads: list[Payload]
    is_late: bool
    """Whether the call took longer than it may; else it killed its process."""

    @property
    def inputs(self) -> list[Payload]:
        """The payloads in the order of the node's arguments."""
        return [self.payloads[i] for i in self.task.node.positions]


class Losses:
    """Takes back what a lost process had, and says whether the run can go on."""

    def __init__(self, streams: Streams, durability: Durability) -> None:
        self._streams = streams
        self._durability = durability
        self.dead: list[Dead] = []
        """Messages given up, for the shell to write down and then `bury`."""

    def take_back(
        self,
        state: TaskState,
        finished: int | None,
        in_hand: int | None,
        *,
        several: bool,
        is_late: bool,
        now: float,
    ) -> str | None:
        """Return the leases of a process that is gone, and end its views.

        Parameters
        ----------
        state : TaskState
            Of the task.
        finished : int, optional
            The last number on which the node had finished. Of a node that nobody reads, this one and those
            before it are done: no message of the process was needed to say so.
        in_hand : int, optional
            The number that it was working on.
        several : bool
            Whether that is only the first of several. Then all that the task had are suspects.
        is_late : bool
            Whether the process was killed because it worked on that for too long.
        now : float
            The time.

        Returns
        -------
        str or None
            Why the run cannot go on: `STATE_LOST`, `GPU_LOST`, `TOO_LONG` or `TOO_OFTEN`; None if it can.
        """
        node = state.node
        has_state = state.attached and not node.spec.resumable
        if node.history is not None and node.history.has_lost_snapshot:
            has_state = True
        state.present = state.attached = False
        node.wanted -= state.wanted
        state.wanted = 0
        state.outbox = Outbox()
        verdict = AGAIN
        done = -1 if finished is None or node.edges_out or not node.ordered else finished
        for number, payloads in sorted(state.leased.items()):
            if number <= done and number not in node.resolved:
                self._conclude(node, number, payloads)
                continue
            if several:
                self._suspect(node, number, is_late)
            elif number == in_hand:
                verdict = self._judge(node, number, is_late)
                if verdict != AGAIN:
                    self._give_up(Dead(state, number, payloads, is_late))
                    continue
            self._durability.give_back(node, number, payloads)
        state.leased.clear()
        self._durability.is_behind |= node.kept is not None or bool(self._streams.gone)
        if node.is_source and node.end is None:
            if in_hand is not None and in_hand >= node.next_number:
                verdict = self._judge(node, in_hand, is_late)
                # Not if the messages before it died with it, unsent: the next process makes those, and then
                # comes to this one again.
                if verdict == GIVE_UP and in_hand == node.next_number:
                    self._give_up(Dead(state, in_hand, [], is_late))
                    node.next_number += 1
            node.counters.gaps += node.spec.is_live
            node.is_inline = False  # a new process does not know what its output will be
        if node.history is not None:
            node.history.rewind()
            node.announced = node.announced and not node.history.due
        state.enter(STARVED, now)
        self._streams.slots.forget(state.index)
        # A late call that the node's policy deals with is an error like any other, and not a death.
        too_often = None if is_late else self.count(state, now)
        if self._streams.slots.is_any_held_on_gpu(state.index, state.incarnation):
            return GPU_LOST
        if verdict == TOO_LONG:
            return TOO_LONG
        is_done = node.is_source and node.is_finished
        return STATE_LOST if has_state and not is_done else too_often

    def count(self, state: TaskState, now: float) -> str | None:
        """Count the end of a process; `TOO_OFTEN` if that is one too many."""
        losses = state.losses
        losses.append(now)
        while now - losses[0] > MINUTE_S:
            losses.popleft()
        return TOO_OFTEN if len(losses) > state.node.spec.max_restarts else None

    def bury(self, dead: Dead) -> None:
        """Let go of the inputs of a message that was given up."""
        for payload in dead.payloads:
            self._streams.slots.let_go(payload.slots)

    def _judge(self, node: NodeState, number: int, is_late: bool) -> str:
        """Count a death against the message in hand: `AGAIN`, `GIVE_UP`, or `TOO_LONG` to end the run."""
        deaths = node.deaths[number] = node.deaths.get(number, 0) + 1
        if not is_late:
            return AGAIN if deaths < POISON else GIVE_UP
        if deaths <= node.spec.retries:
            return AGAIN
        return GIVE_UP if node.spec.skips_errors else TOO_LONG

    def _suspect(self, node: NodeState, number: int, is_late: bool) -> None:
        """Hold a death, which a late call is not, against one of those that may have caused it.

        One that was suspect before was not among them: it was to be worked on alone.
        """
        node.deaths.setdefault(number, int(not is_late))

    def _conclude(self, node: NodeState, number: int, payloads: list[Payload]) -> None:
        self._streams.put(node, number, NOTHING)
        if node.history is not None:
            node.history.keep(number, payloads)
            return
        for payload in payloads:
            self._streams.slots.let_go(payload.slots)

    def _give_up(self, dead: Dead) -> None:
        self.dead.append(dead)
        node = dead.task.node
        if node.kept is not None and dead.number in node.resolved:  # it was to be made again
            self._durability.give_up(node, dead.number)
        self._streams.void(node, dead.number, "failed")
