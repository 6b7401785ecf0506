"""The way between a simulated task and the ledger: frames in order, each a moment on its way."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import msgpack

from daskflow.ledger import FRESH
from daskflow.testing.faults import COMMIT, COMMITTED, LEASE
from daskflow.transport import wire

if TYPE_CHECKING:
    from daskflow.testing.desk import Desk
    from daskflow.testing.process import Process

SLOWEST_S = 0.0002
"""How long a frame is on its way at most."""


class Link:
    """A task's end, which is its `Carrier`; the other end is a desk.

    Parameters
    ----------
    process : Process
        Whose it is.
    desk : Desk
        Where the ledger is.
    """

    def __init__(self, process: Process, desk: Desk) -> None:
        self.process = process
        self._desk = desk
        self._up_to_s = self._down_to_s = 0.0  # when the last frame arrives, each way
        self._come: deque[tuple[float, bytes]] = deque()
        self._is_woken = False
        self._is_cut = False
        self.connection = desk.connect(self)

    # -- the task's side --------------------------------------------------------------------------------

    def send(self, frame: list[Any]) -> None:
        """Send a frame, unless the process is to die before."""
        process = self.process
        process.check_alive()
        outcomes = frame[1] if frame[0] == wire.STEP else ()
        numbers = [outcome[0] for outcome in outcomes]
        process.may_die(COMMIT, numbers)
        self._up(_packed(frame))
        for number in numbers:
            process.note("its outcome is sent", number)
        process.may_die(COMMITTED, numbers)

    def receive(self, *, block: bool, timeout_s: float | None = None) -> list[list[Any]]:
        """The frames that have come; the turn is another's until there are some, or the time is up."""
        agenda = self.process.agenda
        end_s = inf if timeout_s is None else agenda.now_s + timeout_s
        if block and timeout_s is not None:
            agenda.at(end_s, self.process.go_on)
        while True:
            self.process.check_alive()
            frames = list(self._arrived())
            if frames or self._is_woken or not block or agenda.now_s >= end_s:
                self._is_woken = False
                return frames
            self.process.wait()

    def wake(self) -> None:
        """Make a blocked `receive` return."""
        self._is_woken = True
        self.process.agenda.after(0.0, self.process.go_on)

    def close(self) -> None:
        """Cut the way: the ledger hears of it after all that was sent."""
        if not self._is_cut:
            self._is_cut = True
            self._up(None)

    # -- the ledger's side ------------------------------------------------------------------------------

    def tell(self, frame: list[Any]) -> None:
        """Send a frame to the task."""
        if not self._is_cut:
            self._down_to_s = max(self._down_to_s, self._soon(), self._desk.earliest_s(self, frame))
            self._come.append((self._down_to_s, _packed(frame)))
            self.process.agenda.at(self._down_to_s, self.process.go_on)

    # -- inside -----------------------------------------------------------------------------------------

    def _arrived(self) -> Sequence[list[Any]]:
        frames = []
        while self._come and self._come[0][0] <= self.process.agenda.now_s:
            frame = unpacked(self._come.popleft()[1])
            if frame[0] == wire.TOLD:
                leases, room, inline_room = frame[1:4]
                for number, _, kind in leases:
                    self.process.note("comes" if kind == FRESH else "comes again", number)
                self.process.may_die(LEASE, [number for number, _, _ in leases])
                self.process.note_room(max(room, inline_room))
            frames.append(frame)
        return frames

    def _up(self, data: bytes | None) -> None:
        self._up_to_s = max(self._up_to_s, self._soon())
        self._desk.carry(self, self._up_to_s, data)

    def _soon(self) -> float:
        agenda = self.process.agenda
        return agenda.now_s + agenda.random.uniform(0.0, SLOWEST_S)


def _packed(frame: list[Any]) -> bytes:
    data: bytes = msgpack.packb(frame, use_bin_type=True)
    return data


def unpacked(data: bytes) -> list[Any]:
    """A frame as it was on the wire."""
    unpacker = wire.new_unpacker()
    unpacker.feed(data)
    (frame,) = unpacker
    assert isinstance(frame, list)
    return frame
