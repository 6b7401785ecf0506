"""Random flows with long chains, of nodes that would notice what is shared and must not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from daskflow import BATCH, SKIP, BatchProcessorNode, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.core.context import Context
from daskflow.testing import Fail, Given, Kill
from tests.simulated.random_flows import LARGE, RETRIES, blended, number_of, value_of

KINDS = ("plain", "plain", "same", "template", "writes", "trails", "list", "empty", "transposed", "batch")


class Member(ProcessorNode):
    """One of several kinds of node, each with habits that are allowed where a message goes by an edge.

    ``"same"`` returns its input, ``"template"`` always an array of its own, ``"writes"`` into its input,
    ``"trails"`` adds to a list in the metadata, ``"list"`` returns a list that it changes with each call,
    ``"empty"`` makes its result in the readers' memory, ``"transposed"`` returns a view with gaps.
    """

    def __init__(self, kind: str, raises_at: int | None, *, skips: bool, **options: Any) -> None:
        super().__init__(**options)
        self._kind, self._raises_at, self._skips = kind, raises_at, skips
        self.writable_inputs = kind == "writes"

    def open(self) -> None:
        self._template = np.full((LARGE // 32, 4), 7, np.int64)
        self._list: list[int] = []

    def process(self, *inputs: Any, ctx: Context) -> Any:
        assert ctx.node_name == self._name == ctx.logger.name.removeprefix("daskflow.")
        number = blended(self._name, *map(first_of, inputs), sorted(ctx.metadata.get("trail", [])))
        assert (self._template == 7).all(), "a reader wrote into an array that is ours"
        for value in inputs:
            if isinstance(value, np.ndarray):
                assert value.flags.writeable == self.writable_inputs
                assert value.flags.c_contiguous
            if isinstance(value, list):
                value.append(1)  # ours: who made it does not know of it
        if ctx.sequence_number == self._raises_at:
            raise ValueError(f"{self._name} does not like {number}")
        if self._skips and number % 4 == 0:
            return SKIP
        return self._result(number, inputs, ctx)

    def _result(self, number: int, inputs: tuple[Any, ...], ctx: Context) -> Any:
        value = inputs[0]
        if self._kind == "same":
            return value
        if self._kind == "template":
            return self._template
        if self._kind == "writes" and isinstance(value, np.ndarray):
            value += 1
            return value
        if self._kind == "trails":
            ctx.metadata.setdefault("trail", []).append(number)
        if self._kind == "list":
            assert len(self._list) <= 3, "a reader wrote into a list that is ours"
            self._list[:] = [number, number, number]
            return self._list
        if self._kind == "empty":
            made = ctx.empty((LARGE // 32, 4), np.int64)
            made[:] = number
            return made
        if self._kind == "transposed":
            return np.full((8, LARGE // 32), number, np.int64).T[:, ::2]
        return number


class Batch(BatchProcessorNode):
    def process_batch(self, *inputs: Any) -> list[Any]:
        return [blended(self._name, *map(first_of, values)) for values in zip(*inputs, strict=True)]


class Remembers(OneTaskProcessorNode):
    def open(self) -> None:
        self._state = 0

    def process(self, *inputs: Any) -> int:
        self._state = blended(self._state, *map(first_of, inputs))
        return self._state

    def snapshot(self) -> int:
        return self._state

    def restore(self, state: int) -> None:
        self._state = state


class Firsts(CollectConsumer):
    def consume(self, *inputs: Any, ctx: Context) -> Any:
        return [first_of(value) for value in inputs], ctx.metadata.get("trail")


def first_of(value: Any) -> int:
    if isinstance(value, list):
        return value[0]
    if isinstance(value, np.ndarray):
        assert (value == value.flat[0]).all(), "an array has changed under its reader"
        return int(value.flat[0])
    return number_of(value)


@dataclass(frozen=True)
class ChainCase:
    """A flow, and what befalls it.

    Attributes
    ----------
    nodes : tuple of tuple
        For each node: kind, parents, how many tasks, whether it skips some, and where it raises.
    count : int
        How many messages there are.
    gives_up : bool
        Whether messages on which a node raises are given up, rather than tried again.
    """

    nodes: tuple[tuple[str, tuple[int, ...], int, bool, int | None], ...]
    count: int
    gives_up: bool
    faults: tuple[Any, ...]
    seed: int

    def flow(self, **options: Any) -> Flow:
        """The flow, made anew."""
        source = Given(
            [value_of(blended("in", i), is_large=i % 2 == 0) for i in range(self.count)], name="in"
        )
        made: list[Any] = [source]
        policy: dict[str, Any] = {"on_error": "skip", "retries": 0 if self.gives_up else RETRIES}
        for i, (kind, parents, nb_tasks, skips, raises_at) in enumerate(self.nodes, start=1):
            name = f"n{i}"
            if kind == "remembers":
                node: Any = Remembers(name=name, **policy)
            elif kind == "batch":
                node = Batch(name=name, nb_tasks=nb_tasks, **policy)
            else:
                where = raises_at if self.gives_up else None
                node = Member(kind, where, skips=skips, name=name, nb_tasks=nb_tasks, **policy)
            made.append(node(*(made[parent] for parent in parents)))
        read = {parent for _, parents, *_ in self.nodes for parent in parents}
        ends = [node for i, node in enumerate(made) if i not in read]
        return Flow([source], [Firsts(name=f"c{i}")(end) for i, end in enumerate(ends)], BATCH, **options)


@st.composite
def chain_cases(draw: st.DrawFn) -> ChainCase:
    """Mostly chains, with a fork, a join or a node with memory now and then."""
    nodes: list[tuple[str, tuple[int, ...], int, bool, int | None]] = []
    nb_tasks = draw(st.integers(1, 2))
    for i in range(1, draw(st.integers(2, 7)) + 1):
        parents: tuple[int, ...] = (i - 1,)
        if draw(st.integers(0, 5)) == 0:
            parents = tuple(draw(st.lists(st.integers(0, i - 1), min_size=1, max_size=2, unique=True)))
        is_stateful = draw(st.integers(0, 7)) == 0
        if draw(st.integers(0, 5)) == 0:
            nb_tasks = draw(st.integers(1, 2))
        kind = "remembers" if is_stateful else draw(st.sampled_from(KINDS))
        raises_at = draw(st.sampled_from((None, None, 0, 1, 3)))
        nodes.append((kind, parents, 1 if is_stateful else nb_tasks, draw(st.integers(0, 5)) == 0, raises_at))
    gives_up = draw(st.booleans())
    faults: list[Any] = []
    for at in sorted(draw(st.sets(st.integers(0, 7), max_size=4))):
        name = f"n{draw(st.integers(1, len(nodes)))}"
        if draw(st.booleans()):
            point = draw(st.sampled_from(("lease", "process", "commit", "committed")))
            faults.append(Kill(name, at=at, point=point, times=draw(st.integers(1, 2))))
        elif not gives_up:
            faults.append(Fail(name, at=at, times=draw(st.integers(1, RETRIES))))
    return ChainCase(
        tuple(nodes), draw(st.integers(0, 8)), gives_up, tuple(faults), draw(st.integers(0, 999))
    )
