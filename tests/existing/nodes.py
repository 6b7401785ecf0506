"""Nodes for flows on existing clusters, in a module that costs a worker little to import."""

from __future__ import annotations

import signal
import time
from typing import Any

import numpy as np

from daskflow import ConsumerNode, ProcessorNode, ProducerNode

FULL_HD = (1080, 1920, 3)


class Camera(ProducerNode):
    """Full HD pictures, each filled with its number."""

    def __init__(self, count: int, wait_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self._count = count
        self._wait_s = wait_s
        self._next = 0

    def next(self) -> np.ndarray:
        if self._next >= self._count:
            raise StopIteration
        time.sleep(self._wait_s)
        frame = np.full(FULL_HD, self._next % 256, np.uint8)
        self._next += 1
        return frame


class Film(Camera):
    """The same pictures, from any of them on."""

    def seek(self, sequence: int) -> None:
        self._next = sequence


class Level(ProcessorNode):
    """The number that a picture is filled with; -1 if it is not of one piece."""

    def __init__(self, wait_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self._wait_s = wait_s

    def process(self, frame: np.ndarray) -> int:
        time.sleep(self._wait_s)
        low, high = int(frame.min()), int(frame.max())
        return low if low == high else -1


class CrashesAt(ProcessorNode):
    """Dies of the picture with a number."""

    def __init__(self, number: int, **options: Any) -> None:
        super().__init__(**options)
        self._number = number

    def process(self, frame: np.ndarray) -> int:
        if frame[0, 0, 0] == self._number:
            signal.raise_signal(signal.SIGSEGV)
        return int(frame[0, 0, 0])


class Inverse(ProcessorNode):
    """Other pictures."""

    def process(self, frame: np.ndarray) -> np.ndarray:
        return 255 - frame


class Joined(ProcessorNode):
    """What came from its parents."""

    def process(self, *values: Any) -> tuple[Any, ...]:
        return values


class Playback(ProducerNode):
    """Full HD pictures that are there already: giving them costs no more than their way to the readers."""

    DISTINCT = 4

    def __init__(self, count: int, **options: Any) -> None:
        super().__init__(**options)
        self._count = count
        self._next = 0

    def open(self) -> None:
        self._frames = [np.full(FULL_HD, number, np.uint8) for number in range(self.DISTINCT)]

    def next(self) -> np.ndarray:
        if self._next >= self._count:
            raise StopIteration
        self._next += 1
        return self._frames[(self._next - 1) % self.DISTINCT]


class Stopwatch(ConsumerNode):
    """Writes to a file how many pictures of `Playback` came a second, after the first of them."""

    def __init__(self, path: str, first: int = 30, **options: Any) -> None:
        super().__init__(**options)
        self._path = path
        self._first = first

    def open(self) -> None:
        self._came_s: list[float] = []

    def consume(self, frame: np.ndarray) -> None:
        assert frame[0, 0, 0] == frame[-1, -1, -1] == len(self._came_s) % Playback.DISTINCT
        self._came_s.append(time.monotonic())

    def close(self) -> None:
        came_s = self._came_s[self._first :]
        with open(self._path, "w") as file:
            file.write(str((len(came_s) - 1) / (came_s[-1] - came_s[0])))
