from __future__ import annotations

import pickle
from typing import Any

import pytest

from daskflow.core.constants import CPU, GPU
from daskflow.core.context import Context
from daskflow.core.node import (
    CallerConsumerNode,
    ConsumerNode,
    FunctionProcessorNode,
    Node,
    OneTaskProcessorNode,
    ProcessorNode,
    ProducerNode,
)
from tests.unit.core.nodes import One, Sink, Source, Stateful, Two


class TestWiring:
    def test_calling_returns_the_node_and_links_both_ways(self) -> None:
        source, node = Source(), One()
        assert node(source) is node
        assert node.parents == [source]
        assert source.children == {node}

    def test_unwired_has_no_parents(self) -> None:
        assert One().parents is None

    def test_parents_keep_their_order(self) -> None:
        left, right = Source(), Source()
        assert Two()(right, left).parents == [right, left]

    def test_one_parent_twice(self) -> None:
        source = Source()
        node = Two()(source, source)
        assert node.parents == [source, source]
        assert source.children == {node}

    def test_twice_is_refused(self) -> None:
        source = Source()
        node = One(name="again")(source)
        with pytest.raises(RuntimeError, match=r"'?again'? has its parents already"):
            node(source)

    @pytest.mark.parametrize("parent", [None, 3, One])
    def test_parent_that_is_no_node(self, parent: Any) -> None:
        source, node = Source(), Two(name="pair")
        with pytest.raises(TypeError, match="pair"):
            node(source, parent)
        assert node.parents is None
        assert source.children == set()

    def test_lists_are_copies(self) -> None:
        source = Source()
        node = One()(source)
        assert node.parents is not None
        node.parents.clear()
        source.children.clear()
        assert node.parents == [source]
        assert source.children == {node}


class TestArguments:
    @pytest.mark.parametrize("name", ["", "  ", 3])
    def test_name(self, name: Any) -> None:
        with pytest.raises(ValueError, match="name"):
            Sink(name)

    def test_queue_size(self) -> None:
        assert Sink(queue_size=3).queue_size == 3
        assert Sink().queue_size is None
        with pytest.raises(ValueError, match="queue_size"):
            Sink(queue_size=0)

    def test_repr_is_the_name_or_the_class(self) -> None:
        assert repr(Sink("end")) == "end"
        assert repr(Sink()) == "Sink"

    def test_processor_takes_videoflow_s_positions(self) -> None:
        node = One(3, GPU, "three")
        assert (node.nb_tasks, node.device_type, node.name) == (3, GPU, "three")

    def test_one_task_processor_warns_and_stays_one(self) -> None:
        with pytest.warns(UserWarning, match=r"track.*nb_tasks=4 is ignored"):
            node = Stateful(name="track", nb_tasks=4)
        assert node.nb_tasks == 1

    @pytest.mark.parametrize("kind", [ProcessorNode, OneTaskProcessorNode])
    def test_device(self, kind: type[ProcessorNode]) -> None:
        with pytest.raises(ValueError, match="device_type"):
            kind(device_type="tpu")
        node = kind(device_type=GPU)
        node.change_device(CPU)
        assert node.device_type == CPU
        with pytest.raises(ValueError, match="device_type"):
            node.change_device("tpu")

    @pytest.mark.parametrize(
        ("node", "resumable"), [(Source(), False), (One(), True), (Stateful(), False), (Sink(), True)]
    )
    def test_who_may_be_restarted(self, node: Node, resumable: bool) -> None:
        assert node.resumable is resumable


class TestBaseMethods:
    def test_missing_methods_name_the_class(self) -> None:
        class Empty(ProducerNode): ...

        with pytest.raises(NotImplementedError, match="Empty has no next"):
            Empty().next()
        with pytest.raises(NotImplementedError, match="process"):
            ProcessorNode().process(1)
        with pytest.raises(NotImplementedError, match="consume"):
            ConsumerNode().consume(1)
        with pytest.raises(NotImplementedError, match="deliver"):
            CallerConsumerNode().deliver(1)

    def test_open_close_and_begin_run_do_nothing(self) -> None:
        node = CallerConsumerNode()
        node.begin_run()
        node.open()
        node.close()


class TestFunctionNode:
    def test_calls_the_function(self) -> None:
        assert FunctionProcessorNode(lambda a, b: a - b).process(5, 3) == 2

    def test_gives_the_context_where_it_is_taken(self) -> None:
        node = FunctionProcessorNode(lambda item, ctx: (item, ctx.node_name))
        assert node.process(1, ctx=Context("flow", "run", "here")) == (1, "here")

    def test_refuses_what_cannot_be_called(self) -> None:
        with pytest.raises(TypeError, match="callable"):
            FunctionProcessorNode(3)  # type: ignore[arg-type]

    def test_options(self) -> None:
        node = FunctionProcessorNode(str, 2, GPU, "text", queue_size=5)
        assert (node.nb_tasks, node.device_type, node.name, node.queue_size) == (2, GPU, "text", 5)
        assert FunctionProcessorNode(str, cpu_threads=2, on_error="skip").policy.skips_errors


def test_pickle_leaves_the_graph_behind() -> None:
    source = Source("source")
    node = One(name="one")(source)
    Sink()(node)
    copy = pickle.loads(pickle.dumps(node))
    assert copy.name == "one"
    assert copy.parents is None
    assert copy.children == set()
    assert node.parents == [source]
