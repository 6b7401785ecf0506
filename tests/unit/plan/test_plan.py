"""Plans: tasks, devices, capacities, and how they print."""

from __future__ import annotations

import dataclasses
import warnings

import pytest

from daskflow import BATCH, GPU, REALTIME
from daskflow.core.graph import GraphEngine
from daskflow.core.node import (
    BatchProcessorNode,
    ConsumerNode,
    OneTaskProcessorNode,
    ProcessorNode,
    ProducerNode,
)
from daskflow.options import FlowOptions
from daskflow.plan import Inventory, build_plan
from daskflow.plan.capacity import IN_HAND
from daskflow.plan.recovery import ENDS, FRESH


class Source(ProducerNode):
    def next(self):
        raise StopIteration


class Work(ProcessorNode):
    def process(self, *values):
        return values


class State(OneTaskProcessorNode):
    def process(self, *values):
        return values


class Sink(ConsumerNode):
    def consume(self, *values):
        pass


def plan_of(producer, flow_type=BATCH, queue_size=None, cores=64):
    graph = GraphEngine([producer])
    options = FlowOptions.of(graph.names, {"queue_size": queue_size})
    return build_plan(graph, Inventory(cores), options, flow_name="f", flow_type=flow_type)


def capacities(plan):
    return {(edge.source, edge.target): edge.capacity for edge in plan.edges}


class Batches(BatchProcessorNode):
    def process_batch(self, values):
        return values


def test_edges_hold_a_batch_for_each_task_and_what_it_makes():
    def plan(batch_size, flow_type=BATCH):
        source = Source(name="in")
        node = Batches(batch_size=batch_size, nb_tasks=2, name="work")(source)
        Sink(name="out")(node)
        return plan_of(source, flow_type, queue_size=1)

    single, several = plan(1), plan(8)
    assert capacities(several)["in", "work"] - capacities(single)["in", "work"] == 2 * (8 - IN_HAND)
    assert capacities(several)["work", "out"] - capacities(single)["work", "out"] == 2 * (8 - 1)
    assert several.most_frames > single.most_frames
    assert plan(8, REALTIME).most_frames > plan(1, REALTIME).most_frames
    assert "processor, 8 at a time" in str(several)
    assert "at a time" not in str(single)


def test_tasks_kinds_and_resources():
    source = Source(name="in")
    Sink(name="out")(State(name="state")(Work(3, name="work")(source)))
    plan = plan_of(source)
    assert [task.name for task in plan.tasks] == ["in-0", "work-0", "work-1", "work-2", "state-0", "out-0"]
    assert [node.kind for node in plan.nodes] == ["producer", "processor", "stateful processor", "consumer"]
    assert [node.recovery for node in plan.nodes] == [ENDS, FRESH, ENDS, FRESH]
    assert plan.nodes[1].tasks[2].resources == {"task:work-2": 1.0}
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.flow_name = "other"


def test_a_blocking_edge_holds_what_waits_and_what_is_in_hand():
    source = Source(name="in")
    Sink(name="out")(Work(3, name="work", queue_size=2)(source))
    assert capacities(plan_of(source, queue_size=5)) == {
        ("in", "work"): 2 + 1 + 3 * IN_HAND,
        ("work", "out"): 5 + 3 + IN_HAND,
    }
    assert capacities(plan_of(source, REALTIME, queue_size=5)) == {("in", "work"): 2, ("work", "out"): 7}


def test_more_small_messages_may_wait_unless_the_user_says_how_many():
    source = Source(name="in")
    Sink(name="out")(Work(name="work", queue_size=2)(source))
    inline = {(e.source, e.target): (e.capacity, e.inline_capacity) for e in plan_of(source).edges}
    assert inline == {("in", "work"): (2 + 3, 2 + 3), ("work", "out"): (8 + 3, 256 + 3)}
    for plan in (plan_of(source, queue_size=5), plan_of(source, REALTIME)):
        assert all(edge.inline_capacity == edge.capacity for edge in plan.edges)


def test_the_memory_of_a_flow_follows_from_its_edges():
    source = Source(name="in")
    work = Work(name="work", queue_size=2)(source)
    Sink(name="out", queue_size=4)(work)
    Sink(name="other", queue_size=7)(work)
    plan = plan_of(source)
    assert plan.most_frames == (2 + 3) + max(4 + 3, 7 + 3)
    assert "about 15 frames at most (93 MB at 1920×1080, 14 MB at 640×480)" in str(plan)
    in_hand = 1 + IN_HAND  # a lossy edge's capacity is what waits
    assert plan_of(source, REALTIME).most_frames == (2 + in_hand) + (7 + in_hand)


def test_what_is_durable_takes_memory_too():
    source = Source(name="in")
    work = Work(name="work", queue_size=2, durable=True)(source)
    Sink(name="out", queue_size=4, durable=True)(work)
    plan = plan_of(source)
    assert [edge.durable for edge in plan.edges] == [True, True]
    # Of the source, those of which a result may be made again besides.
    assert plan.most_frames == (2 + 3) + (4 + 3) + (4 + 3)


def test_an_edge_beside_a_longer_path_holds_as_much_as_the_path():
    source = Source(name="a")
    b = Work(name="b")(source)
    c = Work(name="c")(b)
    Sink(name="d")(source, c)
    held = capacities(plan_of(source))
    assert held["a", "d"] == held["a", "b"] + held["b", "c"] + held["c", "d"]


def test_a_wish_for_a_gpu_is_answered_with_a_reason():
    source = Source(name="in")
    Work(name="net", device_type=GPU)(source)
    (task,) = plan_of(source).nodes[1].tasks
    assert (task.device, task.why) == ("cpu", "cpu: no GPU found")


def test_more_tasks_than_cores_is_a_warning_with_both_numbers():
    source = Source(name="in")
    Work(2, name="second")(Work(2, name="first")(source))
    with pytest.warns(
        UserWarning, match=r"4 tasks of replicated nodes on 3 cores: first \(2\), second \(2\)"
    ):
        plan_of(source, cores=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan_of(source, cores=4)


def test_a_plan_prints_as_a_table():
    source = Source(name="in")
    Sink(name="out")(source)
    text = str(plan_of(source))
    for word in ("in-0", "out-0", "producer", "cpu", "task:in-0=1", "in -> out", "blocks"):
        assert word in text
