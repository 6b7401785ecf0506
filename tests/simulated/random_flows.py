"""Random flows of nodes whose results say what they were made of, and random faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from hypothesis import strategies as st

from daskflow import (
    BATCH,
    SKIP,
    BatchProcessorNode,
    ConsumerNode,
    Flow,
    Node,
    OneTaskProcessorNode,
    ProcessorNode,
)
from daskflow.consumers import CollectConsumer
from daskflow.testing import Delay, Fail, Given, Kill

POINTS = ("lease", "process", "commit", "committed", "open", "close")

RETRIES = 2

LARGE = 20_000
"""Bytes of an array that travels in a slot."""


class Blends:
    """Makes a number of the name of the node and its inputs, alone or in a large array."""

    def __init__(self, *, is_large: bool, skips: bool, **options: Any) -> None:
        super().__init__(on_error="retry", retries=RETRIES, **options)
        self._is_large = is_large
        self._skips = skips

    def process(self, *inputs: Any) -> Any:
        number = blended(self._name, *map(number_of, inputs))
        return SKIP if self._skips and number % 4 == 0 else value_of(number, is_large=self._is_large)


class Stateless(Blends, ProcessorNode):
    pass


class Gathers(Blends, BatchProcessorNode):
    """Works on several messages at a time, as on each alone."""

    def process_batch(self, *inputs: Any) -> list[Any]:
        return [Blends.process(self, *values) for values in zip(*inputs, strict=True)]


class Remembers(Blends, OneTaskProcessorNode):
    """Its results depend on all that came before."""

    def open(self) -> None:
        self._state = 0

    def process(self, *inputs: Any) -> Any:
        self._state = blended("state", self._state, *map(number_of, inputs))
        return super().process(value_of(self._state, is_large=False))

    def snapshot(self) -> Any:
        return value_of(self._state, is_large=self._is_large)

    def restore(self, state: Any) -> None:
        self._state = number_of(state)


class Notes(ConsumerNode):
    def consume(self, *inputs: Any) -> None:
        for value in inputs:
            number_of(value)


class Numbers(CollectConsumer):
    def consume(self, *inputs: Any) -> list[int]:
        return [number_of(value) for value in inputs]


def blended(*parts: Any) -> int:
    return crc32(repr(parts).encode())


def value_of(number: int, *, is_large: bool) -> Any:
    return np.full(LARGE // 8, number, np.int64) if is_large else number


def number_of(value: Any) -> int:
    if isinstance(value, np.ndarray):
        assert (value == value[0]).all(), "an array has changed under its reader"
        return int(value[0])
    return int(value)


@dataclass(frozen=True)
class Case:
    """A flow, and what befalls it.

    Attributes
    ----------
    nodes : tuple of tuple
        For each node but the consumers: kind, parents, how many tasks, whether results are large, whether
        some are skipped, and after how many messages its state is stored, or how many it works on together.
    counts : tuple of int
        How many messages each producer has.
    """

    nodes: tuple[tuple[str, tuple[int, ...], int, bool, bool, int], ...]
    counts: tuple[int, ...]
    queue_size: int | None
    faults: tuple[Any, ...]
    seed: int

    def flow(self, flow_type: str = BATCH) -> Flow:
        """The flow, made anew."""
        nodes: list[Any] = []
        counts = list(self.counts)
        for i, (kind, parents, nb_tasks, is_large, skips, every) in enumerate(self.nodes):
            name = f"n{i}"
            if kind == "source":
                values = [value_of(blended(name, j), is_large=is_large) for j in range(counts.pop(0))]
                nodes.append(Given(values, name=name, on_error="retry", retries=RETRIES))
                continue
            options: dict[str, Any] = {"name": name, "is_large": is_large, "skips": skips}
            if kind == "remembers":
                node: Node = Remembers(**options, snapshot_every=every)
            elif kind == "gathers":
                node = Gathers(**options, nb_tasks=nb_tasks, batch_size=every, max_wait_s=0.001 * (every % 3))
            else:
                node = Stateless(**options, nb_tasks=nb_tasks)
            nodes.append(node(*(nodes[p] for p in parents)))
        read = {p for _, parents, *_ in self.nodes for p in parents}
        leaves = [node for i, node in enumerate(nodes) if i not in read]
        consumers: list[Any] = [Numbers(name=f"c{i}")(leaf) for i, leaf in enumerate(leaves)]
        consumers.append(Notes(name="notes")(nodes[-1]))
        sources = [node for node in nodes if isinstance(node, Given)]
        return Flow(sources, consumers, flow_type, queue_size=self.queue_size)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Flows of up to seven nodes and their consumers, with up to six faults."""
    nodes: list[tuple[str, tuple[int, ...], int, bool, bool, int]] = []
    counts = []
    for i in range(draw(st.integers(1, 7))):
        is_large = draw(st.booleans())
        if not i or (len(counts) < 2 and draw(st.integers(0, 5)) == 0):
            nodes.append(("source", (), 1, is_large, False, 1))
            counts.append(draw(st.integers(0, 14)))
            continue
        parents = tuple(draw(st.lists(st.integers(0, i - 1), min_size=1, max_size=3, unique=True)))
        skips = draw(st.integers(0, 5)) == 0
        kind = draw(st.sampled_from(("remembers", "stateless", "gathers")))
        nb_tasks = 1 if kind == "remembers" else draw(st.integers(1, 3))
        every = 1 if kind == "stateless" else draw(st.integers(1, 5))
        nodes.append((kind, parents, nb_tasks, is_large, skips, every))
    return Case(
        tuple(nodes),
        tuple(counts),
        draw(st.sampled_from((None, None, 1, 2, 5))),
        tuple(_faults(draw, nodes, counts)),
        draw(st.integers(0, 2**16)),
    )


def _faults(draw: st.DrawFn, nodes: list[Any], counts: list[int]) -> list[Any]:
    sources = [f"n{i}" for i, node in enumerate(nodes) if node[0] == "source"]
    ends = dict(zip(sources, counts, strict=True))
    gathering = {f"n{i}" for i, node in enumerate(nodes) if node[0] == "gathers"}
    names = [*(f"n{i}" for i in range(len(nodes))), "c0", "notes"]
    edges = [(f"n{p}", f"n{i}") for i, node in enumerate(nodes) for p in node[1]]
    faults: list[Any] = []
    struck: set[tuple[str, int]] = set()
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.integers(0, 7))
        name, at = draw(st.sampled_from(names)), draw(st.integers(0, 13))
        if kind == 0 and edges:
            faults.append(
                Delay(*draw(st.sampled_from(edges)), by_s=draw(st.sampled_from((0.0005, 0.02, 1.0))))
            )
        elif (name, at) in struck or (kind == 1 and at >= ends.get(name, 14)):
            continue  # one that meets more would be given up; an error in place of the end is one
        elif kind == 1 and name[1:].isdigit() and name[0] == "n":
            faults.append(Fail(name, at=at, times=draw(st.integers(1, RETRIES))))
        else:
            point = draw(st.sampled_from(POINTS))
            # A message that died once in company and then twice alone would be given up.
            times = 1 if name in gathering else draw(st.integers(1, 2))
            faults.append(Kill(name, at=0 if point in ("open", "close") else at, point=point, times=times))
        struck.add((name, at))
    return faults
