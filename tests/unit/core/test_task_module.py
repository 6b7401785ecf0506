from __future__ import annotations

import pickle
from typing import Any

import pytest

from daskflow.core.constants import GPU, SKIP
from daskflow.core.context import Context
from daskflow.core.graph import GraphEngine
from daskflow.core.node import FunctionProcessorNode, Node, ProcessorNode, TaskModuleNode
from tests.unit.core.nodes import Many, One, Sink, Source, Stateful, Two, wiring


class Add(ProcessorNode):
    """Adds, and keeps a diary of its life."""

    def __init__(self, amount: int, diary: list[str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.amount = amount
        self.diary = diary if diary is not None else []

    def open(self) -> None:
        self.diary.append(f"open {self.name}")

    def process(self, item: int) -> int:
        return item + self.amount

    def close(self) -> None:
        self.diary.append(f"close {self.name}")


def times(a: int, b: int) -> int:
    return a * b


class TestRelinking:
    def test_module_takes_the_place_of_its_members(self) -> None:
        first, second = Source("a"), Source("b")
        entry = Two(name="entry")(first, second)
        exit_node = One(name="exit")(entry)
        after = Two(name="after")(exit_node, second)
        module = TaskModuleNode(entry, exit_node, nb_tasks=3, name="module")
        assert module.parents == [first, second]
        assert first.children == {module}
        assert second.children == {module, after}
        assert module.children == {after}
        assert after.parents == [module, second]
        assert exit_node.children == set()
        assert GraphEngine([first]).topological_sort()[-2:] == [module, after]

    def test_reader_of_the_exit_twice(self) -> None:
        source = Source()
        node = One()(source)
        after = Two()(node, node)
        module = TaskModuleNode(node, node)
        assert after.parents == [module, module]

    def test_same_parent_twice(self) -> None:
        source = Source()
        entry = Two()(source, source)
        module = TaskModuleNode(entry, entry)
        assert module.parents == [source, source]
        assert source.children == {module}

    def test_made_before_wiring(self) -> None:
        entry = One()
        exit_node = One()(entry)
        module = TaskModuleNode(entry, exit_node)
        source = Source()
        sink = Sink()(module(source))
        assert GraphEngine([source], [sink]).topological_sort() == [source, module, sink]

    def test_members_are_in_order_of_calling(self) -> None:
        entry = One(name="entry")
        left, right = One(name="left")(entry), One(name="right")(entry)
        exit_node = Two(name="exit")(left, right)
        assert TaskModuleNode(entry, exit_node).members == [entry, left, right, exit_node]

    def test_members_can_no_longer_be_wired(self) -> None:
        entry = One(name="entry")
        exit_node = One(name="exit")(entry)
        TaskModuleNode(entry, exit_node, name="module")
        with pytest.raises(RuntimeError, match="exit is inside module: use the module as parent"):
            Sink()(exit_node)
        with pytest.raises(RuntimeError, match="entry is inside module: wire the module"):
            entry(Source())

    def test_takes_over_what_its_members_need(self) -> None:
        entry = One()
        stateful = Stateful()(entry)
        stateful.writable_inputs = True
        module = TaskModuleNode(entry, stateful)
        assert module.writable_inputs
        assert not module.resumable
        plain = One()
        assert TaskModuleNode(plain, plain).resumable


class TestProcessing:
    def test_chain_and_diamond(self) -> None:
        entry = Add(1)
        left, right = Add(10)(entry), Add(100)(entry)
        exit_node = FunctionProcessorNode(times)(left, right)
        module = TaskModuleNode(entry, exit_node)
        assert module.process(4) == 15 * 105

    def test_entry_with_two_inputs(self) -> None:
        entry = FunctionProcessorNode(times)
        assert TaskModuleNode(entry, Add(1)(entry)).process(3, 4) == 13

    def test_branch_without_end_does_not_disturb(self) -> None:
        entry = Add(1)
        dead_end = Add(5)(entry)
        exit_node = Add(2)(entry)
        module = TaskModuleNode(entry, exit_node)
        assert dead_end in module.members
        assert module.process(0) == 3

    def test_skip_passes_through(self) -> None:
        called: list[Any] = []

        def note(item: Any) -> Any:
            called.append(item)
            return item

        entry = FunctionProcessorNode(lambda item: SKIP if item < 0 else item)
        module = TaskModuleNode(entry, FunctionProcessorNode(note)(entry))
        assert module.process(-1) is SKIP
        assert called == []
        assert module.process(1) == 1

    def test_none_is_a_value(self) -> None:
        entry = FunctionProcessorNode(lambda item: None)
        assert (
            TaskModuleNode(entry, FunctionProcessorNode(lambda item: item is None)(entry)).process(1) is True
        )

    def test_context_reaches_methods_and_functions(self) -> None:
        ctx = Context("flow", "run", "module")
        entry = FunctionProcessorNode(lambda item, ctx: (item, ctx.node_name))
        exit_node = FunctionProcessorNode(lambda item, ctx: (*item, ctx.run_id))(entry)
        assert TaskModuleNode(entry, exit_node).process(1, ctx=ctx) == (1, "module", "run")

    def test_open_and_close_in_turn(self) -> None:
        diary: list[str] = []
        entry = Add(1, diary, name="a")
        module = TaskModuleNode(entry, Add(1, diary, name="b")(entry))
        module.open()
        module.close()
        assert diary == ["open a", "open b", "close b", "close a"]

    def test_all_are_closed_and_the_first_failure_is_raised(self) -> None:
        class Bad(Add):
            def close(self) -> None:
                super().close()
                raise OSError(f"close of {self.name}")

        diary: list[str] = []
        entry = Bad(1, diary, name="a")
        module = TaskModuleNode(entry, Bad(1, diary, name="b")(entry))
        with pytest.raises(OSError, match="close of b"):
            module.close()
        assert diary == ["close b", "close a"]

    def test_works_after_the_journey_to_a_worker(self) -> None:
        entry = Add(1)
        left, right = Add(10)(entry), Add(100)(entry)
        module = TaskModuleNode(entry, FunctionProcessorNode(times)(left, right))
        module(Source())
        copy = pickle.loads(pickle.dumps(module))
        assert copy.process(4) == 15 * 105
        assert copy.parents is None


def _gpu_member() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry = One()(source)
    member = One(device_type=GPU, name="culprit")(entry)
    exit_node = One()(member)
    return entry, exit_node, 1, [source, entry, member, exit_node]


def _stateful_copied() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry = One()(source)
    exit_node = Stateful(name="culprit")(entry)
    return entry, exit_node, 2, [source, entry, exit_node]


def _not_below() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry, other = One(name="entry")(source), One(name="culprit")(source)
    return entry, other, 1, [source, entry, other]


def _wrong_way_round() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry = One(name="culprit")(source)
    exit_node = One()(entry)
    return exit_node, entry, 1, [source, entry, exit_node]


def _parent_outside() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry = One()(source)
    exit_node = Two(name="culprit")(entry, source)
    return entry, exit_node, 1, [source, entry, exit_node]


def _consumer_inside() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry = One()(source)
    sink = Sink("culprit")(entry)
    exit_node = One()(entry)
    return entry, exit_node, 1, [source, entry, sink, exit_node]


def _producer_as_entry() -> tuple[Any, Any, int, list[Node]]:
    source = Source("culprit")
    exit_node = One()(source)
    return source, exit_node, 1, [source, exit_node]


def _nested() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    inner = One()(source)
    module = TaskModuleNode(inner, inner, name="culprit")
    after = One()(module)
    return module, after, 1, [source, module, after]


def _member_of_another() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    inner = One(name="culprit")(source)
    module = TaskModuleNode(inner, inner)
    return inner, inner, 1, [source, inner, module]


def _cycle() -> tuple[Any, Any, int, list[Node]]:
    source, entry = Source(), Many(name="culprit")
    exit_node = One()(entry)
    entry(source, exit_node)
    return entry, exit_node, 1, [source, entry, exit_node]


def _reader_of_the_exit_inside() -> tuple[Any, Any, int, list[Node]]:
    source = Source()
    entry = One()(source)
    exit_node = One(name="exit")(entry)
    both = Two(name="culprit")(entry, exit_node)
    return entry, exit_node, 1, [source, entry, exit_node, both]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (_gpu_member, "wants a GPU"),
        (_stateful_copied, "keeps state"),
        (_not_below, "is not below entry"),
        (_wrong_way_round, "is not below"),
        (_parent_outside, "which is outside"),
        (_consumer_inside, "is no processor"),
        (_producer_as_entry, "is no processor"),
        (_nested, "modules are not nested"),
        (_member_of_another, "modules are not nested"),
        (_cycle, "cycle"),
        (_reader_of_the_exit_inside, "the exit of the module"),
    ],
)
def test_refusals_name_the_node_and_change_nothing(case: Any, words: str) -> None:
    entry, exit_node, nb_tasks, nodes = case()
    before = wiring(*nodes)
    with pytest.raises(ValueError, match=words) as caught:
        TaskModuleNode(entry, exit_node, nb_tasks)
    assert "culprit" in str(caught.value)
    assert wiring(*nodes) == before
