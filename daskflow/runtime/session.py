"""A task's conversation with the ledger: what is finished goes out, what is next comes in."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from daskflow.ledger import DEAD, FAILED, OUTPUT, SUSPECT
from daskflow.runtime.clock import MACHINE_CLOCK, Clock
from daskflow.runtime.meter import Meter
from daskflow.transport import wire
from daskflow.transport.carrier import Carrier
from daskflow.transport.descriptor import Descriptor, slots_of

Lease = list[Any]
"""``[number, [descriptor of each input], what is known of it]``"""

MOST_HELD = 32
"""Outcomes that are held back at most; those of a killed task are worked on again."""

LOOK_EVERY = 4
"""A task that holds outcomes back looks for the answer at each fourth: a look costs a system call."""


class Session:
    """Sends each outcome at once, unless the ledger is still busy with an earlier one.

    Then a brisk task, which has its next message in hand and will soon be back, holds outcomes until the
    ledger has answered: they go in one step, and a burst is coalesced by what is in flight. A lone message
    never waits: before a task blocks it has sent everything. Nor does a result whose task does not come
    back as soon as expected: the courier sends it.

    Parameters
    ----------
    carrier : Carrier
        The way to the ledger.
    task : int
        Index of the task.
    released : collections.deque of int
        Slots that the task let go of, to be told to the ledger; others add to it at any time, and then call
        `note_release`.
    recycle : callable
        Called with each slot of the task that nobody looks into any more.
    meter : Meter
        Of the task: waits are noted on it, and what it has to tell is sent.
    clock : Clock
        Where the courier comes from.
    """

    def __init__(
        self,
        carrier: Carrier,
        task: int,
        released: deque[int],
        recycle: Callable[[int], None],
        meter: Meter,
        clock: Clock = MACHINE_CLOCK,
    ) -> None:
        self._carrier = carrier
        self._task = task
        self._released = released
        self._recycle = recycle
        self._meter = meter
        self._leases: deque[Lease] = deque()
        self._held: list[list[Any]] = []
        # For what task, courier and loggers touch: `_held`, the steps, the wire. Reentrant: something of the
        # user's may end in the middle of it, and log.
        self._sending = threading.RLock()
        self._is_on_wire = False
        self._to_tell: list[list[Any]] = []  # came while a frame was on its way
        self._can_tell = False
        self._steps_under_way = 0
        self._now_s = clock.now_s
        self._courier = clock.courier(self._send)
        self._is_waiting = False
        self._start: tuple[int, int, Any] | None = None
        self._room = self._inline_room = 0
        self._is_inline = False
        self.is_back_at_start = False
        """Whether all leases went back, and no new ones have come since."""
        self.show: Callable[[int], None] = lambda argument: None
        """Called with each argument of which somebody wants to see a picture."""
        self.before_speaking: Callable[[], None] | None = None
        """Called in the task's thread before it says something: may put slots on `released`."""
        self.fetch_ahead: Callable[[list[Descriptor]], None] | None = None
        """Called with the inputs of each lease as it comes, where they may be on another host."""
        self.wanted = 1
        """How many leases the ledger shall let this task hold."""
        self.limit: int | None = None
        """No more than these, for the moment: what comes now is for the siblings."""
        self.is_brisk = False
        """Whether the node's calls are so short that a result may wait for the next to end."""
        self.is_stopping = False
        """A producer shall end its stream."""
        self.is_over = False
        """There is nothing more to come: the node's numbers are all resolved, or the run was ended."""
        self.is_aborted = False
        """The run was ended, or this incarnation given up."""

    def begin(self, pid: int) -> tuple[int, int, Descriptor | None] | None:
        """Register this process; blocks for the answer.

        Returns
        -------
        tuple or None
            The task's incarnation, 0 for the first; the number at which a producer is to begin; and the
            snapshot of the node's state to begin with. None if the task has run to its end before.
        """
        self._carrier.send([wire.HELLO, self._task, pid])
        while self._start is None and not self.is_over:
            self._take(self._carrier.receive(block=True))
        self._can_tell = self._start is not None
        return self._start

    def opened(self) -> None:
        """Say that the node is open."""
        with self._sending:
            self._send_step()

    def next_lease(self) -> Lease | None:
        """The next number to work on with its inputs, or None when `is_over`. Blocks."""
        while not self._leases:
            if self.is_over:
                return None
            self._wait()
        return None if self.is_aborted else self._leases.popleft()

    def next_leases(self, most: int, wait_s: float) -> list[Lease]:
        """The next number to work on and those that follow within a time, at most so many; blocks.

        Empty when `is_over`. A number that is to be worked on alone is alone. The ledger is told where there
        are fewer than there might be: what comes now is for others, which may be waiting for it.
        """
        first = self.next_lease()
        if first is None:
            return []
        gathered, end_s, has_looked = [first], self._now_s() + wait_s, False
        while len(gathered) < most and gathered[-1][2] != SUSPECT:
            if self._leases:
                if self._leases[0][2] == SUSPECT:
                    break
                gathered.append(self._leases.popleft())
                continue
            if has_looked or self.is_over:
                break
            left_s = max(0.0, end_s - self._now_s())
            has_looked = not left_s  # at least once: what has come is taken, also by who does not wait
            self._wait(left_s)
        if len(gathered) < most:
            self._say_enough(len(gathered) + len(self._leases))
        return [] if self.is_aborted else gathered

    def wait_for_room(self, number: int) -> bool:
        """Block until a producer may emit `number`; False when it shall end instead."""
        while not self.is_stopping and not self.is_over:
            if number < (self._inline_room if self._is_inline else self._room):
                return True
            self._wait()
        return False

    def report(
        self,
        number: int,
        kind: int,
        body: Any,
        busy_s: float,
        result: list[Any],
        snapshot: Descriptor | None = None,
    ) -> None:
        """Say how a number ended, and perhaps what state the node is in after it; does not block.

        `result` is what `body` was made of, in a list that gives it up: the slots in it are let go of
        together with the outcome that names them, and never before, whichever thread sends it.
        """
        if kind == OUTPUT and body is not None:
            self._is_inline = not slots_of(body)
        with self._sending:
            outcome = [number, kind, body, busy_s]
            if snapshot is not None:
                outcome.append(snapshot)
            self._held.append(outcome)
            result.clear()
            is_held = self.is_brisk and self._steps_under_way > 0 and len(self._held) < MOST_HELD
            is_held = is_held and kind not in (FAILED, DEAD)
            if not is_held:
                if self.before_speaking is not None:
                    self.before_speaking()
                self._send_step()
        if not is_held or len(self._held) % LOOK_EVERY == 0:
            self._take(self._carrier.receive(block=False))
        if is_held:
            if self._steps_under_way:
                self._courier.watch()
            else:
                self._send()

    def lost_input(self, number: int, slots: Sequence[int]) -> None:
        """Say that slots of a number's inputs cannot be had any more; does not block.

        The ledger takes back all that the task holds, so that the number does not come after later ones. What
        was to be worked on next is forgotten here. Whoever has taken further leases forgets those too, and
        gives their slots to `forget`.
        """
        self._send([wire.LOST, number, list(slots)])
        self.is_back_at_start = True
        self.forget(self._leases)
        self._leases.clear()

    def forget(self, leases: Iterable[Lease]) -> None:
        """Let go of the slots of leases into which nobody has looked."""
        for _, descriptors, _ in leases:
            for descriptor in descriptors:
                self._released.extend(slots_of(descriptor))

    def look(self) -> None:
        """Take in what has come, while the task waits for something else; does not block."""
        self._take(self._carrier.receive(block=False))

    def tell_times(self) -> None:
        """Say what the task did with its time; does not block."""
        self.say(self._meter.frame())

    def end_stream(self) -> None:
        """Say that a producer has no further message, and wait until its node is finished."""
        self._send([wire.END])
        while not self.is_over:
            self._wait()

    def say(self, frame: list[Any]) -> None:
        """Send a frame beside the steps, in the task's own thread; outcomes stay held back if they are."""
        with self._sending:
            self._put(frame)

    def broken(self, error: bytes) -> None:
        """Say that the node failed outside any message."""
        self._send([wire.BROKEN, error])

    def goodbye(self) -> None:
        """Say that the node is closed; nothing can be said after it."""
        self.close()
        with self._sending:
            self._can_tell = False
            self._send([wire.BYE])

    def tell(self, frame: list[Any]) -> bool:
        """As `say`, from any thread, also in the midst of sending; whether there is somebody to tell it to.

        Over the socket it arrives also if this process dies in the next moment. Blocks for a moment at most.
        """
        with self._sending:
            if not self._can_tell:
                return False
            if self._is_on_wire:  # this very thread is sending: not into the middle of that
                self._to_tell.append(frame)
                return True
            try:
                self._put(frame)
            except OSError:
                return False  # the ledger is gone, as the task itself will hear
        return True

    def close(self) -> None:
        """End what runs beside the task; blocks for some milliseconds at most."""
        self._courier.close()

    def note_release(self) -> None:
        """See to it that a slot put on `released` is told, even while the task waits; from any thread."""
        if self._is_waiting:
            self._carrier.wake()

    def _wait(self, timeout_s: float | None = None) -> None:
        """Say what there is to say, then wait for a frame, a wake-up, or until the time is up."""
        self._is_waiting = True  # first: what is released from now on wakes it up
        if self.before_speaking is not None:
            self.before_speaking()
        meter, begin_s = self._meter, self._now_s()
        if begin_s >= meter.due_s:
            self._send(meter.frame())
        else:
            self._send()
        frames = self._carrier.receive(block=True, timeout_s=timeout_s)
        self._is_waiting = False
        meter.waited_s += self._now_s() - begin_s
        self._take(frames)

    def _send(self, *frames: list[Any]) -> None:
        """Send what is held back or was released, then `frames`."""
        with self._sending:
            if self._held or self._released:
                self._send_step()
            for frame in frames:
                self._put(frame)

    def _put(self, frame: list[Any]) -> None:
        self._is_on_wire = True
        try:
            self._carrier.send(frame)
            while self._to_tell:
                self._carrier.send(self._to_tell.pop(0))
        finally:
            self._is_on_wire = False

    def _send_step(self) -> None:
        released = [self._released.popleft() for _ in range(len(self._released))]
        held, self._held = self._held, []
        self._steps_under_way += 1
        wanted = self.wanted if self.limit is None else min(self.wanted, self.limit)
        self._put([wire.STEP, held, released, wanted])

    def _say_enough(self, held: int) -> None:
        """Ask for no more leases than these, until something else is said."""
        if self.before_speaking is not None:
            self.before_speaking()
        with self._sending:
            self.limit = held
            self._send_step()
            self.limit = None

    def _take(self, frames: list[list[Any]]) -> None:
        """Take in what the ledger has said: leases, room, slots to write again, and whether to end."""
        for frame in frames:
            if frame[0] == wire.TOLD:
                _, leases, self._room, self._inline_room, freed, flags, steps = frame
                if steps:
                    with self._sending:
                        self._steps_under_way -= steps
                if flags & wire.ANEW:
                    self.is_back_at_start = False
                if self.is_back_at_start:  # they were on their way
                    self.forget(leases)
                else:
                    self._leases.extend(leases)
                    if self.fetch_ahead is not None:
                        for _, descriptors, _ in leases:
                            self.fetch_ahead(descriptors)
                for slot in freed:
                    self._recycle(slot)
                self.is_stopping = bool(flags & wire.STOP)
                if flags & wire.ABORT:
                    self.is_aborted = self.is_over = True
                elif flags & wire.ENDED:
                    self.is_over = True
            elif frame[0] == wire.WELCOME:
                _, incarnation, number, snapshot = frame
                self._start = incarnation, number, snapshot
            elif frame[0] == wire.SHOW:
                self.show(frame[1])
            elif frame[0] == wire.REFUSED:
                self.is_aborted = self.is_over = True
