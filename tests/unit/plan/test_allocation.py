"""Who gets a GPU: every sentence of the documentation, over inventories that are made up."""

from __future__ import annotations

import cloudpickle
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow import BATCH, CPU, GPU
from daskflow.cluster.compiling import compile_run
from daskflow.core.graph import GraphEngine
from daskflow.core.node import (
    ConsumerNode,
    OneTaskProcessorNode,
    ProcessorNode,
    ProducerNode,
    TaskModuleNode,
)
from daskflow.errors import AllocationError
from daskflow.options import FlowOptions
from daskflow.plan import Gpu, Inventory, Plan, build_plan
from daskflow.plan.allocation import Wish, allocate
from daskflow.transport.places import RunPlaces


class Source(ProducerNode):
    def next(self):
        raise StopIteration


class Net(ProcessorNode):
    def process(self, value):
        return value


class State(OneTaskProcessorNode):
    def process(self, value):
        return value


class OnlyCpu(Net):
    devices = (CPU,)


class OnlyGpu(Net):
    devices = (GPU,)


class Refuses(Net):
    def change_device(self, device_type):
        if device_type == CPU:
            raise ValueError("too slow without a GPU")
        super().change_device(device_type)


class Sink(ConsumerNode):
    def consume(self, value):
        pass


def chain(*nodes: ProcessorNode) -> list:
    source = Source(name="in")
    last = source
    for node in nodes:
        last = node(last)
    return [source, *nodes, Sink(name="out")(last)]


def plan_of(nodes: list, gpus: int, cores: int = 64) -> Plan:
    inventory = Inventory(cores, tuple(Gpu(str(i)) for i in range(gpus)))
    graph = GraphEngine([nodes[0]])
    return build_plan(graph, inventory, FlowOptions.of(graph.names), flow_name="f", flow_type=BATCH)


def compiled(nodes: list, gpus: int):
    options = FlowOptions.of(GraphEngine([nodes[0]]).names)
    return compile_run(plan_of(nodes, gpus), nodes, "run", RunPlaces.of_run("run"), options)


def reasons(nodes: list, gpus: int) -> dict[str, str]:
    return {task.name: task.why for task in plan_of(nodes, gpus).tasks if task.name not in ("in-0", "out-0")}


def test_each_task_takes_a_gpu_while_there_are_any_and_the_rest_run_on_the_cpu():
    assert reasons(chain(Net(4, GPU, name="net")), gpus=2) == {
        "net-0": "gpu 0",
        "net-1": "gpu 1",
        "net-2": "cpu: no GPU left, 2 of 2 taken by net",
        "net-3": "cpu: no GPU left, 2 of 2 taken by net",
    }


def test_nodes_are_served_in_topological_order():
    nodes = chain(Net(1, GPU, name="first"), State(GPU, name="second"), Net(1, GPU, name="third"))
    assert reasons(nodes, gpus=2) == {
        "first-0": "gpu 0",
        "second-0": "gpu 1",
        "third-0": "cpu: no GPU left, 2 of 2 taken by first, second",
    }


def test_a_wish_is_only_a_wish():
    nodes = chain(Net(1, GPU, name="net"), OnlyCpu(1, GPU, name="other"), Net(name="modest"))
    assert reasons(nodes, gpus=0) == {
        "net-0": "cpu: no GPU found",
        "other-0": "cpu: node does not support gpu",
        "modest-0": "cpu",
    }
    assert reasons(nodes, gpus=2)["other-0"] == "cpu: node does not support gpu"


def test_a_gpu_worker_sees_one_device_and_the_others_none():
    tasks = plan_of(chain(Net(3, GPU, name="net")), gpus=2).tasks
    assert [task.environment["CUDA_VISIBLE_DEVICES"] for task in tasks] == ["", "0", "1", "", ""]
    assert [task.resources.get("GPU") for task in tasks] == [None, 1.0, 1.0, None, None]


def test_a_consumer_sees_the_first_of_the_flows_gpus_for_its_video_encoder():
    nodes = chain(Net(1, GPU, name="net"))
    nodes[-1].encodes_on_gpu = True
    plan = plan_of(nodes, gpus=2)
    last = plan.tasks[-1]
    assert (last.device, last.why, last.gpu) == ("cpu", "cpu, may encode on gpu 0", "0")
    assert "GPU" not in last.resources
    assert last.environment["CUDA_VISIBLE_DEVICES"] == "0"
    assert (plan_of(nodes, gpus=0).tasks[-1].why, plan_of(nodes, gpus=0).tasks[-1].gpu) == ("cpu", None)


def test_shares_of_a_device():
    nodes = chain(Net(3, GPU, name="half", gpu_share=0.5), Net(2, GPU, name="rest", gpu_share=0.6))
    assert reasons(nodes, gpus=2) == {
        "half-0": "gpu 0 (0.5 of it)",
        "half-1": "gpu 0 (0.5 of it)",
        "half-2": "gpu 1 (0.5 of it)",
        "rest-0": "cpu: no GPU with 0.6 left, 2 of 2 taken by half",
        "rest-1": "cpu: no GPU with 0.6 left, 2 of 2 taken by half",
    }
    assert plan_of(nodes, gpus=2).nodes[1].tasks[0].resources["GPU"] == 0.5
    three = reasons(chain(Net(4, GPU, name="third", gpu_share=1 / 3)), gpus=1)
    assert [why.startswith("gpu") for why in three.values()] == [True, True, True, False]


@given(
    wishes=st.lists(
        st.builds(
            Wish, st.sampled_from("abcdef"), st.integers(1, 4), st.booleans(), st.booleans(),
            st.floats(0.05, 1.0),
        ),
        max_size=8,
    ),
    count=st.integers(0, 4),
)  # fmt: skip
def test_no_device_is_given_away_twice_and_none_is_withheld(wishes, count):
    gpus = [Gpu(str(i)) for i in range(count)]
    places = allocate(wishes, gpus)
    assert places == allocate(wishes, gpus)
    left = [1.0] * count
    for wish, own in zip(wishes, places, strict=True):
        assert len(own) == wish.nb_tasks
        for place in own:
            if place.gpu is None:
                assert place.device == CPU
                assert not (wish.wants_gpu and wish.supports_gpu and max(left, default=0) >= wish.share)
            else:
                assert wish.wants_gpu
                assert wish.supports_gpu
                left[place.gpu] -= wish.share
    assert all(share > -1e-6 for share in left)


@pytest.mark.parametrize("kind", [OnlyGpu, Refuses])
def test_a_node_that_only_runs_on_a_gpu_gets_one_or_refuses(kind):
    nodes = chain(kind(3, GPU, name="net"))
    assert len(compiled(nodes, gpus=3).tasks) == 5
    with pytest.raises(
        AllocationError, match=r"2 of 2 taken by net.*gpu 0 to net-0, gpu 1 to net-1"
    ) as found:
        compiled(nodes, gpus=2)
    assert (found.value.node, found.value.task) == ("net", "net-2")
    with pytest.raises(ValueError, match=r"net-0.*no GPU found.*GPUs: none found"):
        compiled(nodes, gpus=0)


def test_a_node_that_only_runs_on_a_gpu_wishes_for_one():
    assert OnlyGpu().device_type == GPU
    assert OnlyGpu(device_type=CPU).device_type == GPU


def test_the_users_object_keeps_its_wish_and_each_task_knows_its_device():
    net = Net(2, GPU, name="net")
    specs = compiled(chain(net), gpus=1).tasks
    assert [cloudpickle.loads(spec.node).device for spec in specs if spec.node_name == "net"] == [GPU, CPU]
    assert [spec.device for spec in specs] == [CPU, GPU, CPU, CPU]
    assert [dict(spec.resources) for spec in specs][1] == {"task:net-0": 1.0, "GPU": 1.0}
    assert net.device_type == GPU


def test_a_module_runs_on_the_cpu_and_takes_no_gpu_members():
    first, last = Net(name="a"), Net(name="b")
    last(first)
    module = TaskModuleNode(first, last, name="both")
    assert reasons(chain(module), gpus=1) == {"both-0": "cpu"}
    greedy, end = Net(1, GPU, name="c"), Net(name="d")
    end(greedy)
    with pytest.raises(ValueError, match="wants a GPU"):
        TaskModuleNode(greedy, end)


def test_threads_are_shared_out_and_can_be_set():
    nodes = chain(Net(2, name="work", cpu_threads=3), Net(name="other"))
    threads = {task.name: task.cpu_threads for task in plan_of(nodes, 0, cores=16).tasks}
    assert threads == {"in-0": 3, "work-0": 3, "work-1": 3, "other-0": 3, "out-0": 3}
    assert {task.cpu_threads for task in plan_of(nodes, 0, cores=2).tasks if task.node != "work"} == {1}
    environment = plan_of(nodes, 0, cores=2).nodes[1].tasks[0].environment
    assert environment["OMP_NUM_THREADS"] == environment["OPENCV_FOR_THREADS_NUM"] == "3"


@pytest.mark.parametrize("options", [{"gpu_share": 0}, {"gpu_share": 1.5}, {"cpu_threads": 0}])
def test_options_that_make_no_sense(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Net(**options)


def test_arrays_for_either_device():
    assert Net().xp is np
    assert (Net().device, Net(1, GPU).device) == (CPU, GPU)
