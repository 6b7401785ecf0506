"""Which nodes a replay runs, and what it says of the others."""

from __future__ import annotations

import pytest

from daskflow import Flow, FunctionProcessorNode, ProcessorNode, TaskModuleNode
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.producers import IntProducer
from daskflow.replay.part import Part, part_below
from daskflow.replay.rewiring import flow_of_part


class Named(ProcessorNode):
    def __init__(self, name: str, **options) -> None:
        super().__init__(name=name, **options)
        self.kept = [name]

    def process(self, *values):
        return values

    def __getstate__(self):
        return {**super().__getstate__(), "kept": None}


def flow_with(**parents: str) -> Flow:
    """Nodes by name, each with the names of its parents; those without are producers."""
    nodes: dict = {}
    for name, above in parents.items():
        if above:
            nodes[name] = Named(name)(*(nodes[parent] for parent in above.split()))
        else:
            nodes[name] = IntProducer(name=name)
    return Flow([node for name, node in nodes.items() if not parents[name]], name="street", queue_size=3)


def part_of(flow: Flow, name: str) -> Part:
    return part_below(next(node for node in flow.nodes if node.name == name), flow.nodes)


def names(nodes) -> list[str]:
    return [node.name for node in nodes]


def test_a_chain_is_run_from_the_node_on():
    part = part_of(flow_with(a="", b="a", c="b", d="c"), "c")
    assert names(part.fed) == ["b"]
    assert names(part.members) == ["c", "d"]
    assert part.left_out == ()


def test_a_branch_beside_the_node_is_not_run_again():
    part = part_of(flow_with(a="", b="a", c="a", d="b", e="c"), "b")
    assert names(part.members) == ["b", "d"]
    assert part.reasons() == []


def test_a_join_with_the_nodes_own_parent_is_run_since_its_messages_are_there():
    part = part_of(flow_with(a="", b="a", c="a b", d="c"), "b")
    assert names(part.fed) == ["a"]
    assert names(part.members) == ["b", "c", "d"]


def test_a_diamond_below_the_node_is_whole():
    assert names(part_of(flow_with(a="", b="a", c="b", d="b", e="c d"), "b").members) == ["b", "c", "d", "e"]


def test_a_join_with_what_is_not_replayed_is_left_out_with_all_below_it():
    flow = flow_with(a="", clock="", b="a", c="b", join="c clock", below="join", both="c join")
    part = part_of(flow, "b")
    assert names(part.members) == ["b", "c"]
    assert part.reasons() == [
        "join is left out: it joins with clock, which is not replayed",
        "below is left out: it is below join",
        "both is left out: it joins with join, which is left out too",
    ]


def test_one_parent_twice_is_fed_once():
    flow = flow_with(a="", b="a", c="b b a")
    part = part_of(flow, "c")
    assert names(part.fed) == ["b", "a"]
    made = flow_of_part(part, flow, lambda index, name: IntProducer(index, name=name))
    (copied,) = [node for node in made.nodes if node.name == "c"]
    assert names(copied.parents) == ["b_letters", "b_letters", "a_letters"]


@pytest.fixture
def made():
    flow = flow_with(a="", b="a", c="b")
    before = [(node, node.parents, node.children) for node in flow.nodes]
    part = part_of(flow, "b")
    return flow, before, flow_of_part(part, flow, lambda index, name: IntProducer(index, name=name))


def test_the_users_flow_stays_as_it_was(made):
    flow, before, _ = made
    assert [(node, node.parents, node.children) for node in flow.nodes] == before


def test_the_new_flow_has_copies_wired_alike(made):
    flow, _, new = made
    assert names(new.nodes) == ["a_letters", "b", "c"]
    assert [names(node.parents or []) for node in new.nodes] == [[], ["a_letters"], ["b"]]
    assert not set(new.nodes) & set(flow.nodes)
    assert (new.flow_type, new.name, new.queue_size) == ("batch", "street", 3)
    assert new.nodes[1].kept == ["b"], "what stays with the caller is copied too"


def test_a_name_that_is_taken_is_made_another():
    flow = flow_with(a="", b="a", a_letters="b")
    made = flow_of_part(part_of(flow, "b"), flow, lambda index, name: IntProducer(index, name=name))
    assert names(made.nodes) == ["a_letters_", "b", "a_letters"]


def test_modules_functions_and_consumers_are_copied_whole():
    numbers = IntProducer(name="numbers")
    first = Named("first")(numbers)
    last = FunctionProcessorNode(lambda value: value, name="last")(first)
    module = TaskModuleNode(first, last, name="module")
    VoidConsumer(name="void")(module)
    collected = CollectConsumer(name="collected")(module)
    flow = Flow([numbers])
    made = flow_of_part(part_of(flow, "module"), flow, lambda index, name: IntProducer(index, name=name))
    assert names(made.nodes) == ["numbers_letters", "module", "void", "collected"]
    copied = made.nodes[1]
    assert isinstance(copied, TaskModuleNode)
    assert copied.process(1) == (1,)
    assert made.plan().flow_type == "batch"
    assert first._module is module
    assert collected.parents == [module]
