"""Where the time of tasks went: as they say, and as the ledger says where they have not spoken yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.ledger import TaskCounts
from daskflow.ledger.state import BUSY
from daskflow.transport.observations import TOLD_EVERY_S, TaskTimes
from daskflow.transport.reading import Reading

LONG_SILENCE_S = 2 * TOLD_EVERY_S
"""A task that says nothing for so long is in a long call, or waits."""


@dataclass(frozen=True, slots=True)
class Spending:
    """Seconds of some tasks; see `daskflow.monitor.activity.Activity` for what each is."""

    busy_s: float = 0.0
    copying_s: float = 0.0
    wire_s: float = 0.0
    blocked_s: float = 0.0
    starved_s: float = 0.0

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.busy_s + self.copying_s + self.wire_s + self.blocked_s + self.starved_s

    def __add__(self, other: Spending) -> Spending:
        return Spending(*(mine + its for mine, its in zip(self._parts, other._parts, strict=True)))

    def __sub__(self, earlier: Spending) -> Spending:
        return Spending(
            *(max(0.0, now - then) for now, then in zip(self._parts, earlier._parts, strict=True))
        )

    @property
    def _parts(self) -> tuple[float, float, float, float, float]:
        return self.busy_s, self.copying_s, self.wire_s, self.blocked_s, self.starved_s


def spending_of(reading: Reading, tasks: Sequence[int], *, gathers: bool) -> Spending:
    """What some tasks, given by index, spent their time on until a reading.

    `gathers` says that they wait for more messages while they have some: that is starving too.
    """
    total, known = Spending(), len(reading.ledger.tasks)
    for task in (task for task in tasks if task < known):  # later ones had not joined yet
        total += _of_task(reading.ledger.tasks[task], reading.times[task], reading, gathers)
    return total


def _of_task(counts: TaskCounts, times: TaskTimes, reading: Reading, gathers: bool) -> Spending:
    here_s = counts.here_s
    if not here_s:
        return Spending()
    busy_s, waited_s = times.busy.sum_s, times.waited_s
    copying_s = max(0.0, times.span_s - waited_s - busy_s)
    silent_s = 0.0 if counts.is_closed else min(here_s, reading.now_s - times.told_s)
    missing_s = here_s - silent_s - max(times.span_s, busy_s + waited_s)
    if silent_s > LONG_SILENCE_S:
        if counts.mode == BUSY:
            busy_s += silent_s
        else:
            waited_s += silent_s
    if gathers:
        wire_s, blocked_s = 0.0, min(waited_s, counts.blocked_s)
    else:
        explained_s = counts.starved_s + counts.blocked_s
        wire_s = max(0.0, waited_s - explained_s)
        blocked_s = (waited_s - wire_s) * counts.blocked_s / explained_s if explained_s else 0.0
    starved_s = max(0.0, waited_s - wire_s - blocked_s)
    starved_s += max(0.0, missing_s)  # it has closed, or its process had died, and the next was to come
    return Spending(busy_s, copying_s, wire_s, blocked_s, starved_s)
