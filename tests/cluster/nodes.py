"""Nodes for the cluster tests; in a module of their own, so that workers import them."""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from daskflow import SKIP, ConsumerNode, Context, OneTaskProcessorNode, ProcessorNode, ProducerNode
from daskflow.consumers import CollectConsumer
from daskflow.transport.places import RunPlaces


class Frames(ProducerNode):
    """`count` frames, each filled with its number."""

    def __init__(self, count: int, shape: tuple[int, ...] = (480, 640, 3), wait_s: float = 0.0, name=None):
        super().__init__(name)
        self._count = count
        self._shape = shape
        self._wait_s = wait_s
        self._next = 0

    def next(self) -> np.ndarray:
        if self._next >= self._count:
            raise StopIteration
        time.sleep(self._wait_s)
        frame = np.full(self._shape, self._next % 256, np.uint8)
        self._next += 1
        return frame


class RandomDelay(ProcessorNode):
    def __init__(self, most_s: float, **options: Any) -> None:
        super().__init__(**options)
        self._most_s = most_s

    def process(self, value: Any) -> Any:
        time.sleep(random.random() * self._most_s)
        return value


class Even(ProcessorNode):
    def process(self, value: int) -> Any:
        return SKIP if value % 2 else value


class Failing(ProcessorNode):
    def __init__(self, at: int, **options: Any) -> None:
        super().__init__(**options)
        self._at = at

    def process(self, value: int) -> int:
        if value == self._at:
            raise KeyError(f"no {value} here")
        return value


class Exits(ProcessorNode):
    def process(self, value: int) -> int:
        sys.exit(3)


class StopsAfter(CollectConsumer):
    """Ends its flow from the caller's side once it has seen enough."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def deliver(self, value: Any) -> None:
        super().deliver(value)
        if len(self.results) == self._count:
            self.flow.stop()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "flow": None}


class EmitsInPairs(ProducerNode):
    """Two messages at once, then a pause; what it gives is the time."""

    def __init__(self, pairs: int, pause_s: float) -> None:
        super().__init__()
        self._left = 2 * pairs
        self._pause_s = pause_s

    def next(self) -> float:
        self._left -= 1
        if self._left < 0:
            raise StopIteration
        if self._left % 2:
            time.sleep(self._pause_s)
        return time.monotonic()


class KeepsFrames(OneTaskProcessorNode):
    """Keeps the last `kept` frames and compares each with its own copy later."""

    def __init__(self, kept: int) -> None:
        super().__init__()
        self._kept = kept

    def open(self) -> None:
        self._frames: list[tuple[np.ndarray, np.ndarray]] = []

    def process(self, frame: np.ndarray) -> int:
        self._frames.append((frame, frame.copy()))
        if len(self._frames) > self._kept:
            old, copy = self._frames.pop(0)
            assert (old == copy).all()
        return sum(int(not (old == copy).all()) for old, copy in self._frames)


class Paints(ProcessorNode):
    def process(self, frame: np.ndarray) -> np.ndarray:
        frame[:] = 7
        return frame


class PaintsCopies(Paints):
    writable_inputs = True


class Contexts(ProcessorNode):
    def process(self, value: int, ctx: Any) -> tuple[Any, ...]:
        ctx.metadata["seen"] = value
        return (ctx.flow_name, ctx.node_name, ctx.task_name, ctx.task_index, ctx.task_count, ctx.device,
                ctx.sequence_number, ctx.event_time is not None, len(ctx.run_id))  # fmt: skip


class MetadataSeen(ProcessorNode):
    def process(self, *values: Any, ctx: Any) -> tuple[Any, ...]:
        return ctx.metadata["seen"], tuple("seen" in metadata for metadata in ctx.parents_metadata)


class Diary(ConsumerNode):
    """Writes its life to a file."""

    def __init__(self, path: str, fail_in: str = "") -> None:
        super().__init__()
        self._path = path
        self._fail_in = fail_in

    def _note(self, word: str) -> None:
        with open(self._path, "a") as file:
            file.write(word + "\n")
        if word == self._fail_in:
            raise OSError(f"failing in {word}")

    def open(self) -> None:
        self._note("open")

    def consume(self, value: Any) -> None:
        self._note(str(value))

    def close(self) -> None:
        self._note("close")


class Slow(ProcessorNode):
    def __init__(self, seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._seconds = seconds

    def process(self, value: Any) -> Any:
        time.sleep(self._seconds)
        return value


class Lent(ProcessorNode):
    """The inverse of each frame, made where its readers will see it."""

    def process(self, frame: np.ndarray, ctx: Context) -> np.ndarray:
        return np.subtract(255, frame, out=ctx.empty(frame.shape, frame.dtype))


class CountingFrames(ConsumerNode):
    """Checks that each frame is of one value, and that they count up, or down from 255."""

    def __init__(self, step: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self._step = step
        self._expected = 0 if step > 0 else 255

    def consume(self, frame: np.ndarray) -> None:
        assert (frame == self._expected).all(), f"{frame.flat[0]}, expected {self._expected}"
        self._expected = (self._expected + self._step) % 256


class SlotCounter(ConsumerNode):
    """Writes down the most slots that its run has had."""

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(**options)
        self._path = path
        self._most = 0

    def consume(self, *frames: np.ndarray, ctx: Context) -> None:
        places = RunPlaces.of_run(ctx.run_id)
        self._most = max(self._most, sum(len(places.slots_in(place)) for place in places.both))

    def close(self) -> None:
        self._path.write_text(str(self._most))


class Tells(CollectConsumer):
    """Lets the test wait for the first result."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()

    def deliver(self, value: Any) -> None:
        super().deliver(value)
        self.came.set()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "came": None}
