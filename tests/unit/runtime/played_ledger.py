"""A ledger played by the test, for sessions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from daskflow.runtime.clock import Clock
from daskflow.runtime.courier import Courier
from daskflow.transport import wire


class DrowsyCourier(Courier):
    """Comes when a test has woken it: on a busy machine any other might come in the middle of a burst."""

    is_awake = False

    def watch(self) -> None:
        if self.is_awake:
            super().watch()


class ManualClock(Clock):
    """Goes on while a carrier waits in vain."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        super().__init__(now_s=lambda: self.now)
        self.now = 0.0

    def courier(self, send: Callable[[], None]) -> Courier:
        return DrowsyCourier(send)


class Script:
    """A carrier whose other side is the test: frames to give, frames that were sent."""

    def __init__(self) -> None:
        self.coming: deque[Any] = deque()
        self.sent: list[Any] = []
        self.clock = ManualClock()

    def send(self, frame: list[Any]) -> None:
        self.sent.append(frame)

    def receive(self, *, block: bool, timeout_s: float | None = None) -> list[list[Any]]:
        if self.coming:
            frame = self.coming.popleft()
            return [] if frame is None else [frame]
        if timeout_s is not None:
            self.clock.now += timeout_s
            return []
        assert not block, "the session waits for a frame that never comes"
        return []

    def wake(self) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError

    def tell(self, leases=(), room=0, freed=(), flags=0, steps=0, inline_room=None) -> None:
        inline_room = room if inline_room is None else inline_room
        self.coming.append([wire.TOLD, list(leases), room, inline_room, list(freed), flags, steps])

    @property
    def steps(self) -> list[Any]:
        return [frame[1:] for frame in self.sent if frame[0] == wire.STEP]
