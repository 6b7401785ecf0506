"""A chain as one node, and the graph that it stands in."""

from __future__ import annotations

import pickle

from daskflow import SKIP, FunctionProcessorNode
from daskflow.core.graph import GraphEngine
from daskflow.core.node import FusedNode, ProcessorNode
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.testing import Given


class Add(ProcessorNode):
    def __init__(self, amount: int, name: str) -> None:
        super().__init__(name=name)
        self._amount = amount

    def process(self, value: int) -> int:
        return value + self._amount


def test_called_by_hand_it_is_its_members_in_turn():
    fused = FusedNode([Add(1, "a"), Add(10, "b")], ("a", "b"), "a+b", 1)
    assert fused.process(5) == 16
    copy = pickle.loads(pickle.dumps(fused))
    assert copy.process(5) == 16
    assert (copy.member_names, copy.name) == (("a", "b"), "a+b")


def test_what_skips_ends_it():
    skips = FunctionProcessorNode(lambda _: SKIP, name="skips")
    fails = FunctionProcessorNode(lambda value: value.absent, name="fails")
    assert FusedNode([skips, fails], ("skips", "fails"), "both", 1).process(5) is SKIP


def test_it_asks_for_its_inputs_as_its_first_member_does():
    first, last = Add(1, "a"), Add(2, "b")
    last.writable_inputs = True
    assert not FusedNode([first, last], "ab", "a+b", 1).writable_inputs
    assert FusedNode([last, first], "ba", "b+a", 1).writable_inputs


def test_a_graph_with_two_chains():
    source = Given([1], name="in")
    a, b = Add(1, "a"), Add(2, "b")
    b(a(source))
    join = JoinerProcessor(name="join")(source, b)
    last = IdentityProcessor(name="last")(join)
    graph = GraphEngine([source])
    fused = graph.fused([[a, b], [join, last]], [1, 3])
    names = fused.names
    assert list(names.values()) == ["in", "a+b", "join+last"]
    assert [node.nb_tasks for node in fused.topological_sort()] == [1, 1, 3]
    wired = {name: [names[parent] for parent in fused.parents_of(node)] for node, name in names.items()}
    assert wired == {"in": [], "a+b": ["in"], "join+last": ["in", "a+b"]}
    assert list(graph.names.values()) == ["in", "a", "b", "join", "last"]
    assert graph.parents_of(join) == [source, b] == join.parents
