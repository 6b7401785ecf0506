"""Flows whose bottleneck is known, slow and as advised."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from daskflow import BATCH, REALTIME, SKIP, ProcessorNode
from daskflow.monitor.verdict import (
    FEW_CORES,
    FULL_MEMORY,
    SLOW_CONSUMER,
    SLOW_LEDGER,
    SLOW_PROCESSOR,
    SLOW_PRODUCER,
    SLOW_STATEFUL,
    SMALL_EDGE,
)
from tests.cluster.bottlenecks import (
    BusyThreads,
    Camera,
    End,
    Part,
    Pause,
    SlowDisk,
    Source,
    Stateful,
    Work,
    chain,
)

Numbers = tuple[int, ...]
"""Of tasks, cores, or the length of a queue, in the order in which they were advised."""

FAST = Pause(0.001)


def numbers_in(advice: str) -> Numbers:
    """What is advised: ``3 tasks of `a` and 2 tasks of `b`: 30 messages/s expected`` is 3, 2."""
    said = advice.partition("messages/s expected")[0]
    return tuple(int(a or b) for a, b in re.findall(r"(\d+) (?:tasks?|cores?)\b|queue_size of (\d+)", said))


@dataclass(frozen=True)
class KnownBottleneck:
    """A flow that something limits.

    Attributes
    ----------
    name : str
        For people.
    reason, bottleneck : str and str or None
        What the verdict should say.
    part : callable
        Makes the flow: as it is for None, or with what was advised.
    flow_type : str
        ``"batch"`` or ``"realtime"``.
    around : callable
        What surrounds the run, by the same argument.
    """

    name: str
    reason: str
    bottleneck: str | None
    part: Callable[[Numbers | None], Part]
    flow_type: str = BATCH
    around: Callable[[Numbers | None], AbstractContextManager[Any]] = lambda _: nullcontext()


class Tenth(ProcessorNode):
    """Lets one message of ten pass."""

    def __init__(self, pause: Pause, **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause

    def process(self, value: int) -> Any:
        self._pause.wait()
        return value if value % 10 == 0 else SKIP


class Bursts(ProcessorNode):
    """Ten messages of 8 ms each, then one of 160 ms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._count = 0

    def process(self, value: Any) -> int:
        self._count += 1
        Pause(0.008 if self._count % 11 else 0.16).wait()
        return 0


def _slow(seconds: float, advised: Numbers | None) -> Pause:
    """A pause that is short where advice was followed."""
    return Pause(seconds) if advised is None else FAST


def _tasks(advised: Numbers | None, place: int = 0, now: int = 1) -> int:
    return now if not advised else advised[place]


def producer(advised: Numbers | None) -> Part:
    return chain(Source(_slow(0.04, advised), name="slow"), Work(Pause(0.016)), End())


def replicated(advised: Numbers | None) -> Part:
    work = Work(Pause(0.06), name="slow", nb_tasks=_tasks(advised))
    return chain(Source(FAST), work, Stateful(Pause(0.018)), End())


def two_tasks(advised: Numbers | None) -> Part:
    work = Work(Pause(0.1), name="slow", nb_tasks=_tasks(advised, now=2))
    return chain(Source(FAST), work, Stateful(Pause(0.03)), End())


def alike(advised: Numbers | None) -> Part:
    first = Work(Pause(0.06), name="slow", nb_tasks=_tasks(advised))
    second = Work(Pause(0.061), name="as slow", nb_tasks=_tasks(advised, 1))
    return chain(Source(FAST), first, second, Stateful(Pause(0.02)))


def behind_a_filter(advised: Numbers | None) -> Part:
    queue = {"queue_size": advised[1]} if advised else {}
    slow = Work(Pause(0.15), name="slow", nb_tasks=_tasks(advised), **queue)
    return chain(Source(FAST), Tenth(Pause(0.005)), slow, End(**queue))


def computing(advised: Numbers | None) -> Part:
    slow = Work(compute_s=0.02, name="slow", nb_tasks=_tasks(advised))
    return chain(Source(FAST), slow, Stateful(Pause(0.012)))


def stateful(advised: Numbers | None) -> Part:
    return chain(Source(FAST), Work(Pause(0.02)), Stateful(_slow(0.05, advised), name="slow"), End())


def consumer(advised: Numbers | None) -> Part:
    return chain(Source(FAST), Work(Pause(0.02)), End(_slow(0.05, advised), name="slow"))


def skip_edge(advised: Numbers | None) -> Part:
    fork = Source(FAST)
    slow = Work(Pause(0.06), name="slow", nb_tasks=_tasks(advised))(Work(Pause(0.025))(fork))
    return Part(fork, End(FAST, name="join")(fork, slow))


def small_edge(advised: Numbers | None) -> Part:
    even = Work(Pause(0.024), name="even", queue_size=advised[0] if advised else 1)
    return chain(Source(FAST), Bursts(name="bursts"), even)


def full_memory(advised: Numbers | None) -> Part:
    source = SlowDisk if advised is None else Source
    return chain(source(shape=(480, 640, 3), name="slow"), Work(Pause(0.025)), End())


def camera(advised: Numbers | None) -> Part:
    return chain(Camera(Pause(0.025)), Work(Pause(0.06), name="slow", nb_tasks=_tasks(advised)))


def computing_both(advised: Numbers | None) -> Part:
    return chain(Source(), Work(compute_s=0.02, name="a"), Work(compute_s=0.012, name="b"))


def waiting(advised: Numbers | None) -> Part:
    return chain(Source(), Work(Pause(0.01), name="a"), Work(Pause(0.01), name="b"))


@contextmanager
def cores(advised: Numbers | None) -> Iterator[None]:
    """One core for this process and those that it starts, or as many as are advised and there are."""
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, usable[: advised[0] if advised else 1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


def busy_main_program(advised: Numbers | None) -> AbstractContextManager[Any]:
    return BusyThreads(2) if advised is None else nullcontext()


CASES = [
    KnownBottleneck("slow producer", SLOW_PRODUCER, "slow", producer),
    KnownBottleneck("slow node of one task", SLOW_PROCESSOR, "slow", replicated),
    KnownBottleneck("slow node of two tasks", SLOW_PROCESSOR, "slow", two_tasks),
    KnownBottleneck("two slow nodes that are alike", SLOW_PROCESSOR, "slow", alike),
    KnownBottleneck("slow node behind a filter", SLOW_PROCESSOR, "slow", behind_a_filter),
    KnownBottleneck("slow node that computes", SLOW_PROCESSOR, "slow", computing),
    KnownBottleneck("slow node beside a skip edge", SLOW_PROCESSOR, "slow", skip_edge),
    KnownBottleneck("slow node behind a camera", SLOW_PROCESSOR, "slow", camera, REALTIME),
    KnownBottleneck("slow stateful node", SLOW_STATEFUL, "slow", stateful),
    KnownBottleneck("slow consumer", SLOW_CONSUMER, "slow", consumer),
    KnownBottleneck("small edge", SMALL_EDGE, None, small_edge),
    KnownBottleneck("full shared memory", FULL_MEMORY, "slow", full_memory),
    KnownBottleneck("too few cores", FEW_CORES, None, computing_both, around=cores),
    KnownBottleneck("scheduler held up", SLOW_LEDGER, None, waiting, around=busy_main_program),
]
