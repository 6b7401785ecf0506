"""Nodes that work on several messages at a time: each message has its own result, metadata, error and end."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, REALTIME, SKIP, BatchProcessorNode, Flow
from daskflow.consumers import CollectConsumer
from daskflow.errors import NodeError
from daskflow.processors.vision import OnnxDetector
from daskflow.testing import DeadMessage, Fail, Given, Hang, Kill, simulate
from tests.unit.processors.networks.models import finds_the_bright_rectangle

SEEDS = range(3)
COUNT = 24


class Squares(BatchProcessorNode):
    """The square of each, and how many there were."""

    def process_batch(self, values: list[int], ctx: Any) -> list[Any]:
        assert len(values) == len(ctx.batch_metadata) == len(ctx.batch_numbers) <= self.batch_size
        for value, number, metadata in zip(values, ctx.batch_numbers, ctx.batch_metadata, strict=True):
            assert value == number
            metadata["square of"] = value
        return [(value**2, len(values)) for value in values]


class Refuses(BatchProcessorNode):
    """Raises for all if the seventh is among them."""

    def process_batch(self, values: list[int]) -> list[Any]:
        if 7 in values:
            raise ValueError("no sevens")
        return [SKIP if value == 9 else value for value in values]


class Short(BatchProcessorNode):
    def process_batch(self, values: list[int]) -> list[Any]:
        return values[1:]


class Noted(CollectConsumer):
    def consume(self, value: Any, ctx: Any) -> Any:
        assert ctx.metadata["square of"] ** 2 == value[0]
        return super().consume(value)


def flow(node: BatchProcessorNode, consumer: type = CollectConsumer, flow_type: str = BATCH) -> Flow:
    source = Given(range(COUNT), name="source")
    return Flow([source], [consumer(name="collect")(node(source))], flow_type)


def without(*numbers: int) -> list[int]:
    return [i for i in range(COUNT) if i not in numbers]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("nb_tasks", [1, 2])
class TestBatches:
    def test_results_and_metadata_are_those_of_each_message(self, seed, nb_tasks):
        node = Squares(batch_size=4, max_wait_s=0.5, nb_tasks=nb_tasks, name="node")
        results = simulate(flow(node, Noted), call_s={"source": 0.001}, seed=seed).results("collect")
        assert [square for square, _ in results] == [i**2 for i in range(COUNT)]
        assert max(size for _, size in results) == 4

    def test_a_batch_fills_whatever_the_queue_size(self, seed, nb_tasks):
        node = Squares(batch_size=8, max_wait_s=5.0, nb_tasks=nb_tasks, queue_size=1, name="node")
        results = simulate(flow(node), call_s={"source": 0.001, "node": 0.0}, seed=seed).results("collect")
        assert [size for _, size in results].count(8) >= COUNT - 8  # what is left goes to either

    def test_kills_cost_nothing(self, seed, nb_tasks):
        node = Squares(batch_size=4, max_wait_s=0.01, nb_tasks=nb_tasks, max_restarts=9, name="node")
        kills = [Kill("node", at=5), Kill("node", at=11), Kill("node", at=12, point="commit")]
        results = simulate(flow(node), kills, seed=seed).results("collect")
        assert [square for square, _ in results] == [i**2 for i in range(COUNT)]

    def test_only_the_message_that_kills_is_given_up(self, seed, nb_tasks):
        node = Squares(batch_size=4, max_wait_s=0.01, nb_tasks=nb_tasks, max_restarts=9, name="node")
        result = simulate(flow(node), [Kill("node", at=5, times=3)], seed=seed)
        assert [square for square, _ in result.results("collect")] == [i**2 for i in without(5)]
        assert result.dead == (DeadMessage("node", 5),)

    def test_only_the_message_that_hangs_is_given_up(self, seed, nb_tasks):
        node = Squares(
            batch_size=4,
            max_wait_s=0.01,
            nb_tasks=nb_tasks,
            process_timeout_s=1.0,
            on_error="skip",
            name="node",
        )
        result = simulate(flow(node), [Hang("node", at=5, times=2)], seed=seed)
        assert [square for square, _ in result.results("collect")] == [i**2 for i in without(5)]

    def test_only_the_message_that_raises_is_given_up(self, seed, nb_tasks):
        node = Refuses(batch_size=4, max_wait_s=0.5, nb_tasks=nb_tasks, on_error="skip", name="node")
        result = simulate(flow(node), call_s={"source": 0.001}, seed=seed)
        assert result.results("collect") == without(7, 9)
        assert result.dead == (DeadMessage("node", 7),)
        assert (result.metrics["node"].failed, result.metrics["node"].skipped) == (1, 1)

    def test_the_error_names_it(self, seed, nb_tasks, caplog):
        caplog.set_level(logging.INFO, "daskflow")
        node = Refuses(batch_size=4, max_wait_s=0.5, nb_tasks=nb_tasks, name="node")
        with pytest.raises(NodeError, match=r"process_batch\(\) of node 'node' .* at message 7: .*no sevens"):
            simulate(flow(node), call_s={"source": 0.001}, seed=seed)
        assert "each is tried alone" in caplog.text


def test_an_error_of_the_moment_costs_nothing():
    node = Squares(batch_size=4, max_wait_s=0.5, name="node")
    result = simulate(flow(node), [Fail("node", at=5)], call_s={"source": 0.001})
    assert [square for square, _ in result.results("collect")] == [i**2 for i in range(COUNT)]


def test_one_result_per_message():
    with pytest.raises(NodeError, match="one result per message: 1, got 0"):
        simulate(flow(Short(batch_size=4, name="node")))


def test_a_batch_of_one_is_the_default():
    results = simulate(flow(Squares(name="node"))).results("collect")
    assert {size for _, size in results} == {1}


def test_in_real_time_all_is_accounted_for():
    node = Squares(batch_size=4, max_wait_s=0.01, name="node")
    result = simulate(flow(node, flow_type=REALTIME), call_s={"source": 0.001, "node": 0.05})
    counts = result.metrics["node"]
    assert counts.received + counts.dropped == COUNT
    assert counts.dropped


def test_a_network_finds_the_same_in_batches(tmp_path):
    model = finds_the_bright_rectangle(tmp_path / "m.onnx", "yolov8", ("batch", 3, 96, 160), (160, 96))
    frames = []
    for i in range(10):
        frame = np.zeros((96 + i, 160, 3), np.uint8)
        frame[10 + i : 50, 20 : 60 + 4 * i] = 255
        frames.append(frame)

    def found(**options: Any) -> list[Any]:
        source = Given(frames, name="source")
        node = OnnxDetector(model, "yolov8", name="node", **options)(source)
        result = simulate(Flow([source], [CollectConsumer(name="collect")(node)], BATCH))
        return [(each.xyxy.tolist(), each.class_id.tolist()) for each in result.results("collect")]

    assert found(batch_size=4, max_wait_s=1.0, nb_tasks=2) == found()
