"""From samples to a snapshot, with the counts of a small simulated flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from daskflow import BATCH, REALTIME, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import ProcessorNode, ProducerNode
from daskflow.ledger import LedgerCounts, NodeCounts, TaskCounts
from daskflow.monitor.sampling import Sample, Usage, moment_of, run_snapshot
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from daskflow.testing import simulate
from daskflow.transport.observations import TaskTimes
from daskflow.transport.reading import Reading


class Frames(ProducerNode):
    def __init__(self) -> None:
        super().__init__()
        self._left = 40

    def next(self) -> np.ndarray:
        self._left -= 1
        if self._left < 0:
            raise StopIteration
        return np.zeros((40, 60, 3), np.uint8)


class Size(ProcessorNode):
    def process(self, number: int, frame: np.ndarray) -> int:
        return frame.size + number


@pytest.fixture(scope="module")
def joined():
    numbers, frames = IntProducer(0, 39), Frames()
    size = Size(name="size", nb_tasks=2)(numbers, frames)
    flow = Flow([numbers, frames], [CollectConsumer(name="sizes")(size)], BATCH, name="join")
    times = {"int_producer": 0.01, "frames": 0.01, "size": 0.06, "sizes": 0.001}
    return simulate(flow, call_s=times).metrics


def test_every_part_is_named_as_in_the_plan(joined):
    assert list(joined) == ["int_producer", "frames", "size", "sizes"]
    assert list(joined.edges) == [("int_producer", "size"), ("frames", "size"), ("size", "sizes")]
    assert list(joined.tasks) == ["int_producer-0", "frames-0", "size-0", "size-1", "sizes-0"]
    assert set(joined.paths) == {("int_producer", "sizes"), ("frames", "sizes")}
    assert (joined.state, joined.is_over, joined.flow_type) == ("ended", True, "batch")


def test_shares_and_possible_rates_are_those_of_the_time_that_calls_took(joined):
    size = joined["size"].whole
    assert size.possible_rate == pytest.approx(2 / 0.06, rel=0.05)
    assert size.busy > 0.85
    assert size.process_time.count == 40
    assert size.process_time.quantile_s(0.95) == pytest.approx(0.06, rel=0.03)
    assert joined["frames"].whole.blocked > 0.3
    assert joined["sizes"].whole.starved > 0.8
    for node in joined.values():
        whole = node.whole
        assert whole.busy + whole.copying + whole.wire + whole.blocked + whole.starved == pytest.approx(1)


def test_edges_know_what_they_carry(joined):
    assert joined.edges["frames", "size"].carries_pictures
    assert not joined.edges["int_producer", "size"].carries_pictures
    assert joined.edges["size", "sizes"].rate > 0


def test_latency_is_from_each_producer(joined):
    latency = joined.paths["frames", "sizes"].latency
    assert latency.count > 10
    assert 0.06 < latency.quantile_s(0.5) < 1.0


def test_drops_are_those_of_the_edge():
    source = IntProducer(0, 99)
    slow = IdentityProcessor(name="slow")(source)
    CollectConsumer(name="kept")(slow)
    flow = Flow([source], [], REALTIME)
    metrics = simulate(flow, call_s={source: 0.001, "slow": 0.02}).metrics
    assert metrics.edges["int_producer", "slow"].dropped == metrics["slow"].dropped > 50
    assert metrics["slow"].whole.drop_rate > 10


def counts(done: int, dropped: int = 0) -> NodeCounts:
    zeros = dict.fromkeys(NodeCounts.__slots__, 0)
    return NodeCounts(**{**zeros, "name": "n", "nb_tasks": 1, "done": done, "dropped": dropped, "rate": 1.0})


def reading(at_s: float, *nodes: NodeCounts) -> Reading:
    zeros = dict.fromkeys(TaskCounts.__slots__, 0)
    tasks = tuple(TaskCounts(**{**zeros, "name": f"n-{i}", "node": i}) for i in range(len(nodes)))
    return Reading(at_s, LedgerCounts(at_s, nodes, tasks), (TaskTimes(),) * len(nodes))


def test_what_is_recent_is_what_was_since_then():
    plan = Flow([source := IntProducer(0, 9)], [CollectConsumer(name="end")(source)], BATCH).plan()
    then = Sample(reading(10.0, counts(100), counts(90, 5)), Usage({0: 3.0}))
    now = Sample(reading(12.0, counts(150), counts(110, 15)), Usage({0: 4.5}))
    snapshot = run_snapshot(plan, "run", now, then)
    assert snapshot["end"].recent.rate == pytest.approx(10)
    assert snapshot["end"].recent.drop_rate == pytest.approx(5)
    assert snapshot["end"].whole.rate == 1.0
    assert snapshot["int_producer"].recent.cpu == pytest.approx(0.75)
    assert snapshot.machine.flow_cpu == pytest.approx(0.75)
    assert moment_of(plan, now, then).rates == {"int_producer": 25.0, "end": 10.0}
    first = run_snapshot(plan, "run", replace(now, usage=Usage()))
    assert first["end"].recent == first["end"].whole
