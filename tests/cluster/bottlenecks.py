"""Nodes and flows whose bottleneck is known; in a module of their own, so that workers import them."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from daskflow import BATCH, ConsumerNode, Flow, OneTaskProcessorNode, ProcessorNode, ProducerNode
from daskflow.core.node import Node
from daskflow.monitor.verdict import Verdict, verdicts_of
from daskflow.transport.slots import OwnedSlot
from tests.cluster.conftest import NO_DASHBOARD

WARM_S, MEASURED_S = 1.0, 2.0
"""Of a run the first part is not measured."""


def spend(sleep_s: float, compute_s: float) -> None:
    """Wait, then compute for so long on a core, however long that takes."""
    if sleep_s:
        time.sleep(sleep_s)
    if compute_s:
        end_s = time.thread_time() + compute_s
        while time.thread_time() < end_s:
            pass


class Source(ProducerNode):
    """Numbers, or black frames, without an end."""

    def __init__(self, sleep_s: float = 0.0, shape: tuple[int, ...] = (), **options: Any) -> None:
        super().__init__(**options)
        self._sleep_s = sleep_s
        self._shape = shape
        self._count = 0

    def next(self) -> Any:
        spend(self._sleep_s, 0.0)
        self._count += 1
        return np.zeros(self._shape, np.uint8) if self._shape else self._count


class Camera(Source):
    is_live = True


class SlowDisk(Source):
    """Finds no room in shared memory, and a disk that takes 30 MB a second."""

    def open(self) -> None:
        def refuse_memory(fd: int, offset: int, size: int) -> None:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("/dev/shm"):
                raise OSError(errno.ENOSPC, "shared memory is full")
            os.ftruncate(fd, size)

        def fill_slowly(slot: OwnedSlot, array: np.ndarray) -> None:
            fill(slot, array)
            time.sleep(array.nbytes / 30e6)

        fill = OwnedSlot.fill
        os.posix_fallocate = refuse_memory
        OwnedSlot.fill = fill_slowly


class Work(ProcessorNode):
    def __init__(self, sleep_s: float = 0.0, compute_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self._spent = sleep_s, compute_s

    def process(self, *values: Any) -> int:
        spend(*self._spent)
        return 0


class Bursts(ProcessorNode):
    """Ten messages of 8 ms each, then one of 160 ms."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._count = 0

    def process(self, value: Any) -> int:
        self._count += 1
        time.sleep(0.008 if self._count % 11 else 0.16)
        return 0


class Stateful(OneTaskProcessorNode):
    def __init__(self, sleep_s: float, **options: Any) -> None:
        super().__init__(**options)
        self._sleep_s = sleep_s

    def process(self, value: Any) -> int:
        time.sleep(self._sleep_s)
        return 0


class End(ConsumerNode):
    def __init__(self, sleep_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self._sleep_s = sleep_s

    def consume(self, *values: Any) -> None:
        spend(self._sleep_s, 0.0)


Ends = tuple[Node, Node]
"""The first and the last node of a part of a flow."""


def chain(first: Node, *nodes: Node) -> Ends:
    """Nodes that each read the one before."""
    last = first
    for node in nodes:
        last = node(last)
    return first, last


def producer(sleep_s: float) -> Ends:
    return chain(Source(sleep_s, name="producer"), Work(0.016))


def replicated(nb_tasks: int) -> Ends:
    work = Work(0.06, name="replicated", nb_tasks=nb_tasks)
    return chain(Source(0.001), work, Stateful(0.018))


def stateful(sleep_s: float) -> Ends:
    return chain(Source(0.001), Work(0.02), Stateful(sleep_s, name="stateful"))


def consumer(sleep_s: float) -> Ends:
    return chain(Source(0.001), Work(0.02), End(sleep_s, name="consumer"))


def skip_edge(nb_tasks: int) -> Ends:
    fork = Source(0.001, name="fork")
    slow = Work(0.06, name="on the longer path", nb_tasks=nb_tasks)(Work(0.025)(fork))
    return fork, End(0.001, name="join")(fork, slow)


def small_edge(queue_size: int) -> Ends:
    return chain(Source(0.001), Bursts(name="bursts"), Work(0.024, name="even", queue_size=queue_size))


def full_memory(source: type[Source]) -> Ends:
    return chain(source(0.008, shape=(480, 640, 3), name="on disk"), Work(0.015))


def real_time(nb_tasks: int) -> Ends:
    return chain(Camera(0.025), Work(0.06, name=f"{nb_tasks} behind", nb_tasks=nb_tasks))


def few_cores() -> Ends:
    return chain(Source(), Work(compute_s=0.02, name="a"), Work(compute_s=0.012, name="b"))


def beside_others() -> Ends:
    return chain(Source(), Work(0.01, name="a"), Work(0.01, name="b"))


@dataclass(frozen=True)
class Judged:
    """What was said of a part of a flow, and what it did: messages per second that came to its last node."""

    verdict: Verdict
    rate: float


@contextmanager
def running(*parts: Ends, flow_type: str = BATCH) -> Iterator[Flow]:
    """A flow of parts that have nothing to do with each other."""
    flow = Flow([first for first, _ in parts], flow_type=flow_type)
    flow.run(cluster=NO_DASHBOARD)
    try:
        yield flow
    finally:
        flow.stop()
        flow.join()


def judged(*parts: Ends, flow_type: str = BATCH) -> list[Judged]:
    """Run parts of a flow for some seconds."""
    with running(*parts, flow_type=flow_type) as flow:
        return watched(flow, *parts)


def watched(flow: Flow, *parts: Ends) -> list[Judged]:
    """What some parts of a running flow do."""
    time.sleep(WARM_S)
    before = flow.metrics()
    time.sleep(MEASURED_S)
    after = flow.metrics()
    verdicts = {node.name: verdict for verdict in verdicts_of(after) for node in verdict.nodes}
    span_s = after.elapsed_s - before.elapsed_s
    return [
        Judged(verdicts[last.name or ""], (after[last].received - before[last].received) / span_s)
        for _, last in parts
    ]


class BusyThreads:
    """Threads of this process that compute, and hold the interpreter's lock as long as they can."""

    def __init__(self, number: int) -> None:
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._compute) for _ in range(number)]

    def _compute(self) -> None:
        while not self._is_over.is_set():
            sum(range(10_000))

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()
