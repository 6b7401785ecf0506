"""Which worker a task is given, of those that would do."""

from __future__ import annotations

import random

import pytest

from daskflow import GPU
from daskflow.core.node import ConsumerNode, OneTaskProcessorNode, ProcessorNode
from daskflow.errors import PlacementError
from daskflow.plan.placement import Placement, place
from daskflow.producers import IntProducer
from tests.unit.plan.placement.pretended import HERE, planned, worker, workers


def chain(*processors: ProcessorNode, name: str = "") -> IntProducer:
    """Producer, processors, consumer."""
    last = source = IntProducer(name=f"camera{name}")
    for node in processors:
        last = node(last)
    ConsumerNode(name=f"writer{name}")(last)
    return source


def names(placement: Placement) -> dict[str, str]:
    """Names of the workers; they are in their addresses."""
    return {task: address.rpartition(":")[2] for task, address in placement.address_of.items()}


def hosts(placement: Placement) -> dict[str, str]:
    return {task: tag.removeprefix("tag-") for task, tag in placement.host_of.items()}


def test_a_worker_for_each_task_whatever_order_they_come_in():
    plan = planned(chain(ProcessorNode(3, name="net")))
    there = [*workers(4), *workers(4, "two")]
    placement = place(plan, there, here=HERE)
    assert set(placement.address_of) == {task.name for task in plan.tasks}
    assert len(set(placement.address_of.values())) == 5
    random.Random(1).shuffle(there)
    assert place(plan, there, here=HERE) == placement


def test_neighbours_are_on_one_host_where_there_is_room():
    plan = planned(chain(ProcessorNode(2, name="net")))
    placement = place(plan, [*workers(3, "a"), *workers(4, "b")])
    assert set(hosts(placement).values()) == {"b"}
    assert placement.crossing == ()
    assert placement.heading() == "4 tasks on 4 workers of 1 host; nothing over the network"


def test_what_does_not_belong_together_is_spread():
    sources = [chain(ProcessorNode(name=f"net{i}"), name=str(i)) for i in range(4)]
    placement = place(planned(*sources), [*workers(6, "a"), *workers(6, "b")])
    assert placement.crossing == ()
    on = hosts(placement)
    assert [on[f"camera{i}-0"] for i in range(4)] == ["a", "b", "a", "b"]


def test_cores_are_not_given_twice_while_there_are_others():
    plan = planned(chain(ProcessorNode(4, name="net")))
    placement = place(plan, [*workers(6, "a", cores=3), *workers(6, "b", cores=3)])
    on = list(hosts(placement).values())
    assert (on.count("a"), on.count("b")) == (3, 3)


def test_the_producers_edge_weighs_more():
    """One task must leave the host, and the frames stay."""
    first, second = ProcessorNode(name="first"), ProcessorNode(name="second")
    placement = place(planned(chain(first, second)), [*workers(3, "a"), *workers(2, "b")])
    assert placement.crossing == ("second -> writer",)


def test_neighbours_come_to_one_that_must_be_somewhere():
    plan = planned(chain(ProcessorNode(name="net")), camera={"resources": {"camera-host": 1}})
    there = [*workers(5, "a"), worker("c", "b", resources={"camera-host": 2}), *workers(2, "b")]
    placement = place(plan, there)
    assert names(placement)["camera-0"] == "c"
    assert set(hosts(placement).values()) == {"b"}


def test_gpus_by_their_amount():
    plan = planned(chain(ProcessorNode(3, GPU, name="net", gpu_share=0.5)), gpus=2)
    there = [*workers(4), worker("g", resources={"GPU": 1}, nthreads=4), worker("h", resources={"GPU": 0.5})]
    placed = names(place(plan, there, tasks_per_worker=4))
    assert sorted(placed[f"net-{i}"] for i in range(3)) == ["g", "g", "h"]
    assert {placed["camera-0"], placed["writer-0"]} < {f"one-{i}" for i in range(4)}


def test_what_other_flows_have_of_a_gpu_is_gone():
    plan = planned(chain(ProcessorNode(1, GPU, name="net")), gpus=1)
    busy = worker("g", resources={"GPU": 1}, nthreads=9, held=("other/net-0",), taken={"GPU": 0.5})
    with pytest.raises(PlacementError, match="GPU=1"):
        place(plan, [*workers(4), busy], tasks_per_worker=9)
    free = worker("h", resources={"GPU": 1})
    assert names(place(plan, [*workers(4), busy, free], tasks_per_worker=9))["net-0"] == "h"


def test_a_task_without_a_gpu_leaves_gpus_to_others():
    plan = planned(chain())
    there = [*workers(2, "a", resources={"GPU": 1}), worker("x", "b"), worker("y", "c")]
    assert set(names(place(plan, there)).values()) == {"x", "y"}
    assert set(names(place(plan, there[:3])).values()) == {"a-0", "x"}


def test_workers_with_tasks_of_other_flows_come_last():
    plan = planned(chain())
    shared = workers(2, "a", nthreads=2, held=("other/net-0",))
    assert set(hosts(place(plan, [*shared, *workers(2, "b")], tasks_per_worker=2)).values()) == {"b"}
    assert set(hosts(place(plan, shared, tasks_per_worker=2)).values()) == {"a"}
    with pytest.raises(PlacementError):
        place(plan, shared)


def test_single_threaded_workers_come_first():
    plan = planned(chain())
    placed = names(place(plan, [worker("big", nthreads=8), worker("x"), worker("y")]))
    assert set(placed.values()) == {"x", "y"}


def test_who_keeps_state_is_alone_and_stays_so():
    plan = planned(chain(OneTaskProcessorNode(name="tracker"), ProcessorNode(2, name="net")))
    there = workers(3, nthreads=2)
    placed = names(place(plan, there, tasks_per_worker=2))
    assert list(placed.values()).count(placed["tracker-0"]) == 1
    closed = [*workers(2, nthreads=2), worker("x", nthreads=2, held=("other/tracker-0",), is_closed=True)]
    with pytest.raises(PlacementError):
        place(plan, closed, tasks_per_worker=2)


def test_room_is_made_by_moving_others():
    """The camera would be happy anywhere, and sits on the one worker that the net could have."""
    plan = planned(
        chain(ProcessorNode(name="net")),
        camera={"workers": ["p", "q"]},
        net={"workers": ["p", "r"]},
        writer={"workers": ["q", "r"]},
    )
    assert set(names(place(plan, [worker(name) for name in "pqr"])).values()) == set("pqr")
    plan = planned(
        chain(ProcessorNode(name="net")),
        camera={"workers": ["p", "q"]},
        net={"workers": ["p", "q"]},
        writer={"workers": ["p", "r"]},
    )
    assert names(place(plan, [worker(name) for name in "pqr"]))["writer-0"] == "r"


def test_a_host_by_its_name_address_or_tag():
    there = [*workers(3, "a"), worker("x", "b", hostname="cam-1.yard.org", address="tls://[fe80::1]:4000")]
    for host in ("cam-1", "cam-1.yard.org", "fe80::1", "tag-b"):
        placement = place(planned(chain(), camera={"host": host}), there)
        assert placement.address_of["camera-0"] == "tls://[fe80::1]:4000"
    either = place(planned(chain(), camera={"host": ["cam-1", "a"]}), there[:3], fixed={"writer-0": "gone"})
    assert hosts(either)["camera-0"] == "a"


def test_a_worker_by_its_name_or_address():
    there = [worker(str(i)) for i in range(3)]
    for wish in (2, "2", "tcp://one:2", [2, "tcp://one:2"]):
        plan = planned(chain(), camera={"workers": wish})
        assert names(place(plan, there))["camera-0"] == "2"


def test_memory_that_a_node_may_take():
    plan = planned(chain(), camera={"memory_limit": "2GB"}, writer={"memory_limit": "2GB"})
    small, big = worker("s", memory_limit=10**9), worker("b", memory_limit=3 * 10**9, nthreads=2)
    with pytest.raises(PlacementError, match="memory of 2,000 MB"):
        place(plan, [small, big], tasks_per_worker=2)
    free = worker("f", memory_limit=None)
    assert set(names(place(plan, [small, big, free])).values()) == {"b", "f"}


def test_tasks_that_are_somewhere_stay():
    plan = planned(chain(ProcessorNode(2, name="net")))
    there = [*workers(3, "a"), *workers(2, "b")]
    fixed = {"camera-0": "tcp://b:b-1", "net-0": "tcp://gone:1"}
    placement = place(plan, there, fixed=fixed)
    assert placement.address_of.items() >= fixed.items()
    assert placement.host_of["net-0"] == ""
    assert len(set(placement.address_of.values())) == 4
    lost = {task: address for task, address in placement.address_of.items() if task != "net-1"}
    assert place(plan, there, fixed=lost).address_of == placement.address_of


def test_the_table():
    plan = planned(chain(OneTaskProcessorNode(name="sum")), camera={"resources": {"disk": 2}})
    there = [
        worker("x", resources={"disk": 2.0}),
        worker("y"),
        worker("z", "two", hostname="one", cores=1),
        worker("old", versions={**HERE, "python": "3.12"}),
    ]
    assert place(plan, there, here=HERE).table().splitlines() == [
        "3 tasks on 3 workers of 2 hosts; over the network: sum -> writer",
        "",
        "task      host           worker  address      what it needs there",
        "--------  -------------  ------  -----------  ------------------------------",
        "camera-0  one (tag-one)  x       tcp://one:x  disk=2",
        "sum-0     one (tag-one)  y       tcp://one:y  a worker alone: it keeps state",
        "writer-0  one (tag-two)  z       tcp://two:z  a worker",
        "not used: old Python 3.12 (here 3.11)",
    ]


def test_other_versions_that_may_do_harm_are_told():
    there = [
        *workers(1, versions={**HERE, "numpy": "1.26.4"}),
        worker("x", versions={**HERE, "numpy": "2.1"}),
    ]
    there.append(worker("y", versions={**HERE, "distributed": "2026.7.1"}))
    assert place(planned(chain()), there, here=HERE).warnings == (
        "numpy is 1.26.4 on worker one-0, and 2.3.1 here: messages may not be understood",
        "distributed is 2026.7.1 on worker y, and 2026.8.0 here: messages may not be understood",
    )
