"""What a task did with its time, added up in the task and told now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from daskflow.core.frame import is_picture
from daskflow.core.histogram import PER_DOUBLING, SHORTEST_S
from daskflow.transport import wire
from daskflow.transport.observations import TOLD_EVERY_S


class Meter:
    """Takes note of each call of the node and each wait: a list that grows, until it is told and empty again.

    Parameters
    ----------
    now_s : callable
        The task's clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.busy_s: list[float] = []
        """How long the node's code took for each message since it was last told."""
        self.waited_s = 0.0
        self._began_s = self.due_s = 0.0
        """When it is to be told next."""
        self.slots: Callable[[], tuple[int, int]] = lambda: (0, 0)
        """How many slots the task has made, and how many of them are on disk."""
        self.wants_look = True
        """Whether `look` should be called with the next inputs: once each time it is told."""
        self._pictures: list[int] = []
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._began_s = self._now_s()
        self.due_s = self._began_s + TOLD_EVERY_S
        self.busy_s.clear()
        self.waited_s = 0.0
        self.wants_look = True

    def look(self, messages: Sequence[tuple[Any, Any]]) -> None:
        """Take note which of a message's inputs are images."""
        self.wants_look = False
        self._pictures = [i for i, (value, _) in enumerate(messages) if is_picture(value)]

    def frame(self) -> list[Any]:
        """What is to be told; it begins to count anew."""
        slots, on_disk = self.slots()
        frame = [
            wire.TIMES,
            max(0.0, self._now_s() - self._began_s),
            self.waited_s,
            float(sum(self.busy_s)),
            _counts(self.busy_s),
            slots,
            on_disk,
            self._pictures,
        ]
        self.begin()
        return frame


def _counts(times_s: list[float]) -> list[int]:
    """How many times fell in each bucket of `daskflow.core.histogram`: bucket, count, bucket, count, ..."""
    if not times_s:
        return []
    buckets = np.ceil(np.log2(np.maximum(times_s, SHORTEST_S)) * PER_DOUBLING).astype(int)
    return np.stack(np.unique(buckets, return_counts=True), axis=1).ravel().tolist()
