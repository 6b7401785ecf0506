"""Nodes whose pace is known, and flows of them; in a module of their own, so that workers import them."""

from __future__ import annotations

import errno
import os
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from daskflow import BATCH, ConsumerNode, Flow, OneTaskProcessorNode, ProcessorNode, ProducerNode
from daskflow.core.node import Node
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict, verdicts_of
from daskflow.transport.slots import OwnedSlot
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.waiting import snapshot_when

DISK_BYTES_PER_S = 10e6
"""Of `SlowDisk`."""


@dataclass(frozen=True)
class Pause:
    """How long a call waits, and how long once a file is there: so that a flow can be helped while it runs.

    In seconds; without a file always the same.
    """

    seconds: float
    then_s: float = 0.0
    switch: Path | None = None

    def wait(self) -> None:
        time.sleep(self.then_s if self.is_over else self.seconds)

    @property
    def is_over(self) -> bool:
        return self.switch is not None and self.switch.exists()


class Source(ProducerNode):
    """Numbers, or black frames, without an end."""

    def __init__(self, pause: Pause = Pause(0.0), shape: tuple[int, ...] = (), **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause
        self._shape = shape
        self._count = 0

    def next(self) -> Any:
        self._pause.wait()
        self._count += 1
        return np.zeros(self._shape, np.uint8) if self._shape else self._count


class Camera(Source):
    is_live = True


class SlowDisk(Source):
    """Finds no room in shared memory, and a disk that takes its time, until the switch of `disk` is there."""

    def __init__(self, disk: Pause = Pause(0.0), **options: Any) -> None:
        super().__init__(**options)
        self._disk = disk

    def open(self) -> None:
        def refuse_memory(fd: int, offset: int, size: int) -> None:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("/dev/shm"):
                raise OSError(errno.ENOSPC, "shared memory is full")
            os.ftruncate(fd, size)

        def fill_slowly(slot: OwnedSlot, array: np.ndarray) -> None:
            fill(slot, array)
            if not self._disk.is_over:
                time.sleep(array.nbytes / DISK_BYTES_PER_S)

        fill = OwnedSlot.fill
        os.posix_fallocate = refuse_memory
        OwnedSlot.fill = fill_slowly


class Work(ProcessorNode):
    """Waits, then computes for so many seconds on a core, however long that takes."""

    def __init__(self, pause: Pause = Pause(0.0), compute_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause
        self._compute_s = compute_s

    def process(self, *values: Any) -> int:
        self._pause.wait()
        end_s = time.thread_time() + self._compute_s
        while time.thread_time() < end_s:
            pass
        return 0


class Stateful(OneTaskProcessorNode):
    def __init__(self, pause: Pause, **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause

    def process(self, value: Any) -> int:
        self._pause.wait()
        return 0


class End(ConsumerNode):
    def __init__(self, pause: Pause = Pause(0.0), **options: Any) -> None:
        super().__init__(**options)
        self._pause = pause

    def consume(self, *values: Any) -> None:
        self._pause.wait()


@dataclass(frozen=True)
class Part:
    """A part of a flow that has nothing to do with the others: its first and its last node."""

    first: Node
    last: Node

    def verdict(self, snapshot: RunSnapshot) -> Verdict:
        """What is said of it."""
        name = self.last.name
        (verdict,) = [v for v in verdicts_of(snapshot) if name in [node.name for node in v.nodes]]
        return verdict

    def rate(self, before: RunSnapshot, after: RunSnapshot) -> float:
        """Messages per second that came to its last node, those that were skipped on the way included."""
        counts = [snapshot[self.last].received + snapshot[self.last].voided for snapshot in (before, after)]
        return (counts[1] - counts[0]) / (after.elapsed_s - before.elapsed_s)


def chain(first: Node, *nodes: Node) -> Part:
    """Nodes that each read the one before."""
    last = first
    for node in nodes:
        last = node(last)
    return Part(first, last)


@contextmanager
def running(*parts: Part, flow_type: str = BATCH) -> Iterator[Flow]:
    """A flow of some parts."""
    flow = Flow([part.first for part in parts], flow_type=flow_type)
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # of more tasks than cores
        flow.run(cluster=NO_DASHBOARD)
    try:
        yield flow
    finally:
        flow.stop(drain=False)


def snapshot_at(flow: Flow, elapsed_s: float) -> RunSnapshot:
    """What a flow does once messages have moved for so long."""
    time.sleep(max(0.0, elapsed_s - flow.metrics().elapsed_s))
    return snapshot_when(flow, lambda seen: seen.elapsed_s >= elapsed_s)


def snapshot_with(flow: Flow, messages: int, *parts: Part) -> RunSnapshot:
    """What it does once so many messages have come to the end of each of some parts, however slow it is."""
    return snapshot_when(flow, lambda seen: min(seen[part.last].received for part in parts) >= messages)


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
