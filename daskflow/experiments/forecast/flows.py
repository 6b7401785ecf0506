"""Flows whose nodes wait and compute for known times."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from daskflow.core.constants import BATCH
from daskflow.core.node import ConsumerNode, ProcessorNode, ProducerNode
from daskflow.flow import Flow


def spend(wait_s: float, compute_s: float) -> None:
    """Wait, then compute for so long on a core, however long that takes. Blocks."""
    if wait_s:
        time.sleep(wait_s)
    end_s = time.thread_time() + compute_s
    while compute_s and time.thread_time() < end_s:
        pass


class Source(ProducerNode):
    """Numbers, without an end and as fast as they are taken."""

    def open(self) -> None:
        """Begin at 0, in the worker."""
        self._next = 0

    def next(self) -> int:
        """The next number."""
        self._next += 1
        return self._next - 1


class Work(ProcessorNode):
    """Waits and computes for each message, and passes it on.

    Parameters
    ----------
    wait_s, compute_s : float
        For so long, in seconds.
    **options
        As for `ProcessorNode`.
    """

    def __init__(self, wait_s: float = 0.0, compute_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self._spent = wait_s, compute_s

    def process(self, *values: Any) -> Any:
        """The first value, later."""
        spend(*self._spent)
        return values[0]


class End(ConsumerNode):
    """Takes what comes."""

    def consume(self, *values: Any) -> None:
        """Do nothing."""


def computing() -> Flow:
    """A processor that computes for 20 ms: limited by the cores."""
    source = Source(name="source")
    return Flow([source], [End(name="end")(Work(compute_s=0.02, name="work")(source))], BATCH, "computing")


def waiting() -> Flow:
    """A processor that waits for 20 ms, as for a disk or a service: as many tasks as one likes."""
    source = Source(name="source")
    return Flow([source], [End(name="end")(Work(wait_s=0.02, name="work")(source))], BATCH, "waiting")


def joining() -> Flow:
    """A slow branch that waits and a quicker one that also computes, joined."""
    source = Source(name="source")
    slow = Work(wait_s=0.03, name="slow")(source)
    quick = Work(wait_s=0.006, compute_s=0.004, name="quick")(source)
    joined = Work(wait_s=0.002, name="joined")(slow, quick)
    return Flow([source], [End(name="end")(joined)], BATCH, "joining")


FLOWS: Mapping[str, Callable[[], Flow]] = {
    "computing": computing,
    "waiting": waiting,
    "joining": joining,
}
"""By name."""

TARGET_RATES: Mapping[str, float] = {"joining": 100.0}
"""What is asked for, in messages per second; of the others the best for the cores."""
