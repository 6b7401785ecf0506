"""What the workers of an existing cluster come to."""

from __future__ import annotations

import pytest

from daskflow import BATCH, GPU
from daskflow.core.graph import GraphEngine
from daskflow.core.node import ConsumerNode, ProcessorNode
from daskflow.options import FlowOptions
from daskflow.plan import Inventory, build_plan
from daskflow.producers import IntProducer
from tests.unit.plan.placement.pretended import worker, workers


def test_the_cores_of_all_hosts_each_counted_once():
    inventory = Inventory.of_workers([*workers(3, "a", cores=8), *workers(2, "b", cores=4)])
    assert (inventory.cores, inventory.host_cores, inventory.gpus) == (12, 4, ())
    assert not inventory.gpu_ipc
    assert Inventory.of_workers([]).cores == 1


def test_gpus_are_what_workers_say_and_others_leave():
    there = [
        worker("a", resources={"GPU": 1.0}),
        worker("b", resources={"GPU": 4.0}, nthreads=2),
        worker("c", resources={"GPU": 1.0}, nthreads=2, held=("x/y-0",), taken={"GPU": 0.75}),
        worker("d", resources={"GPU": 1.0}, held=("x/y-0",)),
        worker("e", resources={"GPU": 1.0}, is_closed=True, nthreads=2),
    ]
    found = Inventory.of_workers(there, tasks_per_worker=2).gpus
    assert [(gpu.amount, gpu.most_tasks) for gpu in found] == [(1.0, 1), (4.0, 2), (0.25, 1)]
    assert len(Inventory.of_workers(there).gpus) == 2


def test_how_many_gpus_may_be_said_and_not_which():
    there = workers(2, resources={"GPU": 1.0})
    assert len(Inventory.of_workers(there, gpus=1).gpus) == 1
    assert Inventory.of_workers(there, gpus=0).gpus == ()
    with pytest.warns(RuntimeWarning, match="gpus=3, but 2 workers have room and the resource GPU"):
        assert len(Inventory.of_workers(there, gpus=3).gpus) == 2
    with pytest.raises(ValueError, match=r"gpus=\(0, 1\): on an existing cluster it is how many"):
        Inventory.of_workers(there, gpus=(0, 1))


class Encoding(ConsumerNode):
    encodes_on_gpu = True


def test_a_plan_for_them():
    source = IntProducer(name="in")
    net = ProcessorNode(3, GPU, name="net")(source)
    Encoding(name="out")(net)
    graph = GraphEngine([source])
    there = [*workers(8, "a", cores=40), *workers(2, "b", cores=6, resources={"GPU": 1.0})]
    plan = build_plan(
        graph, Inventory.of_workers(there), FlowOptions.of(graph.names), flow_name="f", flow_type=BATCH
    )
    whys = [task.why for task in plan.tasks]
    assert whys == ["cpu", "gpu 0", "gpu 1", "cpu: no GPU left, 2 of 2 taken by net", "cpu"]
    assert {task.cpu_threads for task in plan.tasks} == {6}  # a host has no more cores
    assert not any(task.keeps_on_gpu for task in plan.tasks)
