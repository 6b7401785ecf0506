from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from daskflow.core.context import Context
from daskflow.core.graph import GraphEngine
from daskflow.core.node import (
    ConsumerNode,
    FunctionProcessorNode,
    Node,
    OneTaskProcessorNode,
    ProcessorNode,
    ProducerNode,
    TaskModuleNode,
)
from daskflow.errors import DaskflowError, GraphError
from tests.unit.core.nodes import Many, One, Sink, Source, Stateful, Two, WithContext


class TestAccepted:
    def test_chain(self) -> None:
        source = Source()
        node = One()(source)
        sink = Sink()(node)
        assert GraphEngine([source], [sink]).topological_sort() == [source, node, sink]

    def test_no_consumers(self) -> None:
        source = Source()
        node = One()(source)
        assert GraphEngine([source]).topological_sort() == [source, node]

    def test_lone_producer(self) -> None:
        source = Source()
        assert GraphEngine([source]).topological_sort() == [source]

    def test_dead_end_is_part_of_the_graph(self) -> None:
        source = Source()
        sink = Sink()(source)
        dead_end = One()(source)
        assert set(GraphEngine([source], [sink]).topological_sort()) == {source, sink, dead_end}

    def test_processor_named_as_consumer(self) -> None:
        source = Source()
        node = One()(source)
        assert node in GraphEngine([source], [node]).topological_sort()

    def test_unnamed_producer_is_found_above_a_join(self) -> None:
        first, second = Source(), Source()
        sink = Sink()(Two()(first, second))
        assert set(GraphEngine([first], [sink]).topological_sort()) >= {first, second, sink}

    def test_several_producers_and_one_given_twice(self) -> None:
        first, second = Source(), Source()
        Sink()(Two()(first, second))
        order = GraphEngine([first, second, first]).topological_sort()
        assert len(order) == 4

    def test_separate_parts(self) -> None:
        first, second = Source(), Source()
        sinks = [Sink()(first), Sink()(second)]
        assert len(GraphEngine([first, second], sinks).topological_sort()) == 4

    def test_module_and_its_members_as_consumers(self) -> None:
        source = Source()
        entry = One()(source)
        exit_node = One()(entry)
        module = TaskModuleNode(entry, exit_node)
        assert GraphEngine([source], [module]).topological_sort() == [source, module]
        assert GraphEngine([source], [exit_node]).topological_sort() == [source, module]

    def test_answer_is_a_copy(self) -> None:
        source = Source()
        engine = GraphEngine([source])
        engine.topological_sort().clear()
        engine.names.clear()
        assert engine.topological_sort() == [source]
        assert engine.names == {source: "source"}


def test_error_is_a_value_error() -> None:
    assert issubclass(GraphError, ValueError)
    assert issubclass(GraphError, DaskflowError)


class TestRoots:
    def test_none(self) -> None:
        with pytest.raises(GraphError, match="at least one producer"):
            GraphEngine([])

    def test_node_without_list(self) -> None:
        source = Source("cam")
        with pytest.raises(GraphError, match=r"\[cam\]"):
            GraphEngine(source)  # type: ignore[arg-type]
        with pytest.raises(GraphError, match=r"consumers.*\[end\]"):
            GraphEngine([source], Sink("end")(source))  # type: ignore[arg-type]

    @pytest.mark.parametrize("root", [One(name="root"), Sink("root"), "root"])
    def test_no_producer(self, root: Any) -> None:
        with pytest.raises(GraphError, match=r"root.*no ProducerNode"):
            GraphEngine([root])

    def test_processor_without_parents_elsewhere(self) -> None:
        source, orphan = Source(), One(name="orphan")
        Sink()(Two()(source, orphan))
        with pytest.raises(GraphError, match="orphan has no parents and is no producer"):
            GraphEngine([source])

    def test_wired_to_no_parent(self) -> None:
        source, orphan = Source(), Many(name="orphan")()
        Sink()(source, orphan)
        with pytest.raises(GraphError, match="orphan has no parents"):
            GraphEngine([source])


class TestKinds:
    def test_producer_with_parents(self) -> None:
        first = Source("first")
        second = Source("second")(first)
        with pytest.raises(GraphError, match="second has parents"):
            GraphEngine([second])

    def test_consumer_as_parent(self) -> None:
        source = Source()
        sink = Sink("end")(source)
        One(name="after")(sink)
        with pytest.raises(GraphError, match="consumer end is a parent of after"):
            GraphEngine([source])

    def test_bare_node(self) -> None:
        source = Source()
        Node("bare")(source)
        with pytest.raises(GraphError, match="bare is of type Node: derive"):
            GraphEngine([source])


class TestConsumers:
    def test_unwired(self) -> None:
        with pytest.raises(GraphError, match="end is not below"):
            GraphEngine([Source()], [Sink("end")])

    def test_below_another_producer(self) -> None:
        with pytest.raises(GraphError, match="end is not below"):
            GraphEngine([Source()], [Sink("end")(Source())])

    def test_no_node(self) -> None:
        with pytest.raises(GraphError, match="'end'"):
            GraphEngine([Source()], ["end"])  # type: ignore[list-item]


class TestCycles:
    def test_named_in_order(self) -> None:
        source, entry = Source("s"), Many(name="entry")
        back = One(name="back")(entry)
        entry(source, back)
        with pytest.raises(GraphError, match="cycle: entry -> back -> entry"):
            GraphEngine([source])

    def test_of_one(self) -> None:
        source, node = Source("s"), Many(name="loop")
        node(source, node)
        with pytest.raises(GraphError, match="loop -> loop"):
            GraphEngine([source])


class TestSignatures:
    @pytest.mark.parametrize(
        ("node", "parents", "words"),
        [
            (One(name="x"), 2, "x has 2 parents but its process.. takes 1 input$"),
            (Two(name="x"), 1, "x has 1 parent but its process.. takes 2 inputs"),
            (WithContext(name="x"), 2, "x has 2 parents but its process.. takes 1 input$"),
            (FunctionProcessorNode(lambda a, b: a, name="x"), 1, "x has 1 parent .* takes 2 inputs"),
            (FunctionProcessorNode(lambda a, ctx: a, name="x"), 2, "x has 2 parents .* takes 1 input$"),
            (FunctionProcessorNode(lambda a, b, *c: a, name="x"), 1, "x has 1 parent .* takes at least 2"),
            (FunctionProcessorNode(lambda a, b=0: a, name="x"), 3, "x has 3 parents .* takes 1 to 2 inputs"),
        ],
    )
    def test_refused(self, node: Node, parents: int, words: str) -> None:
        sources = [Source() for _ in range(parents)]
        node(*sources)
        with pytest.raises(GraphError, match=words):
            GraphEngine(sources)

    @pytest.mark.parametrize(
        ("node", "parents"),
        [
            (Many(), 1),
            (Many(), 3),
            (WithContext(), 1),
            (FunctionProcessorNode(lambda a: a), 1),
            (FunctionProcessorNode(lambda a, ctx: a), 1),
            (FunctionProcessorNode(lambda a, b=0: a), 1),
            (FunctionProcessorNode(lambda *a, ctx=None: a), 3),
            (FunctionProcessorNode(partial(lambda a, *, scale: a, scale=2)), 1),
            (FunctionProcessorNode(max), 2),
        ],
    )
    def test_accepted(self, node: Node, parents: int) -> None:
        sources = [Source() for _ in range(parents)]
        node(*sources)
        assert node in GraphEngine(sources).topological_sort()

    def test_producer_and_consumer(self) -> None:
        class Wants(ProducerNode):
            def next(self, camera: int) -> int:
                return camera

        class Single(ConsumerNode):
            def consume(self, item: Any, ctx: Context) -> None: ...

        with pytest.raises(GraphError, match="greedy has 0 parents but its next"):
            GraphEngine([Wants("greedy")])
        source = Source()
        Single("single")(source, source)
        with pytest.raises(GraphError, match="single has 2 parents but its consume"):
            GraphEngine([source])

    def test_keyword_that_nothing_gives(self) -> None:
        source = Source()
        FunctionProcessorNode(lambda a, *, scale: a, name="scaled")(source)
        with pytest.raises(GraphError, match="scaled needs the keyword 'scale'"):
            GraphEngine([source])

    def test_module_answers_for_its_entry_and_members(self) -> None:
        source = Source()
        entry = Two(name="entry")(source)
        TaskModuleNode(entry, One()(entry), name="module")
        with pytest.raises(GraphError, match=r"module has 1 parent but its process.. takes 2"):
            GraphEngine([source])

        source = Source()
        first = One()(source)
        TaskModuleNode(first, Two(name="inner")(first))
        with pytest.raises(GraphError, match=r"inner has 1 parent but its process.. takes 2"):
            GraphEngine([source])


class TestTasks:
    @pytest.mark.parametrize("nb_tasks", [0, -1, 1.5, "2"])
    def test_number(self, nb_tasks: Any) -> None:
        source = Source()
        One(nb_tasks, name="x")(source)
        with pytest.raises(GraphError, match="x has nb_tasks="):
            GraphEngine([source])

    def test_producer_runs_as_one(self) -> None:
        with pytest.raises(GraphError, match="cam has nb_tasks=2: producers and consumers"):
            GraphEngine([Source("cam", nb_tasks=2)])

    def test_consumer_runs_as_one(self) -> None:
        source = Source()
        Sink("end", nb_tasks=3)(source)
        with pytest.raises(GraphError, match="end has nb_tasks=3"):
            GraphEngine([source])


class TestNames:
    def test_duplicates(self) -> None:
        source = Source()
        One(name="same")(One(name="same")(source))
        with pytest.raises(GraphError, match="two nodes are called 'same'"):
            GraphEngine([source])

    def test_made_from_class_or_function(self) -> None:
        class HTTPReader(OneTaskProcessorNode):
            def process(self, item: Any) -> Any:
                return item

        def grey(item: Any) -> Any:
            return item

        source = Source()
        nodes = [
            WithContext()(source),
            HTTPReader()(source),
            FunctionProcessorNode(grey)(source),
            FunctionProcessorNode(lambda a: a)(source),
            Stateful()(source),
        ]
        names = GraphEngine([source]).names
        expected = ["with_context", "http_reader", "grey", "lambda", "stateful"]
        assert [names[node] for node in nodes] == expected

    def test_made_ones_evade_each_other_and_the_given(self) -> None:
        source = Source()
        a, b, c = One()(source), One()(source), One(name="one_2")(source)
        names = GraphEngine([source]).names
        assert (names[a], names[b], names[c]) == ("one", "one_3", "one_2")

    def test_processor_base_class_cannot_hide(self) -> None:
        source = Source()
        node = ProcessorNode(name="plain")(source)
        assert GraphEngine([source]).names[node] == "plain"
