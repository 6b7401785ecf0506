"""Where the tasks of a node are wished to be: who says so, and what is no place."""

from __future__ import annotations

from types import SimpleNamespace

import dask
import pytest

from daskflow import Flow
from daskflow.core.node import FusedNode, ProcessorNode, ProducerNode
from daskflow.errors import OptionError, PlacementError
from daskflow.producers import IntProducer


class Camera(ProducerNode):
    """Has attributes of its own that are called as our options."""

    def __init__(self, host: str) -> None:
        super().__init__(name="camera", host="cam-1")
        self.host = host
        self.workers = 3


def test_a_node_says_so_or_dask_or_who_runs_it() -> None:
    with dask.annotate(workers=["a", "b"]):
        near = ProcessorNode(name="near")
        nearer = ProcessorNode(name="nearer", workers=7, host=["one", "two", "one"])
    camera = Camera("10.0.0.9")
    nearer(near(camera))
    flow = Flow([camera], [])
    said = flow.options().nodes
    assert (said["near"].host, said["near"].workers) == ((), ("a", "b"))
    assert (said["nearer"].host, said["nearer"].workers) == (("one", "two"), ("7",))
    assert (said["camera"].host, said["camera"].workers) == (("cam-1",), ())
    other = flow.options(overrides={"nearer": {"host": "three", "workers": None}}).nodes["nearer"]
    assert (other.host, other.workers) == (("three",), ())


def test_a_plan_shows_it() -> None:
    plan = Flow([IntProducer(name="in", host=["a", "b"])], []).plan(overrides={"in": {"workers": 3}})
    assert (plan.tasks[0].host, plan.tasks[0].workers) == (("a", "b"), ("3",))
    assert "task:in-0=1, on host a or b, on worker 3" in str(plan)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"host": ""}, "host has a name that is empty: ''"),
        ({"host": 3.5}, "host is a name or several, got 3.5"),
        ({"host": {"a": 1}}, "host is a name or several, got {'a': 1}"),
        ({"workers": [True]}, r"workers is a name or several, got \[True\]"),
        ({"workers": [b"a"]}, "workers is a name or several"),
    ],
)
def test_what_is_no_place(wish, says) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        ProcessorNode(name="net", **wish)
    flow = Flow([IntProducer(name="in")], [])
    with pytest.raises(OptionError, match=f"node 'in': {says}"):
        flow.options(overrides={"in": wish})


def test_a_chain_of_nodes_with_other_wishes_is_none() -> None:
    camera = IntProducer(name="in")
    one = ProcessorNode(name="one", host="a")(camera)
    ProcessorNode(name="two")(one)
    flow = Flow([camera], [], fuse=[["one", "two"]])
    with pytest.raises(OptionError, match=r"host is \('a',\) for one and \(\) for the other"):
        flow.plan()
    plan = flow.plan(overrides={"two": {"host": "a"}})
    assert plan.tasks[1].host == ("a",)


def test_a_chain_is_not_annotated_once_more() -> None:
    with dask.annotate(workers="a"):
        assert FusedNode([ProcessorNode(name="x")], ["x"], "x", 1).wanted_workers == ()


def test_a_run_on_this_machine_refuses_others(monkeypatch) -> None:
    flow = Flow([IntProducer(name="in", host="cam-1")], [])
    with pytest.raises(PlacementError, match="node 'in' is to run on host cam-1, and this run has all"):
        flow.run()
    assert not flow.is_running


def test_a_plan_does_not_block_an_event_loop() -> None:
    cluster = SimpleNamespace(scheduler_address="tcp://127.0.0.1:1", asynchronous=True)
    with pytest.raises(ValueError, match=r"await asyncio.to_thread\(flow.plan, cluster=address\)"):
        Flow([IntProducer(name="in")], []).plan(cluster=cluster)


@pytest.mark.parametrize("wrong", [0, 1.5, "2"])
def test_tasks_per_worker_is_a_number_of_tasks(wrong) -> None:
    flow = Flow([IntProducer(name="in")], [])
    for start in (flow.plan, flow.run):
        with pytest.raises((TypeError, ValueError), match="tasks_per_worker is"):
            start(cluster="tcp://127.0.0.1:1", tasks_per_worker=wrong)
