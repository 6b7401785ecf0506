"""What a node's policy promises: errors failed, skipped or tried again, calls that take too long."""

from __future__ import annotations

from typing import Any

import pytest

from daskflow import BATCH, REALTIME, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.deadletters import DeadLetterFolder
from daskflow.errors import ClusterError, NodeError
from daskflow.testing import DeadMessage, Delay, Fail, Given, Hang, Kill, simulate
from tests.simulated.nodes import KeptTotal, Notes, every_role, expected

SEEDS = range(2)


class Passes(ProcessorNode):
    def process(self, value: Any) -> Any:
        return value


class Resists:
    """Can be pickled, and not be unpickled."""

    def __reduce__(self) -> Any:
        return _refuse, ()


def _refuse() -> None:
    raise OSError("no such model")


def line(count: int = 12, nb_tasks: int = 2, flow_type: str = BATCH, **options: Any) -> Flow:
    source = Given(range(count), name="source")
    node = Passes(name="node", nb_tasks=nb_tasks, **options)(source)
    return Flow([source], [CollectConsumer(name="collect")(node)], flow_type)


def without(number: int, count: int = 12) -> list[int]:
    return [i for i in range(count) if i != number]


@pytest.mark.parametrize("seed", SEEDS)
class TestErrors:
    def test_an_error_fails_the_run_with_its_cause(self, seed):
        error = ValueError("x")
        with pytest.raises(NodeError, match=r"process\(\) of node 'node' .* at message 3") as caught:
            simulate(line(), [Fail("node", at=3, error=error)], seed=seed)
        assert isinstance(caught.value.__cause__, ValueError)
        assert any("node-" in note for note in caught.value.__notes__)

    def test_a_skipped_one_costs_its_message(self, seed, tmp_path):
        result = simulate(
            line(on_error="skip"),
            [Fail("node", at=3, error=ValueError("x"))],
            seed=seed,
            dead_letters=tmp_path,
        )
        assert result.results("collect") == without(3)
        assert result.dead == (DeadMessage("node", 3),)
        assert result.metrics["node"].failed == 1
        (letter,) = DeadLetterFolder(tmp_path).letters()
        assert (letter.node, letter.number, letter.error) == ("node", 3, "ValueError: x")

    def test_one_tried_again_costs_nothing(self, seed):
        flow = line(on_error="retry", retries=2)
        result = simulate(flow, [Fail("node", at=3, times=2)], seed=seed)
        assert result.results("collect") == list(range(12))
        calls = [event for event in result.story.of(number=3) if event.what == "process begins"]
        assert len(calls) == 3

    def test_until_there_are_no_retries_left(self, seed):
        with pytest.raises(NodeError, match="made to fail"):
            simulate(line(on_error="retry", retries=2), [Fail("node", at=3, times=3)], seed=seed)

    def test_retries_then_skipped(self, seed):
        result = simulate(line(on_error="skip", retries=1), [Fail("node", at=3, times=2)], seed=seed)
        assert result.results("collect") == without(3)

    @pytest.mark.parametrize("method", ["open", "close"])
    def test_an_error_outside_of_messages_fails_the_run(self, seed, method):
        result = simulate(line(), [Fail("node-1", error=OSError("x"), method=method)], seed=seed, check=False)
        assert isinstance(result.failure, NodeError)
        assert (result.failure.method, result.failure.task) == (method, "node-1")
        if method == "open":
            assert result.results("collect") == []

    def test_so_does_one_in_seek_snapshot_and_restore(self, seed):
        kills = [Kill("source", at=5), Kill("total", at=11)]
        for role, method in (("source", "seek"), ("total", "snapshot"), ("total", "restore")):
            faults = [*kills, Fail(role, at=4, method=method)]
            result = simulate(every_role(), faults, seed=seed, check=False)
            assert isinstance(result.failure, NodeError), method
            assert result.failure.method == method

    def test_errors_and_kills_together(self, seed):
        faults = [Fail("node", at=3, times=2), Kill("node", at=3), Kill("node", at=7), Fail("node", at=7)]
        result = simulate(line(on_error="retry", retries=2), faults, seed=seed)
        assert result.results("collect") == list(range(12))


@pytest.mark.parametrize("seed", SEEDS)
class TestTimeouts:
    def test_a_call_that_hangs_fails_the_run(self, seed):
        with pytest.raises(NodeError, match=r"took longer than process_timeout_s=2 at message 5"):
            simulate(line(process_timeout_s=2), [Hang("node", at=5)], seed=seed)

    def test_or_is_skipped(self, seed):
        result = simulate(line(process_timeout_s=2, on_error="skip"), [Hang("node", at=5)], seed=seed)
        assert result.results("collect") == without(5)
        assert result.dead == (DeadMessage("node", 5),)
        assert result.restarts == 1
        assert result.elapsed_s > 2

    def test_or_tried_again(self, seed):
        flow = line(process_timeout_s=2, on_error="retry", retries=2)
        result = simulate(flow, [Hang("node", at=5, times=2)], seed=seed)
        assert result.results("collect") == list(range(12))
        assert result.restarts == 2
        with pytest.raises(NodeError, match="took longer"):
            simulate(flow, [Hang("node", at=5, times=3)], seed=seed)

    def test_a_producer_too(self, seed):
        source = Given(range(12), name="source", process_timeout_s=2, on_error="skip")
        flow = Flow([source], [CollectConsumer(name="collect")(source)], BATCH)
        result = simulate(flow, [Hang("source", at=5)], seed=seed)
        assert result.results("collect") == without(5)

    def test_a_call_that_is_slow_by_itself_is_no_different(self, seed):
        with pytest.raises(NodeError, match=r"took longer .* at message [01]"):
            simulate(line(process_timeout_s=2), seed=seed, call_s={"node": 3.0})

    def test_in_a_run_that_fails_nobody_waits_for_one_that_hangs(self, seed):
        faults = [Hang("node-0", at=2), Fail("node-1", at=5)]
        result = simulate(line(), faults, seed=seed, check=False)
        assert isinstance(result.failure, NodeError)


@pytest.mark.parametrize("seed", SEEDS)
def test_memory_with_errors_in_it_outlives_its_process(seed):
    source = Given(range(12), name="source")
    total = PickyTotal(name="total", on_error="skip", snapshot_every=4)(source)
    flow = Flow([source], [CollectConsumer(name="collect")(total)], BATCH)
    undisturbed = simulate(flow, seed=seed)
    faults = [Kill("total", at=6), Kill("total", at=10, point="commit")]
    result = simulate(flow, faults, seed=seed)
    assert result.results("collect") == undisturbed.results("collect")
    assert result.dead == undisturbed.dead == (DeadMessage("total", 2), DeadMessage("total", 9))


class PickyTotal(KeptTotal):
    """Takes each number into account, and then will not have some of them."""

    def process(self, value: int) -> int:
        self._total += value
        if value in (2, 9):
            raise ValueError(value)
        return self._total


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slow_edge_changes_nothing_but_the_time(seed):
    quick = simulate(every_role(), seed=seed)
    slow = simulate(every_role(), [Delay("source", "join", by_s=2.0)], seed=seed)
    assert slow.results("collect") == quick.results("collect") == expected()
    assert slow.elapsed_s > 2 > quick.elapsed_s


def test_a_slow_edge_is_slow_for_its_reader_alone():
    source = Given(range(3), name="source")
    near, far = Notes(name="near")(source), Notes(name="far")(source)
    flow = Flow([source], [near, far], BATCH)
    story = simulate(flow, [Delay(source, far, by_s=5.0)]).story
    begun = {(e.task, e.number): e.time_s for e in story if e.what == "consume begins"}
    for number in range(3):
        assert begun["far-0", number] - begun["near-0", number] > 4.9


def test_in_real_time_a_slow_node_costs_messages_and_keeps_order():
    result = simulate(line(100, 1, REALTIME), call_s={"source": 0.01, "node": 0.035, "collect": 0.0})
    got = result.results("collect")
    assert got == sorted(got)
    assert got[-1] == 99
    node = result.metrics["node"]
    assert node.dropped == 100 - len(got)
    assert 65 < node.dropped < 75


def test_a_node_that_cannot_be_unpickled_fails_the_run():
    flow = line()
    flow.nodes[1].model = Resists()
    with pytest.raises(ClusterError, match=r"node 'node' cannot be loaded .* OSError: no such model"):
        simulate(flow)
