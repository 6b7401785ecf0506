"""Whose results stay on the GPU, over pretended machines."""

from __future__ import annotations

from daskflow import BATCH, GPU
from daskflow.core.graph import GraphEngine
from daskflow.options import FlowOptions
from daskflow.plan import Gpu, Inventory, Plan, build_plan
from tests.unit.plan.test_plan import Sink, Source, Work


def plan_of(source: Source, gpus: int, *, gpu_ipc: bool = True) -> Plan:
    inventory = Inventory(64, tuple(Gpu(str(i)) for i in range(gpus)), gpu_ipc)
    graph = GraphEngine([source])
    return build_plan(graph, inventory, FlowOptions.of(graph.names), flow_name="f", flow_type=BATCH)


def keeping(plan: Plan) -> list[str]:
    return [task.name for task in plan.tasks if task.keeps_on_gpu]


def on_gpu(name: str, share: float = 0.5, nb_tasks: int = 1) -> Work:
    return Work(nb_tasks, GPU, name, gpu_share=share)


def test_two_tasks_on_one_gpu() -> None:
    source = Source(name="in")
    Sink(name="out")(on_gpu("b")(on_gpu("a")(source)))
    assert keeping(plan_of(source, 1)) == ["a-0"]  # and b is read on the CPU
    assert keeping(plan_of(source, 0)) == []


def test_two_gpus_are_two_memories() -> None:
    source = Source(name="in")
    Sink(name="out")(on_gpu("b", 1.0)(on_gpu("a", 1.0)(source)))
    assert [task.gpu for task in plan_of(source, 2).tasks] == [None, "0", "1", None]
    assert keeping(plan_of(source, 2)) == []


def test_a_reader_that_got_no_gpu_reads_in_main_memory() -> None:
    source = Source(name="in")
    Sink(name="out")(on_gpu("b", 1.0)(on_gpu("a", 1.0)(source)))
    assert keeping(plan_of(source, 1)) == []


def test_all_readers_must_be_there() -> None:
    source = Source(name="in")
    a = on_gpu("a", 0.3)(source)
    Sink(name="out")(on_gpu("b", 0.3)(a), on_gpu("c", 0.3)(a))
    assert keeping(plan_of(source, 1)) == ["a-0"]
    Sink(name="log")(a)
    assert keeping(plan_of(source, 1)) == []


def test_and_all_their_tasks() -> None:
    source = Source(name="in")
    Sink(name="out")(on_gpu("b", 0.3, nb_tasks=3)(on_gpu("a", 0.3)(source)))
    assert [task.gpu for task in plan_of(source, 2).tasks] == [None, "0", "0", "0", "1", None]
    assert keeping(plan_of(source, 2)) == []
    source = Source(name="in")
    Sink(name="out")(on_gpu("b", 0.3, nb_tasks=2)(on_gpu("a", 0.3)(source)))
    assert keeping(plan_of(source, 2)) == ["a-0"]


def test_each_task_of_a_node_for_itself() -> None:
    source = Source(name="in")
    Sink(name="out")(on_gpu("b", 0.4)(on_gpu("a", 0.6, nb_tasks=2)(source)))
    assert [task.gpu for task in plan_of(source, 2).tasks] == [None, "0", "1", "0", None]
    assert keeping(plan_of(source, 2)) == ["a-0"]


def test_a_result_that_nobody_reads_is_not_kept() -> None:
    source = Source(name="in")
    on_gpu("a")(source)
    assert keeping(plan_of(source, 1)) == []


def test_a_parent_that_is_read_twice_is_read_by_one_node() -> None:
    source = Source(name="in")
    a = on_gpu("a")(source)
    Sink(name="out")(on_gpu("b")(a, a))
    assert keeping(plan_of(source, 1)) == ["a-0"]


def test_the_plan_says_it_in_words() -> None:
    source = Source(name="in")
    Sink(name="out")(on_gpu("b")(on_gpu("a")(source)))
    text = str(plan_of(source, 1))
    assert "gpu 0 (0.5 of it), results stay there" in text
    assert "shared memory and GPUs: about" in text
    text = str(plan_of(source, 1, gpu_ipc=False))
    assert "stay there" not in text
    assert "shared memory: about" in text
