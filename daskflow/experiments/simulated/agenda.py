"""The time of a simulation: what is to happen when."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class Agenda:
    """Things to do by time; those at the same time in the order in which they were put here.

    Nobody waits: time jumps to the next of them.
    """

    __slots__ = ("_heap", "count", "now_s")

    def __init__(self) -> None:
        self.now_s = 0.0
        self.count = 0
        """How many things were put here; also so that no two entries are equal."""
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []

    def at(self, time_s: float, action: Callable[..., None], *arguments: Any) -> None:
        """Do something at a time, which is not past."""
        self.count += 1
        heappush(self._heap, (time_s, self.count, action, arguments))

    def after(self, delay_s: float, action: Callable[..., None], *arguments: Any) -> None:
        """Do something later."""
        self.count += 1
        heappush(self._heap, (self.now_s + delay_s, self.count, action, arguments))

    def run_until(self, end_s: float) -> None:
        """Do all that is to be done up to a time."""
        heap = self._heap
        while heap and heap[0][0] <= end_s:
            self.now_s, _, action, arguments = heappop(heap)
            action(*arguments)
        self.now_s = max(self.now_s, end_s)
