"""Fused chains against the same flows unfused: nobody but who counts hops can tell them apart."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings

from daskflow import BATCH, REALTIME, SKIP, Flow, FunctionProcessorNode, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.core.context import Context
from daskflow.deadletters import DeadLetterFolder
from daskflow.errors import NodeError, TaskLostError
from daskflow.plan import fusable_chains
from daskflow.replay import replays
from daskflow.testing import Delay, Fail, Given, Hang, Kill, SimulationResult, simulate
from tests.simulated.random_chains import ChainCase, chain_cases

EXAMPLES = int(os.environ.get("DASKFLOW_EXAMPLES", "25"))


def all_chains(flow: Flow) -> list[tuple[str, ...]]:
    """Whatever can be fused, worth it or not."""
    settings = flow.options().nodes
    return list(fusable_chains(flow._graph, settings, dict.fromkeys(settings, 0.0)))


def total(result: SimulationResult, names: Any, count: str) -> int:
    return sum(getattr(result.metrics[name], count) for name in names)


@pytest.mark.timeout(0 if "DASKFLOW_EXAMPLES" in os.environ else 120)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(chain_cases())
def test_fused_or_not_the_results_and_the_counts_are_the_same(case: ChainCase) -> None:
    flow = case.flow()
    chains = all_chains(flow)
    assume(chains)
    quiet = simulate(flow, seed=case.seed)
    fuse = {"flow": {"fuse": chains}}
    try:
        fused = simulate(flow, case.faults, seed=case.seed, overrides=fuse, max_restarts=100)
    except Exception as error:
        note("\n".join(getattr(error, "__notes__", [])))
        raise
    note(str(fused.story))
    assert len(quiet.metrics) - len(fused.metrics) == sum(len(chain) - 1 for chain in chains)
    for name in quiet.metrics:
        if name.startswith("c"):
            assert fused.results(name) == quiet.results(name)
    for name, node in fused.metrics.items():
        members = node.members or (name,)
        assert node.received == quiet.metrics[members[0]].received
        assert node.emitted == quiet.metrics[members[-1]].emitted
        assert node.skipped == total(quiet, members, "skipped")
        assert node.failed == total(quiet, members, "failed")


class Add(ProcessorNode):
    """Adds a number; tells what it knows of where it is."""

    def __init__(self, amount: int, diary: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._amount = amount

    def process(self, value: int, ctx: Context) -> int:
        ctx.metadata.setdefault("seen", []).append((ctx.node_name, ctx.task_name, len(ctx.parents_metadata)))
        return value + self._amount


class Seen(CollectConsumer):
    def consume(self, value: int, ctx: Context) -> Any:
        return value, ctx.metadata["seen"]


def three(count: int = 6, flow_type: str = BATCH, **options: Any) -> Flow:
    source = Given(list(range(count)), name="in")
    a = Add(1, name="a", **options)(source)
    b = Add(10, name="b", **options)(a)
    c = Add(100, name="c", **options)(b)
    return Flow([source], [Seen(name="out")(c)], flow_type, fuse=[("a", "b", "c")])


UNFUSED = {"flow": {"fuse": None}}


def test_each_member_knows_its_name_and_its_task():
    (value, seen), *_ = simulate(three()).results("out")
    assert value == 111
    assert seen == [("a", "a+b+c-0", 1), ("b", "a+b+c-0", 1), ("c", "a+b+c-0", 1)]


def test_a_flow_can_be_run_again_unfused():
    flow = three()
    assert list(simulate(flow).metrics) == ["in", "a+b+c", "out"]
    assert list(simulate(flow, overrides=UNFUSED).metrics) == ["in", "a", "b", "c", "out"]
    assert [node.name for node in flow.nodes] == ["in", "a", "b", "c", "out"]
    assert simulate(flow).metrics["b"].name == "a+b+c"


def test_a_chain_with_several_tasks():
    result = simulate(three(nb_tasks=3), seed=5)
    assert [value for value, _ in result.results("out")] == [i + 111 for i in range(6)]
    assert result.metrics["a+b+c"].nb_tasks == 3


def test_overrides_of_the_chain_are_meant_for_each_member():
    result = simulate(three(), overrides={"a+b+c": {"nb_tasks": 2}})
    assert result.metrics["a+b+c"].nb_tasks == 2


def test_a_failure_names_the_member_and_the_task():
    with pytest.raises(
        NodeError, match=r"process\(\) of node 'b' \(task a\+b\+c-0\) failed at message 3: Key"
    ) as found:
        simulate(three(), [Fail("b", at=3, error=KeyError("gone"))])
    assert (found.value.node, found.value.task, found.value.sequence_number) == ("b", "a+b+c-0", 3)
    assert isinstance(found.value.__cause__, KeyError)


@pytest.mark.parametrize("method", ["open", "close"])
def test_so_does_one_outside_of_messages(method):
    failure = simulate(three(), [Fail("b", method=method)], check=False).failure
    assert isinstance(failure, NodeError)
    assert (failure.node, failure.method, failure.task) == ("b", method, "a+b+c-0")


def test_who_was_opened_is_closed_the_last_first_whatever_raises():
    story = str(simulate(three(), [Fail("c", method="close")], check=False).story)
    assert story.index("closes c") < story.index("closes b") < story.index("closes a")
    story = str(simulate(three(), [Fail("b", method="open")], check=False).story)
    assert "closes a" in story
    assert "closes b" in story
    assert "closes c" not in story


def test_each_member_has_all_its_retries():
    faults = [Fail(name, at=2, times=2) for name in "abc"]
    result = simulate(three(on_error="retry", retries=2), faults)
    assert [value for value, _ in result.results("out")] == [i + 111 for i in range(6)]
    assert not result.missed


def test_a_member_that_skips_errors_gives_up_its_message_only(caplog):
    flow = three(on_error="skip")
    result = simulate(flow, [Fail("a", at=1), Fail("b", at=2), Fail("c", at=2), Fail("c", at=4)])
    assert [value - 111 for value, _ in result.results("out")] == [0, 3, 5]
    assert result.metrics["a+b+c"].failed == 3
    assert [fault.target for fault in result.missed] == ["c"]  # of a message that b had given up
    said = [record.getMessage() for record in caplog.records]
    assert [sum(f"node {name!r}" in words for words in said) for name in "abc"] == [1, 1, 1]


def test_the_first_and_the_last_may_have_several_neighbours():
    source = Given([1, 2, 3], name="in")
    one, two = Add(0, name="one")(source), Add(5, name="two")(source)
    join = FunctionProcessorNode(lambda x, y: x * y, name="join")(one, two)
    last = FunctionProcessorNode(lambda x: -x, name="last")(join)
    outs = [CollectConsumer(name=name)(last) for name in ("x", "y")]
    result = simulate(Flow([source], outs, BATCH, fuse=[("join", "last")]))
    assert result.results("x") == result.results("y") == [-6, -14, -24]


class Sum(OneTaskProcessorNode):
    def open(self) -> None:
        self._sum = 0

    def process(self, value: int) -> int:
        self._sum += value
        return self._sum


def test_in_real_time_a_chain_drops_before_its_first_member_only():
    result = simulate(three(200, REALTIME), call_s={"in": 1e-5, "a": 0.001, "b": 0.01, "c": 0.001}, seed=2)
    node = result.metrics["a+b+c"]
    assert node.dropped > 100
    assert node.received + node.dropped == 200
    assert 0.0115 < node.process_time_s < 0.0125


def test_time_limits_are_for_each_member():
    slow = {"a": 0.08, "b": 0.08, "c": 0.08}
    result = simulate(three(process_timeout_s=0.1), call_s=slow)
    assert [value for value, _ in result.results("out")] == [i + 111 for i in range(6)]
    failure = simulate(three(process_timeout_s=0.1), [Hang("b", at=3)], call_s=slow, check=False).failure
    assert isinstance(failure, NodeError)
    assert (failure.node, failure.task, failure.sequence_number) == ("b", "a+b+c-0", 3)
    assert "process() of node 'b' (task a+b+c-0) took longer than process_timeout_s=0.1" in str(failure)


def test_so_are_deaths_of_the_process():
    failure = simulate(three(), [Kill("c", at=3, times=2)], max_restarts=1, check=False).failure
    assert isinstance(failure, TaskLostError)
    assert (failure.node, failure.task) == ("c", "a+b+c-0")


def test_where_nobody_reads_a_chain_it_is_done_when_its_last_member_is():
    source = Given([1, 2, 3], name="in")
    b = Add(10, name="b")(Add(1, name="a")(source))
    flow = Flow([source], [], BATCH, fuse=[("a", "b")])
    for seed in range(6):  # before the code of b, or after it
        story = simulate(flow, [Kill("b", at=1)], seed=seed).story
        assert len([event for event in story if event.number == 1 and event.what == "b.process begins"]) == 2
    assert b.name == "b"


def test_dead_letters_are_those_of_the_member(tmp_path):
    flow = three(on_error="skip")
    simulate(flow, [Fail("b", at=2), Kill("c", at=4, times=3)], dead_letters=tmp_path, max_restarts=9)
    letters = {letter.number: letter for letter in DeadLetterFolder(tmp_path).letters()}
    assert sorted(letters) == [2, 4]
    folder = DeadLetterFolder(tmp_path)
    assert (letters[2].node, letters[2].task) == ("b", "a+b+c-0")
    assert [value for value, _ in folder.inputs(letters[2])] == [3]  # what b was given
    assert letters[4].node == "a"  # whose inputs they are: nobody knows more of a dead process
    assert "the message killed 3 processes, at last in c, to which it came by a" in letters[4].error
    assert [value for value, _ in folder.inputs(letters[4])] == [4]
    fed_back = [simulate(part.flow).results("out") for part in replays(flow, folder, letters.values())]
    assert [value for results in fed_back for value, _ in results] == [115, 113]


class Locks(ProcessorNode):
    def process(self, value: int) -> Any:
        return (i for i in range(value))


def test_what_cannot_be_pickled_fails_as_it_would_on_its_way():
    source = Given([1], name="in")
    bad = Locks(name="bad")(source)
    last = FunctionProcessorNode(list, name="last")(bad)
    flow = Flow([source], [CollectConsumer(name="out")(last)], BATCH, fuse=[("bad", "last")])
    fused = simulate(flow, check=False).failure
    unfused = simulate(flow, check=False, overrides=UNFUSED).failure
    assert isinstance(fused, NodeError)
    assert isinstance(unfused, NodeError)
    assert (fused.node, fused.method) == (unfused.node, unfused.method) == ("bad", "pickling a result")


def test_nothing_after_a_skip_is_called():
    source = Given(list(range(6)), name="in")
    odd = FunctionProcessorNode(lambda x: x if x % 2 else SKIP, name="odd")(source)
    last = FunctionProcessorNode(lambda x: 1 // (x % 2), name="last")(odd)
    flow = Flow([source], [CollectConsumer(name="out")(last)], BATCH, fuse=[("odd", "last")])
    result = simulate(flow)
    assert result.results("out") == [1, 1, 1]
    assert result.metrics["odd+last"].skipped == 3


def test_what_a_test_may_say_of_a_chain():
    flow = three()
    assert not simulate(flow, [Kill("a+b+c", at=1), Delay("in", "a", 0.1)]).missed
    with pytest.raises(ValueError, match="they run as one task"):
        simulate(flow, [Delay("a", "b", 0.1)])
    with pytest.raises(ValueError, match=r"'a\+b\+c' is a fused chain: say it of a, b, c"):
        simulate(flow, call_s={"a+b+c": 0.1})
