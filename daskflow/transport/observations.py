"""What the tasks of a run say of themselves: how they spent their time, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from daskflow.core.histogram import NOTHING, Histogram

TOLD_EVERY_S = 0.25
"""How often a task says it, if it comes to it."""


class Times(NamedTuple):
    """What a task says now and then; times in seconds, since it said so last.

    Attributes
    ----------
    span_s : float
        How long that is ago, or its node opened.
    waited_s : float
        How long it waited for the ledger.
    busy : Histogram
        How long the calls of its node took, for each message.
    slots, slots_on_disk : int
        How many slots it has made in all, and how many found no room in shared memory.
    pictures : sequence of int
        Which arguments of the last message that it looked at were images.
    queued_s : float
        How long it was ready to run and waited for a core.
    """

    span_s: float
    waited_s: float
    busy: Histogram
    slots: int
    slots_on_disk: int
    pictures: Sequence[int]
    queued_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """What a task has said in all, since messages could move; times in seconds.

    Attributes
    ----------
    told_s : float
        When it last did, on the ledger's clock; 0 before the first time.
    span_s, waited_s : float
        The time that it spoke of, and how much of that it waited for the ledger.
    busy : Histogram
        Calls of its node.
    slots, slots_on_disk, pictures
        As in `Times`.
    queued_s : float
        How long it waited for a core, in all.
    """

    told_s: float = 0.0
    span_s: float = 0.0
    waited_s: float = 0.0
    busy: Histogram = NOTHING
    slots: int = 0
    slots_on_disk: int = 0
    pictures: frozenset[int] = frozenset()
    queued_s: float = 0.0


class Observations:
    """Adds up what the tasks of a run say.

    Parameters
    ----------
    nb_tasks : int
        How many there are.
    """

    def __init__(self, nb_tasks: int) -> None:
        self._times = [TaskTimes() for _ in range(nb_tasks)]

    def join(self, task: int, now: float) -> None:
        """Take note that a task takes part from now on, for the first time or again."""
        if task == len(self._times):
            self._times.append(TaskTimes())
        self._times[task] = replace(self._times[task], told_s=now)

    def take_times(self, task: int, times: Times, started_s: float | None, now: float) -> None:
        """Take note of what a task has said at `now`; what was before messages could move does not count."""
        known = self._times[task]
        span_s = 0.0 if started_s is None else min(times.span_s, now - started_s)
        self._times[task] = TaskTimes(
            now,
            known.span_s + span_s,
            # It waited for the start first of all.
            known.waited_s + max(0.0, times.waited_s - (times.span_s - span_s)),
            known.busy + times.busy,
            times.slots,
            times.slots_on_disk,
            frozenset(times.pictures),
            known.queued_s + min(times.queued_s, span_s),
        )

    @property
    def times(self) -> tuple[TaskTimes, ...]:
        """What each task has said."""
        return tuple(self._times)


def busy_from(counts: Sequence[int], sum_s: float) -> Histogram:
    """A histogram out of a frame: bucket, count, bucket, count, and so on."""
    pairs: Mapping[int, int] = dict(zip(counts[::2], counts[1::2], strict=True))
    return Histogram(pairs, sum_s)
