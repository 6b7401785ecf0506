"""Which neighbours are fused, which are not and why, and what a plan with a chain says."""

from __future__ import annotations

import pytest

from daskflow import (
    BATCH,
    GPU,
    BatchProcessorNode,
    ConsumerNode,
    Flow,
    FunctionProcessorNode,
    OneTaskProcessorNode,
    ProcessorNode,
    ProducerNode,
)
from daskflow.core.graph import GraphEngine
from daskflow.core.node import FusedNode
from daskflow.errors import OptionError
from daskflow.options import FlowOptions
from daskflow.plan import fusable_chains, fused_run
from daskflow.processors import IdentityProcessor, JoinerProcessor


class Source(ProducerNode):
    def next(self):
        raise StopIteration


class Cheap(ProcessorNode):
    is_cheap = True

    def process(self, value):
        return value


class Costly(Cheap):
    is_cheap = False


class State(OneTaskProcessorNode):
    is_cheap = True

    def process(self, value):
        return value


class Kept(Cheap):
    def snapshot(self): ...

    def restore(self, state): ...


class Batch(BatchProcessorNode):
    is_cheap = True

    def process_batch(self, values):
        return values


class Only(Cheap):
    devices = (GPU,)


class Sink(ConsumerNode):
    def consume(self, value):
        pass


def chain(*nodes, **options) -> Flow:
    source = Source(name="in")
    last = source
    for node, name in zip(nodes, "abcdefgh", strict=False):
        node._name = name
        last = node(last)
    return Flow([source], [Sink(name="out")(last)], BATCH, **options)


def chains(flow, costs=None, overrides=None, **options):
    return fusable_chains(flow._graph, flow.options(overrides=overrides).nodes, costs, **options)


def names(flow, **options) -> list[str]:
    return [node.name for node in flow.plan(**options).nodes]


def test_cheap_neighbours_are_one_chain():
    assert chains(chain(Cheap(), Cheap(), Costly(), Cheap(), Cheap(), Cheap())) == (
        ("a", "b"),
        ("d", "e", "f"),
    )


def test_one_alone_is_none():
    assert chains(chain(Cheap(), Costly(), Cheap())) == ()


@pytest.mark.parametrize(
    "other",
    [
        State(),
        Kept(),
        Only(),
        Cheap(1, GPU),
        Cheap(2),
        Batch(4),
        Cheap(queue_size=4),
        Cheap(env={"A": "1"}),
        Cheap(resources={"disk": 1}),
        Cheap(memory_limit="1GB"),
        Cheap(process_timeout_s=1.0),
        Cheap(on_error="skip"),
        Cheap(retries=1),
        Cheap(max_restarts=1),
        Cheap(cpu_threads=2),
    ],
    ids=lambda node: type(node).__name__,
)
def test_what_stays_alone(other):
    assert chains(chain(Cheap(), other)) == ()


def test_options_that_all_share_are_no_reason():
    options = {"env": {"A": "1"}, "on_error": "skip", "process_timeout_s": 2.0, "memory_limit": "1GB"}
    assert chains(chain(Cheap(**options), Cheap(**options))) == (("a", "b"),)
    assert chains(chain(Cheap(), Cheap()), overrides={"b": {"retries": 2}}) == ()


def test_the_queue_of_a_chain_is_that_of_its_first():
    plan = chain(Cheap(queue_size=20), Cheap(), fuse="auto").plan()
    assert plan.edges[0].capacity > chain(Cheap(), Cheap(), fuse="auto").plan().edges[0].capacity


def test_forks_and_joins_end_a_chain():
    source = Source(name="in")
    a = Cheap(name="a")(source)
    b = Cheap(name="b")(a)
    left, right = Cheap(name="left")(b), Cheap(name="right")(b)
    more = Cheap(name="more")(left)
    join = JoinerProcessor(name="join")(more, right)
    after = Cheap(name="after")(join)
    flow = Flow([source], [Sink(name="x")(after), Sink(name="y")(after)], BATCH, fuse="auto")
    assert chains(flow) == (("a", "b"), ("left", "more"), ("join", "after"))
    plan = flow.plan()
    parents = {node.name: node.parents for node in plan.nodes}
    assert parents == {
        "in": (),
        "a+b": ("in",),
        "left+more": ("a+b",),
        "right": ("a+b",),
        "join+after": ("left+more", "right"),
        "x": ("join+after",),
        "y": ("join+after",),
    }


def test_the_same_parent_twice_is_no_chain():
    source = Source(name="in")
    twice = FunctionProcessorNode(lambda x, y: x, name="twice")
    a = Cheap(name="a")(source)
    twice.is_cheap = True
    flow = Flow([source], [Sink(name="out")(twice(a, a))], BATCH)
    assert chains(flow) == ()


class TestCosts:
    flow = staticmethod(lambda: chain(Costly(), Costly(), Costly(), Costly()))

    def test_what_takes_no_longer_than_a_hop_is_cheap(self):
        costs = {"a": 1e-4, "b": 1e-4, "c": 4e-4, "d": 1e-4}
        assert chains(self.flow(), costs, hop_s=3e-4) == (("a", "b"),)
        assert chains(self.flow(), costs, hop_s=5e-4) == (("a", "b"), ("c", "d"))

    def test_a_chain_takes_no_longer_than_a_hop_or_the_slowest_node(self):
        costs = dict.fromkeys("abcd", 2e-4)
        assert chains(self.flow(), costs, hop_s=5e-4) == (("a", "b"), ("c", "d"))
        assert chains(self.flow(), {**costs, "out": 7e-4}, hop_s=5e-4) == (("a", "b", "c"),)
        assert chains(self.flow(), {**costs, "in": 1e-2}, hop_s=5e-4) == (("a", "b", "c", "d"),)

    def test_tasks_share_the_work(self):
        flow = chain(Costly(2), Costly(2), Costly(2))
        assert chains(flow, dict.fromkeys("abc", 3e-4), hop_s=5e-4) == (("a", "b", "c"),)

    def test_of_what_nobody_knows_is_left_alone(self):
        assert chains(chain(Cheap(), Cheap(), Cheap()), {"a": 0.0, "b": 0.0}) == (("a", "b"),)

    def test_nodes_are_as_good_as_names(self):
        flow = self.flow()
        assert chains(flow, dict.fromkeys(flow.nodes, 0.0)) == (("a", "b", "c", "d"),)


class TestExplicit:
    def test_what_is_said_is_done_cheap_or_not(self):
        flow = chain(Costly(), Costly(), Costly(), Costly(), fuse=[("a", "b"), ["c", "d"]])
        assert names(flow) == ["in", "a+b", "c+d", "out"]

    @pytest.mark.parametrize(
        ("other", "words"),
        [
            (State(), r"b keeps state"),
            (
                Cheap(2),
                r"a and b have different options: nb_tasks is 1 for one and 2 for the other; .* 'a\+b' is",
            ),
            (Cheap(queue_size=4), r"b has queue_size=4, and there is no queue inside of a chain"),
            (Batch(8), r"b works on 8 messages at a time"),
            (Cheap(1, GPU), r"b wants a GPU"),
            (
                Cheap(on_error="skip"),
                r"a and b have different options: on_error is 'fail' for one and 'skip'",
            ),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_reason(self, other, words):
        with pytest.raises(OptionError, match=rf"fuse: a \+ b cannot run as one task: {words}"):
            chain(Cheap(), other, fuse=[("a", "b")]).plan()

    @pytest.mark.parametrize(
        ("fuse", "words"),
        [
            ([("a", "bb")], "no node 'bb'"),
            ([("a", "c")], "c does not read a"),
            ([("a", "b"), ("b", "c")], "'b' is named twice"),
            ([("a", "a")], "'a' is named twice"),
            ([("in", "a")], "in is a Source, and only processors are fused"),
            ([("c", "out")], "out is a Sink"),
        ],
    )
    def test_so_is_what_makes_no_sense(self, fuse, words):
        with pytest.raises(OptionError, match=words):
            chain(Cheap(), Cheap(), Cheap(), fuse=fuse).plan()

    def test_who_else_reads_a_member_is_named(self):
        source = Source(name="in")
        a = Cheap(name="a")(source)
        b, c = Cheap(name="b")(a), Cheap(name="c")(a)
        flow = Flow([source], [Sink(name="x")(b), Sink(name="y")(c)], fuse=[("a", "b")])
        with pytest.raises(OptionError, match="c reads a too"):
            flow.plan()

    @pytest.mark.parametrize("fuse", ["all", [["a"]], ["ab"], [[1, 2]], 3, True])
    def test_the_form(self, fuse):
        with pytest.raises((TypeError, ValueError), match="fuse"):
            chain(Cheap(), Cheap(), fuse=fuse)


def test_nothing_is_fused_unless_somebody_says_so():
    flow = chain(Cheap(), Cheap())
    assert names(flow) == ["in", "a", "b", "out"]
    assert names(flow, overrides={"flow": {"fuse": "auto"}}) == ["in", "a+b", "out"]


def test_the_users_graph_is_as_it_was():
    flow = chain(Cheap(), Cheap(), fuse="auto")
    nodes = flow.nodes
    before = {node: (node.parents, node.children, node._module) for node in nodes}
    graph, options = fused_run(flow._graph, flow.options())
    assert {node: (node.parents, node.children, node._module) for node in nodes} == before
    assert flow.nodes == nodes
    assert names(flow, overrides={"flow": {"fuse": None}}) == ["in", "a", "b", "out"]
    fused = graph.topological_sort()[1]
    assert isinstance(fused, FusedNode)
    assert fused.members == nodes[1:3]
    assert list(options.nodes) == ["in", "a+b", "out"]
    assert graph.parents_of(fused) == [nodes[0]]
    assert graph.parents_of(nodes[3]) == [fused]


def test_a_name_that_is_taken_is_not_taken_twice():
    source = Source(name="in")
    b = Cheap(name="b")(Cheap(name="a")(source))
    flow = Flow([source], [Sink(name="a+b")(b)], fuse="auto")
    assert names(flow) == ["in", "a+b+", "a+b"]


def test_overrides_by_the_name_of_the_chain():
    graph = GraphEngine([chain(Cheap(), Cheap()).nodes[0]])
    options = FlowOptions.of(graph.names, {}, {"a+b": {"nb_tasks": 3}, "a": {"cpu_threads": 2}})
    assert [options.nodes[name].nb_tasks for name in "ab"] == [3, 3]
    assert [options.nodes[name].cpu_threads for name in "ab"] == [2, None]
    with pytest.raises(OptionError, match="nb_tasks of node 'a' is said twice"):
        FlowOptions.of(graph.names, {}, {"a+b": {"nb_tasks": 3}, "a": {"nb_tasks": 2}})
    with pytest.raises(OptionError, match=r"no node 'a\+x'"):
        FlowOptions.of(graph.names, {}, {"a+x": {"nb_tasks": 3}})


def test_what_the_plan_says():
    flow = chain(Cheap(), Cheap(), Cheap(), fuse="auto")
    plan = flow.plan()
    assert plan.nodes[1].members == ("a", "b", "c")
    text = str(plan)
    assert "processor, 3 fused" in text
    assert "fused: a, b, c run one after the other in each task of a+b+c: 2 fewer hops" in text
    assert "3 fused" in plan._repr_html_()
    assert "3 fused" in flow.visualize(format="svg")
    unfused = flow.plan(overrides={"flow": {"fuse": None}})
    assert plan.most_frames < unfused.most_frames
    assert "fused" not in str(unfused)


def test_nodes_of_the_library_that_are_cheap():
    assert IdentityProcessor().is_cheap
    assert not IdentityProcessor(fps=10).is_cheap  # a stand-in for work
    assert JoinerProcessor().is_cheap
