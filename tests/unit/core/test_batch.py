"""Nodes that take several messages: their options, and a batch of one where nobody gathers."""

from __future__ import annotations

import pytest

from daskflow.core.context import Context
from daskflow.core.graph import GraphEngine
from daskflow.core.node import BatchProcessorNode, ConsumerNode, ProducerNode
from daskflow.errors import GraphError


class Sums(BatchProcessorNode):
    def process_batch(self, left, right, ctx):
        for metadata, number in zip(ctx.batch_metadata, ctx.batch_numbers, strict=True):
            metadata["number"] = number
        return [a + b for a, b in zip(left, right, strict=True)]


class Doubles(BatchProcessorNode):
    def process_batch(self, values):
        return [2 * value for value in values]


class Source(ProducerNode):
    def next(self):
        raise StopIteration


class Sink(ConsumerNode):
    def consume(self, value): ...


def test_a_batch_of_one_where_nobody_gathers():
    ctx = Context("flow", "run", "node", sequence_number=5)
    assert Sums().process(1, 2, ctx=ctx) == 3
    assert ctx.metadata == {"number": 5}
    assert Doubles().process(4) == 8


@pytest.mark.parametrize("wrong", [0, 65])
def test_sizes_of_a_batch(wrong):
    with pytest.raises(ValueError, match=f"from 1 to 64, got {wrong}"):
        Doubles(batch_size=wrong)


@pytest.mark.parametrize("wrong", [True, 2.0, "2"])
def test_a_size_is_a_whole_number(wrong):
    with pytest.raises(TypeError, match="whole number"):
        Doubles(batch_size=wrong)


@pytest.mark.parametrize("wrong", [-1, float("inf"), float("nan")])
def test_times_to_wait(wrong):
    with pytest.raises(ValueError, match="number of seconds"):
        Doubles(max_wait_s=wrong)


def test_inputs_are_counted_by_what_takes_the_batch():
    source = Source()
    Sink()(Sums()(source))
    with pytest.raises(GraphError, match=r"1 parent but its process_batch\(\) takes 2 inputs"):
        GraphEngine([source])


def test_one_without_the_method_says_so():
    with pytest.raises(NotImplementedError, match=r"has no process_batch\(\)"):
        BatchProcessorNode().process(1)


def test_none_with_snapshots_as_a_batch_has_no_state_between_its_messages():
    class Remembers(Doubles):
        def snapshot(self): ...

        def restore(self, state): ...

    with pytest.raises(TypeError, match="OneTaskProcessorNode"):
        Remembers()
