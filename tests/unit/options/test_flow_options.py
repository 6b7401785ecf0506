"""Who says what of a run, and who comes before whom."""

from __future__ import annotations

import pickle
from pathlib import Path

import dask
import pytest

from daskflow import BATCH, Flow
from daskflow.cluster.compiling import compile_run
from daskflow.consumers import VoidConsumer
from daskflow.core.node import BatchProcessorNode, OneTaskProcessorNode, ProcessorNode, TaskModuleNode
from daskflow.errors import OptionError
from daskflow.plan import Gpu, Inventory, build_plan
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from daskflow.transport.places import RunPlaces


class Net(BatchProcessorNode):
    pass


class GpuOnly(Net):
    devices = ("gpu",)


class Memory(OneTaskProcessorNode):
    pass


def flow_of(*nodes: ProcessorNode, **options) -> Flow:
    last = source = IntProducer(name="reader")
    for node in nodes:
        last = node(last)
    VoidConsumer(name="sink")(last)
    return Flow([source], [], BATCH, **options)


def detector(**options) -> Net:
    return Net(name="detector", **options)


def test_what_is_said_last_comes_first() -> None:
    def limit(flow: Flow, **arguments) -> int | None:
        return flow.plan(**arguments).nodes[1].policy.max_restarts

    assert limit(flow_of(detector())) == 3
    with dask.config.set({"daskflow.max-restarts": 4}):
        assert limit(flow_of(detector())) == 4
        assert limit(flow_of(detector()), max_restarts=5) == 5
        flow = flow_of(detector(max_restarts=6))
        assert limit(flow, max_restarts=5) == 6
        assert limit(flow, max_restarts=5, overrides={"detector": {"max_restarts": 7}}) == 7
        assert limit(flow_of(detector()), max_restarts=5, overrides={"flow": {"max_restarts": 8}}) == 8
    assert limit(flow) == 6, "the flow itself is as it was"


@pytest.mark.parametrize("key", ["queue-size", "queue_size"])  # as Dask takes them, from the environment too
def test_configured_queues(key) -> None:
    with dask.config.set({f"daskflow.{key}": 2}):
        assert flow_of(detector()).options().queue_size == 2
        assert flow_of(detector(), queue_size=5).options().queue_size == 5
    assert flow_of(detector()).options().queue_size is None


def test_what_is_said_of_the_flow_by_name_comes_before_its_arguments_and_after_its_nodes() -> None:
    def is_two(node: ProcessorNode) -> bool:
        plan = flow_of(node, queue_size=5).plan(overrides={"flow": {"queue_size": 2}})
        return plan.edges[0].capacity == flow_of(detector(queue_size=2)).plan().edges[0].capacity

    assert is_two(detector())
    assert not is_two(detector(queue_size=7))


@pytest.mark.parametrize("queue_size", ["2", 2.5, True, 0])
def test_the_queues_of_a_flow_that_cannot_be(queue_size) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^queue_size is "):
        flow_of(detector(), queue_size=queue_size)


@pytest.mark.parametrize("timeout_s", ["5", True, 0, -1, float("inf"), float("nan"), None])
def test_how_long_a_host_may_be_without_a_worker(timeout_s) -> None:
    flow = flow_of(detector())
    assert flow.options(overrides={"flow": {"host_timeout_s": 5}}).host_timeout_s == 5.0
    with pytest.raises(OptionError, match="host_timeout_s"):
        flow.options(overrides={"flow": {"host_timeout_s": timeout_s}})


def test_every_option_of_a_node() -> None:
    said = {
        "nb_tasks": 4,
        "device_type": "gpu",
        "gpu_share": 0.5,
        "cpu_threads": 2,
        "queue_size": 9,
        "env": {"DEBUG": 1},
        "resources": {"camera-host": 1},
        "compression": "jpeg",
        "batch_size": 16,
        "max_wait_s": 0.25,
        "on_error": "retry",
        "process_timeout_s": 5,
        "memory_limit": "2GB",
    }
    flow = flow_of(detector())
    options = flow.options(overrides={"detector": said})
    inventory = Inventory(64, (Gpu("0"),))
    plan = build_plan(flow._graph, inventory, options, flow_name="f", flow_type=BATCH)
    node = plan.nodes[1]
    assert [task.name for task in node.tasks] == [f"detector-{i}" for i in range(4)]
    assert [task.why for task in node.tasks[:3]] == ["gpu 0 (0.5 of it)"] * 2 + [
        "cpu: no GPU with 0.5 left, 1 of 1 taken by detector"
    ]
    assert dict(node.tasks[0].resources) == {"task:detector-0": 1, "GPU": 0.5, "camera-host": 1}
    assert node.compression == "jpeg:90"
    assert node.tasks[0].environment["OMP_NUM_THREADS"] == "2"
    assert node.tasks[0].environment["DEBUG"] == "1"
    assert "DEBUG" not in plan.nodes[0].tasks[0].environment
    assert (node.policy.on_error, node.policy.retries, node.policy.process_timeout_s) == ("retry", 3, 5)
    assert node.policy.memory_limit == 2_000_000_000
    assert plan.edges[0].capacity == 9 + 1 + 4 * 16
    compiled = compile_run(plan, flow.nodes, "run", RunPlaces.of_run("run"), options)
    mine = pickle.loads(compiled.tasks[1].node)
    assert (mine.batch_size, mine.max_wait_s, mine.device) == (16, 0.25, "gpu")
    assert (flow.nodes[1].batch_size, flow.nodes[1].device) == (1, "cpu")


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"detectr": {"nb_tasks": 2}}, r"no node 'detectr': did you mean 'detector'\? There are reader, det"),
        ({"detector": {"nb_task": 2}}, r"node 'detector' has no option 'nb_task': did you mean 'nb_tasks'\?"),
        ({"flow": {"queuesize": 2}}, r"the flow has no option 'queuesize': did you mean 'queue_size'\?"),
        ({"memory": {"nb_tasks": 2}}, "'memory' keeps state and runs as one task.*nb_tasks=2"),
        ({"reader": {"nb_tasks": 2}}, "'reader' is a IntProducer, which runs as one task.*nb_tasks=2"),
        ({"sink": {"device_type": "gpu"}}, "'sink' is a VoidConsumer.*device_type='gpu'"),
        ({"sink": {"resources": {"GPU": 1}}}, "node 'sink': it is a VoidConsumer, and a GPU is for"),
        ({"memory": {"batch_size": 2}}, "'memory' is given one message at a time: batch_size=2"),
        ({"detector": {"nb_tasks": 0}}, "node 'detector': nb_tasks is at least 1, got 0"),
        ({"detector": {"nb_tasks": 2.5}}, "node 'detector': nb_tasks is a whole number, got 2.5"),
        ({"detector": {"batch_size": 65}}, "node 'detector': batch_size is from 1 to 64, got 65"),
        ({"detector": {"max_wait_s": -1}}, "max_wait_s is a number of seconds, from 0 to 3600, got -1"),
        ({"detector": {"device_type": "tpu"}}, "device_type is one of cpu, gpu, got 'tpu'"),
        ({"detector": {"env": ["A"]}}, "env is a mapping"),
        ({"detector": {"env": {"A=B": "1"}}}, "env maps names"),
        ({"detector": {"resources": {"task:detector-0": 1}}}, "does not begin with 'task:'"),
        ({"detector": {"resources": {"disk": 0}}}, "resource 'disk' is an amount above 0"),
        ({"detector": {"resources": 3}}, "resources is a mapping"),
        ({"detector": {"gpu_share": 2}}, "node 'detector': gpu_share is above 0 and at most 1, got 2"),
        ({"detector": {"gpu_share": "half"}}, "gpu_share is a number, got 'half'"),
        ({"detector": {"resources": {"GPU": 2}}}, "resource 'GPU' is above 0 and at most 1, got 2"),
        ({"detector": {"max_wait_s": None}}, "max_wait_s is a number, got None"),
        ({"detector": {"process_timeout_s": True}}, "process_timeout_s is a number, got True"),
        (
            {"detector": {"resources": {"disk": float("nan")}}},
            "'disk' is an amount above 0, got nan",
        ),
        ({"sink": {"resources": 3}}, "node 'sink': resources is a mapping"),
        ({"detector": {"memory_limit": "much"}}, "node 'detector': memory_limit is a number of bytes"),
        ({"detector": {"memory_limit": [1]}}, "memory_limit is a number of bytes"),
        ({"detector": {"memory_limit": -1}}, "memory_limit is a number of bytes"),
        ({"detector": {"memory_limit": float("inf")}}, "memory_limit is a number of bytes"),
        ({"detector+memory": {"queue_size": 2}, "detector": {"queue_size": 3}}, "of node 'detector' is said"),
        (
            {"detector+memory": {"queue_size": 2}, "memory+sink": {"queue_size": 3}},
            "of node 'memory' is said",
        ),
        ({"flow": {"gpus": "two"}}, "flow: gpus is a number of GPUs, or a list"),
        ({"flow": {"gpus": -1}}, "flow: gpus is at least 0, got -1"),
        ({"flow": {"gpus": [True]}}, "flow: gpus lists indices or UUIDs, got True"),
        ({"flow": {"dead_letters": 3}}, "flow: dead_letters is a folder, got 3"),
        ({"detector": {"compression": "zip"}}, "node 'detector': compression is None, \"lz4\".*got 'zip'"),
        ({"detector": {"compression": "jpeg:0"}}, "with a quality of 1 to 100, got 'jpeg:0'"),
        ({"detector": 3}, r"overrides\['detector'\] is a mapping"),
        ([("detector", {})], "overrides is a mapping"),
        ({"flow": {"carrier": "pigeon"}}, "flow: carrier is one of socket, comm, got 'pigeon'"),
    ],
)
def test_what_makes_no_sense_is_refused(overrides, says) -> None:
    with pytest.raises(ValueError, match=says):
        flow_of(detector(), Memory(name="memory")).options(overrides=overrides)


@pytest.mark.parametrize(
    "said",
    [
        {"gpu_share": "half"},
        {"gpu_share": 2},
        {"batch_size": 65},
        {"batch_size": 2.5},
        {"max_wait_s": -1},
        {"max_wait_s": None},
        {"queue_size": "many"},
        {"cpu_threads": 0},
        {"process_timeout_s": "long"},
        {"resources": {"disk": 0}},
        {"env": {"A": None}},
    ],
)
def test_who_says_it_of_the_node_hears_the_same(said) -> None:
    with pytest.raises(OptionError) as by_name:
        flow_of(detector()).options(overrides={"detector": said})
    with pytest.raises((TypeError, ValueError)) as by_itself:
        detector(**said)
    assert str(by_name.value) == f"node 'detector': {by_itself.value}"


@pytest.mark.parametrize(("said", "size_bytes"), [("2GB", 2_000_000_000), ("1 MiB", 1 << 20), (5000, 5000)])
def test_memory_in_bytes(said, size_bytes) -> None:
    assert flow_of(detector(memory_limit=said)).options().nodes["detector"].policy.memory_limit == size_bytes


def test_another_word_on_errors_takes_its_own_retries() -> None:
    def retries(own: dict, said: dict) -> int:
        return flow_of(detector(**own)).options(overrides={"detector": said}).nodes["detector"].policy.retries

    assert retries({}, {"on_error": "retry"}) == 3
    assert retries({"on_error": "retry"}, {"on_error": "fail"}) == 0
    assert retries({"on_error": "retry"}, {"queue_size": 2}) == 3
    assert retries({"on_error": "skip", "retries": 5}, {"on_error": "retry"}) == 5
    assert retries({"on_error": "retry", "retries": 5}, {"on_error": "skip"}) == 5
    assert retries({"on_error": "retry", "retries": 5}, {"on_error": "skip", "retries": 1}) == 1


def test_a_node_inside_a_module_is_not_run_by_itself() -> None:
    a, b = IdentityProcessor(name="a"), IdentityProcessor(name="b")
    flow = flow_of(a, b)
    module = TaskModuleNode(a, b, name="both")
    flow = Flow(flow.nodes[:1], [], BATCH)
    assert module in flow.nodes
    with pytest.raises(OptionError, match="node 'a' is inside 'both', which runs it"):
        flow.plan(overrides={"a": {"nb_tasks": 2}})


def test_a_node_called_flow() -> None:
    flow = flow_of(Net(name="flow"))
    assert flow.plan().nodes[1].name == "flow"
    with pytest.raises(OptionError, match="rename the node"):
        flow.plan(overrides={"flow": {"queue_size": 2}})


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("quue-size", 2, r"no daskflow.'quue-size': did you mean 'queue-size'\?"),
        ("dashboard.them", "dark", "did you mean 'dashboard.theme'"),
        ("max-restarts", -1, "daskflow in Dask's configuration: max_restarts is not negative"),
        ("preview", "off", "daskflow in Dask's configuration: preview is True or False, got 'off'"),
        ("gpu-ipc", "maybe", "gpu_ipc is True or False"),
        ("gpus", "two", "daskflow in Dask's configuration: gpus is a number of GPUs"),
        ("dashboard", "dark", "did you mean 'dashboard.theme'"),
    ],
)
def test_a_configuration_that_nobody_would_read(key, value, says) -> None:
    with dask.config.set({f"daskflow.{key}": value}), pytest.raises(OptionError, match=says):
        flow_of(detector()).plan()


@pytest.mark.parametrize("configured", [None, {}, {"dashboard": None}, {"tracing": {}, "queue_size": None}])
def test_a_configuration_may_be_empty(configured) -> None:
    with dask.config.set({"daskflow": configured}):
        assert flow_of(detector()).options().max_restarts == 3


def test_a_configuration_that_is_none() -> None:
    with dask.config.set({"daskflow": "off"}), pytest.raises(OptionError, match="a mapping, got 'off'"):
        flow_of(detector()).options()


def test_either_may_switch_pictures_off() -> None:
    flow = flow_of(detector())
    assert flow.options().preview
    assert not flow.options(preview=False).preview
    with dask.config.set({"daskflow.preview": False}):
        assert not flow.options(preview=True).preview
        assert not flow.options(overrides={"flow": {"preview": True}}).preview


def test_a_folder_is_where_the_caller_is() -> None:
    assert flow_of(detector()).options(dead_letters="dead").dead_letters == Path.cwd() / "dead"


def test_what_dask_annotates_around_a_node() -> None:
    with dask.annotate(resources={"camera-host": 1}):
        near = detector()
    with dask.annotate(resources={"GPU": 0.5}):
        fast = Net(name="fast")
    with dask.annotate(priority=3):
        other = Net(name="other")
    said = flow_of(near, fast, other).options().nodes
    assert said["detector"].resources == {"camera-host": 1.0}
    assert (said["fast"].device_type, said["fast"].gpu_share, said["fast"].resources) == ("gpu", 0.5, {})
    assert said["other"].resources == {}


def test_what_is_said_by_name_comes_before_an_annotation() -> None:
    with dask.annotate(resources={"GPU": 0.5, "disk": 1}):
        near = detector()
    flow = flow_of(near)

    def said(**options) -> tuple:
        own = flow.options(overrides={"detector": options}).nodes["detector"]
        return own.device_type, own.gpu_share, own.resources

    assert said() == ("gpu", 0.5, {"disk": 1.0})
    assert said(gpu_share=0.25) == ("gpu", 0.25, {"disk": 1.0})
    assert said(device_type="cpu") == ("cpu", 0.5, {"disk": 1.0})
    assert said(resources={"camera": 2}) == ("cpu", 1.0, {"camera": 2.0})
    assert said(resources={"GPU": 1}) == ("gpu", 1.0, {})


def test_a_node_that_needs_a_gpu_is_not_sent_elsewhere() -> None:
    with pytest.raises(OptionError, match="node 'detector' runs on a GPU only: device_type='cpu'"):
        flow_of(GpuOnly(name="detector")).options(overrides={"detector": {"device_type": "cpu"}})


def test_a_wish_for_a_gpu_around_a_consumer_can_be_taken_back() -> None:
    source = IntProducer(name="reader")
    with dask.annotate(resources={"GPU": 1}):
        VoidConsumer(name="sink")(source)
    flow = Flow([source], [], BATCH)
    with pytest.raises(OptionError, match="node 'sink': it is a VoidConsumer"):
        flow.options()
    assert flow.options(overrides={"sink": {"resources": {}}}).nodes["sink"].resources == {}


def test_the_shipped_defaults_are_dasks_too(monkeypatch) -> None:
    monkeypatch.setattr(dask.config, "config", {})
    with dask.config.set({"daskflow.queue-size": 3}):
        flow_of(detector()).options()
        assert dask.config.get("daskflow.queue-size") == 3
    flow_of(detector()).options()
    assert dask.config.get("daskflow.dashboard.theme") == "auto"
    assert dask.config.get("daskflow.queue-size") is None


def test_durable_is_said_of_the_flow_of_a_node_or_by_name():
    flow = flow_of(detector())
    assert not flow.options().durable
    (edge,) = [e for e in flow.plan(durable=True).edges if e.target == "detector"]
    assert edge.durable
    plan = flow.plan(durable=True, overrides={"detector": {"durable": False}})
    (edge,) = [e for e in plan.edges if e.target == "detector"]
    assert not edge.durable
    with dask.config.set({"daskflow.durable": True}):
        assert flow.options().durable
        assert not flow.options(durable=False).durable
    with pytest.raises(OptionError, match="node 'detector': durable is True or False, got 'yes'"):
        flow.options(overrides={"detector": {"durable": "yes"}})
    with pytest.raises(TypeError, match="durable is True or False, got 1"):
        ProcessorNode(durable=1)
