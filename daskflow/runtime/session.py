"""A task's conversation with the ledger: what is finished goes out, what is next comes in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from daskflow.transport import wire
from daskflow.transport.carrier import Carrier

Lease = list[Any]
"""``[number, [descriptor of each input]]``"""


class Session:
    """Sends each outcome as soon as it is known: user code may take any time before it comes back here.

    What waits besides, released slots and a new target, goes with it, or by itself before the task blocks.

    Parameters
    ----------
    carrier : Carrier
        The way to the ledger.
    task : int
        Index of the task.
    released : collections.deque of int
        Slots that the task let go of, to be told to the ledger; others add to it at any time.
    recycle : callable
        Called with each slot of the task that nobody looks into any more.
    """

    def __init__(
        self, carrier: Carrier, task: int, released: deque[int], recycle: Callable[[int], None]
    ) -> None:
        self._carrier = carrier
        self._task = task
        self._released = released
        self._recycle = recycle
        self._leases: deque[Lease] = deque()
        self._steps_under_way = 0
        self._incarnation: int | None = None
        self._told_target = -1
        self.target = 1
        """How many leases the ledger shall let this task hold."""
        self.room = 0
        """A producer may emit the numbers below this one."""
        self.is_stopping = False
        """A producer shall end its stream."""
        self.is_over = False
        """There is nothing more to come: the node's numbers are all resolved, or the run was ended."""
        self.is_aborted = False
        """The run was ended, or this incarnation given up."""

    def begin(self, pid: int) -> int | None:
        """Register this process; blocks for the answer.

        Returns
        -------
        int or None
            The task's incarnation, 0 for the first; None if the task has run to its end before.
        """
        self._carrier.send([wire.HELLO, self._task, pid])
        while self._incarnation is None and not self.is_over:
            self._take(self._carrier.receive(block=True))
        return self._incarnation

    def opened(self) -> None:
        """Say that the node is open."""
        self._send_step()

    def next_lease(self) -> Lease | None:
        """The next number to work on with its inputs, or None when `is_over`. Blocks."""
        while not self._leases:
            if self.is_over:
                return None
            self._exchange()
        return None if self.is_aborted else self._leases.popleft()

    def wait_for_room(self, number: int) -> bool:
        """Block until a producer may emit `number`; False when it shall end instead."""
        self._listen()
        while number >= self.room and not self.is_stopping and not self.is_over:
            self._exchange()
        return not self.is_stopping and not self.is_over

    def report(self, number: int, kind: int, body: Any, busy_s: float) -> None:
        """Say how a number ended; does not block."""
        self._send_step([number, kind, body, busy_s])
        self._listen()

    def end_stream(self) -> None:
        """Say that a producer has no further message, and wait until its node is finished."""
        self._send_step()
        self._carrier.send([wire.END])
        while not self.is_over:
            self._exchange()

    def broken(self, error: bytes) -> None:
        """Say that the node failed outside any message."""
        self._carrier.send([wire.BROKEN, error])

    def goodbye(self) -> None:
        """Say that the node is closed; nothing can be said after it."""
        self._send_step()
        self._carrier.send([wire.BYE])

    def _exchange(self) -> None:
        """Say what there is to say, then wait for a frame or a wake-up."""
        if not self._steps_under_way and self._has_something_to_say():
            self._send_step()
        self._take(self._carrier.receive(block=True))

    def _listen(self) -> None:
        """Take in what has come, without waiting."""
        while (frame := self._carrier.receive(block=False)) is not None:
            self._take(frame)

    def _has_something_to_say(self) -> bool:
        return bool(self._released or self.target != self._told_target)

    def _send_step(self, *outcomes: list[Any]) -> None:
        released = [self._released.popleft() for _ in range(len(self._released))]
        self._told_target = self.target
        self._steps_under_way += 1
        self._carrier.send([wire.STEP, list(outcomes), released, self.target])

    def _take(self, frame: list[Any] | None) -> None:
        if frame is None:
            return
        if frame[0] == wire.TOLD:
            _, leases, room, freed, flags, steps = frame
            self._steps_under_way -= steps
            self._leases.extend(leases)
            self.room = room
            for slot in freed:
                self._recycle(slot)
            self.is_stopping = bool(flags & wire.STOP)
            if flags & wire.ABORT:
                self.is_aborted = self.is_over = True
            elif flags & wire.ENDED:
                self.is_over = True
        elif frame[0] == wire.WELCOME:
            self._incarnation = frame[1]
        elif frame[0] == wire.REFUSED:
            self.is_aborted = self.is_over = True
