"""The cores of a host, which all that computes there shares fairly."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from daskflow.experiments.simulated.agenda import Agenda

_ROUNDING = 1e-12


class Cores:
    """Processor sharing: where more compute than there are cores, all of them go on at the same, lower pace.

    Work is kept by the *pace* at which it ends: how far one that had computed from the beginning would have
    come. So it costs one step to begin or end, however many others there are.

    Parameters
    ----------
    agenda : Agenda
        Of the simulation.
    count : float
        How many cores there are.
    """

    __slots__ = ("_agenda", "_busy_s", "_count", "_heap", "_next", "_pace_s", "_seen_s", "_token", "_turn")

    def __init__(self, agenda: Agenda, count: float) -> None:
        self._agenda = agenda
        self._count = count
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._pace_s = 0.0
        self._seen_s = 0.0
        self._busy_s = 0.0
        self._turn = 0
        self._token = 0  # of the look that counts: others are too late, or too early
        self._next = -1  # the work that it is for

    def compute(self, time_s: float, then: Callable[[], None]) -> None:
        """Call something when so much processor time was spent for it, in seconds."""
        self._go_on()
        self._turn += 1
        heappush(self._heap, (self._pace_s + time_s, self._turn, then))
        if len(self._heap) > self._count or self._heap[0][1] != self._next:
            self._look_again()

    def clear(self) -> None:
        """Compute nothing more: the host is gone."""
        self._go_on()
        self._heap.clear()
        self._token += 1
        self._next = -1

    @property
    def slowness(self) -> float:
        """How many times as long it would take one more to compute something."""
        return max(1.0, (len(self._heap) + 1) / self._count)

    @property
    def busy_s(self) -> float:
        """Core-seconds that were spent so far."""
        self._go_on()
        return self._busy_s

    def _go_on(self) -> None:
        now, running = self._agenda.now_s, len(self._heap)
        passed = now - self._seen_s
        if passed > 0.0:
            self._seen_s = now
            if running:
                used = min(running, self._count)
                self._pace_s += passed * used / running
                self._busy_s += passed * used

    def _look_again(self) -> None:
        self._token += 1
        heap = self._heap
        if heap:
            self._next = heap[0][1]
            slowness = max(1.0, len(heap) / self._count)
            self._agenda.after(max(0.0, heap[0][0] - self._pace_s) * slowness, self._end, self._token)
        else:
            self._next = -1

    def _end(self, token: int) -> None:
        if token != self._token:
            return
        self._go_on()
        heap, ended = self._heap, []
        while heap and heap[0][0] <= self._pace_s + _ROUNDING * max(1.0, self._pace_s):
            ended.append(heappop(heap)[2])
        self._look_again()
        for then in ended:
            then()
