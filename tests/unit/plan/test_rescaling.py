"""A plan for another number of tasks: who stays, who joins where, and what is refused."""

from __future__ import annotations

import pytest

from daskflow import BATCH, GPU
from daskflow.core.graph import GraphEngine
from daskflow.core.node import BatchProcessorNode, ConsumerNode, OneTaskProcessorNode, ProcessorNode
from daskflow.errors import ScalingError
from daskflow.options import FlowOptions
from daskflow.plan import Gpu, Inventory, Plan, build_plan, fused_run
from daskflow.plan.rescaling import rescaled
from daskflow.processors.aggregators import SumAggregator
from daskflow.producers import IntProducer


class Both(ProcessorNode):
    def snapshot(self): ...

    def restore(self, state): ...


class Planned:
    """A chain, planned on a pretended machine."""

    def __init__(self, *nodes: ProcessorNode, gpus: int = 0) -> None:
        last = source = IntProducer(name="in")
        for node in nodes:
            last = node(last)
        ConsumerNode(name="out")(last)
        self.graph = GraphEngine([source])
        self.inventory = Inventory(64, tuple(Gpu(str(i)) for i in range(gpus)))

    def plan(self, **overrides) -> Plan:
        options = FlowOptions.of(self.graph.names, {"cpu_threads": 1}, overrides)
        return build_plan(self.graph, self.inventory, options, flow_name="f", flow_type=BATCH)

    def scaled(self, plan: Plan, name: str, nb_tasks: int) -> Plan:
        options = FlowOptions.of(self.graph.names, {"cpu_threads": 1})
        return rescaled(plan, options, self.inventory, name, nb_tasks)


@pytest.mark.parametrize("nb_tasks", [1, 2, 5])
@pytest.mark.parametrize("node", [ProcessorNode, BatchProcessorNode])
def test_as_if_it_had_been_started_so(node, nb_tasks):
    flow = Planned(node(nb_tasks=2, name="net"), node(name="next"))
    assert flow.scaled(flow.plan(), "net", nb_tasks) == flow.plan(net={"nb_tasks": nb_tasks})


def test_those_that_join_take_what_gpus_are_left_and_give_them_back():
    flow = Planned(ProcessorNode(1, GPU, "a"), ProcessorNode(1, GPU, "b"), gpus=3)
    plan = flow.plan()
    more = flow.scaled(plan, "a", 3)
    assert [task.why for task in more.nodes[1].tasks] == [
        "gpu 0",
        "gpu 2",
        "cpu: no GPU left, 3 of 3 taken by a, b",
    ]
    assert more.nodes[1].tasks[0] is plan.nodes[1].tasks[0]
    fewer = flow.scaled(more, "a", 1)
    assert fewer == plan
    assert flow.scaled(fewer, "b", 2).nodes[2].tasks[1].why == "gpu 2"


def test_shares_of_a_gpu():
    flow = Planned(ProcessorNode(1, GPU, "a", gpu_share=0.5), gpus=1)
    tasks = flow.scaled(flow.plan(), "a", 3).nodes[1].tasks
    assert [task.why for task in tasks] == [
        "gpu 0 (0.5 of it)",
        "gpu 0 (0.5 of it)",
        "cpu: no GPU with 0.5 left, 1 of 1 taken by a",
    ]
    assert [dict(task.resources) for task in tasks[1:]] == [{"task:a-1": 1, "GPU": 0.5}, {"task:a-2": 1}]


def test_who_could_not_read_what_is_on_a_gpu_does_not_join():
    a, b = (ProcessorNode(1, GPU, name, gpu_share=0.5) for name in "ab")
    flow = Planned(a, b, gpus=1)
    plan = flow.plan()
    assert plan.nodes[1].tasks[0].keeps_on_gpu
    with pytest.raises(ScalingError, match="stays in the memory of gpu 0: start the flow with more tasks"):
        flow.scaled(plan, "b", 2)


def test_a_member_of_a_chain_stands_for_the_chain():
    a, b = ProcessorNode(name="a"), ProcessorNode(name="b")
    source = IntProducer(name="in")
    ConsumerNode(name="out")(b(a(source)))
    graph = GraphEngine([source])
    graph, options = fused_run(graph, FlowOptions.of(graph.names, {"cpu_threads": 1, "fuse": [["a", "b"]]}))
    inventory = Inventory(64)
    plan = build_plan(graph, inventory, options, flow_name="f", flow_type=BATCH)
    more = rescaled(plan, options, inventory, "b", 3)
    assert [task.name for task in more.nodes[1].tasks] == ["a+b-0", "a+b-1", "a+b-2"]
    assert more == rescaled(plan, options, inventory, "a+b", 3)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("sun", r"no node 'sun': did you mean 'sum'\?"),
        ("in", "'in' is a producer, which runs as one task"),
        ("out", "'out' is a consumer"),
        ("state", "'state' keeps state"),
        ("sum", "'sum' keeps state"),
        ("both", "'both' stores snapshots"),
    ],
)
def test_what_cannot_be_scaled(name, says):
    flow = Planned(OneTaskProcessorNode(name="state"), SumAggregator(name="sum"), Both(name="both"))
    with pytest.raises(ScalingError, match=says):
        flow.scaled(flow.plan(), name, 2)


def test_a_fused_chain_is_scaled_by_its_own_name_and_by_that_of_each_member():
    source = IntProducer(name="in")
    b = ProcessorNode(name="b")(ProcessorNode(name="a", queue_size=5)(source))
    engine = GraphEngine([source], [ConsumerNode(name="out")(b)])

    def planned(**overrides) -> tuple[Plan, FlowOptions]:
        graph, options = fused_run(engine, FlowOptions.of(engine.names, FUSED, overrides))
        return build_plan(graph, Inventory(64), options, flow_name="f", flow_type=BATCH), options

    plan, options = planned()
    for name in ("a+b", "a", "b"):
        scaled = rescaled(plan, options, Inventory(64), name, 3)
        assert scaled == planned(**{"a+b": {"nb_tasks": 3}})[0]
        assert [task.name for task in scaled.nodes[1].tasks] == ["a+b-0", "a+b-1", "a+b-2"]
    with pytest.raises(ScalingError, match=r"did you mean 'a\+b'\?"):
        rescaled(plan, options, Inventory(64), "a+c", 3)


FUSED = {"cpu_threads": 1, "fuse": [("a", "b")]}
