"""The time of a simulation: what is to happen when, and what comes first."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random

from daskflow.runtime.clock import Clock
from daskflow.runtime.courier import TICK_S, Courier

EPOCH_S = 946_684_800.0
"""The date at which every simulation begins, 2000-01-01: nodes must not see the real one."""


class Agenda:
    """Things to do by time; those at the same time in an order that the seed decides.

    Time stands still while something happens, and then jumps to the next thing: nobody waits.

    Parameters
    ----------
    seed : int
        Of all that is left to chance.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now_s = 0.0
        self._heap: list[tuple[float, float, int, Callable[[], None]]] = []
        self._count = 0  # so that no two entries are equal

    def at(self, time_s: float, action: Callable[[], None]) -> None:
        """Do something at a time."""
        self._count += 1
        heappush(self._heap, (time_s, self.random.random(), self._count, action))

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do something later."""
        self.at(self.now_s + delay_s, action)

    def clear(self) -> None:
        """Do nothing more."""
        self._heap.clear()

    def go_on(self) -> bool:
        """Do what comes next; False if there is nothing to do."""
        if not self._heap:
            return False
        time_s, _, _, action = heappop(self._heap)
        self.now_s = max(self.now_s, time_s)
        action()
        return True


class SimulatedClock(Clock):
    """What the tasks of a simulation take for the machine's time.

    Parameters
    ----------
    agenda : Agenda
        Of the simulation.
    run : callable
        Called with what a courier sends, for the simulation to do it in the name of its task.
    """

    __slots__ = ("_agenda", "_run")

    def __init__(self, agenda: Agenda, run: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(lambda: agenda.now_s, lambda: EPOCH_S + agenda.now_s)
        self._agenda = agenda
        self._run = run

    def queued_s(self) -> float:
        """0: the simulation has cores enough."""
        return 0.0

    def courier(self, send: Callable[[], None]) -> Courier:
        """A courier without a thread."""
        return SimulatedCourier(lambda: self._run(send), self._agenda)


class SimulatedCourier(Courier):
    """Sends a tick of the simulation's time after it was asked to."""

    def __init__(self, send: Callable[[], None], agenda: Agenda) -> None:
        super().__init__(send)
        self._agenda = agenda
        self._is_asked = False

    def watch(self) -> None:
        """Note that something is held back."""
        if not self._is_asked:
            self._is_asked = True
            self._agenda.after(TICK_S, self._come)

    def close(self) -> None:
        """Send nothing more."""
        self._is_closed = True

    def _come(self) -> None:
        self._is_asked = False
        if not self._is_closed:
            self._send()
