"""Nodes for simulated runs: each role that a kill may meet, and flows of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from daskflow import BATCH, SKIP, ConsumerNode, Flow, FunctionProcessorNode, OneTaskProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.testing import Given

COUNT = 24

FRAME = (64, 96, 3)
"""Too large to travel in a message: in a slot."""


class Total(OneTaskProcessorNode):
    """The sum of all that came so far."""

    def open(self) -> None:
        self._total = 0

    def process(self, frame: np.ndarray) -> int:
        self._total += int(frame.flat[0])
        return self._total


class KeptTotal(Total):
    """One that can be taken up again."""

    def snapshot(self) -> int:
        return self._total

    def restore(self, state: int) -> None:
        self._total = state


class KeepsFrames(OneTaskProcessorNode):
    """Gives each frame three messages later, and has state that is in slots."""

    def open(self) -> None:
        self._kept: list[np.ndarray] = []

    def process(self, frame: np.ndarray) -> Any:
        self._kept.append(frame)
        return self._kept.pop(0) if len(self._kept) > 3 else SKIP

    def snapshot(self) -> list[np.ndarray]:
        return self._kept

    def restore(self, state: list[np.ndarray]) -> None:
        self._kept = list(state)


class Notes(ConsumerNode):
    def consume(self, value: Any) -> None: ...


def frame(value: int) -> np.ndarray:
    return np.full(FRAME, value, np.uint8)


def plus_one(image: np.ndarray) -> np.ndarray:
    assert (image == image.flat[0]).all(), "a frame has changed under its reader"
    return image + 1


def matched(image: np.ndarray, plus: np.ndarray, total: int) -> tuple[int, int, int]:
    assert (image == image.flat[0]).all()
    assert (plus == plus.flat[0]).all()
    return int(image.flat[0]), int(plus.flat[0]), total


def every_role(count: int = COUNT, **options: Any) -> Flow:
    """Each role once: a producer that seeks, replicas, memory with snapshots, a join, two consumers."""
    source = Given([frame(i) for i in range(count)], name="source")
    plus = FunctionProcessorNode(plus_one, nb_tasks=3, name="plus")(source)
    total = KeptTotal(name="total", snapshot_every=5)(plus)
    join = FunctionProcessorNode(matched, name="join")(source, plus, total)
    collect = CollectConsumer(name="collect")(join)
    notes = Notes(name="notes")(join)
    return Flow([source], [collect, notes], BATCH, **options)


ROLES = ("source", "plus", "total", "join", "collect", "notes")


def expected(count: int = COUNT) -> list[tuple[int, int, int]]:
    return [(i, i + 1, (i + 1) * (i + 2) // 2) for i in range(count)]
