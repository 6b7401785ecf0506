"""Nodes get more and fewer tasks while messages move, and nothing of what comes out changes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import psutil
import pytest
from distributed.core import Status

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.cluster.nanny import FlowNanny
from daskflow.consumers import CollectConsumer
from daskflow.core.context import Context
from daskflow.core.node import ProcessorNode
from daskflow.errors import FlowStateError, NodeError, ScalingError
from daskflow.processors import JoinerProcessor
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD


class Doubles(ProcessorNode):
    """Takes milliseconds, or longer in all tasks but the first; only that may open, if so wanted."""

    def __init__(self, may_join: bool = True, others_take_s: float = 0.004, **options) -> None:
        super().__init__(**options)
        self._may_join = may_join
        self._others_take_s = others_take_s

    def open(self, ctx):
        self._takes_s = self._others_take_s if ctx.task_index else 0.004
        if ctx.task_index and not self._may_join:
            raise ValueError("no second one")

    def process(self, number):
        time.sleep(self._takes_s)
        return 2 * number


def joined(messages: int | None = None, **options) -> tuple[Flow, CollectConsumer]:
    source = IntProducer(0, None if messages is None else messages - 1, name="source")
    doubled = Doubles(name="doubles", **options)(source)
    results = CollectConsumer(name="results")(JoinerProcessor(name="join")(source, doubled))
    return Flow([source], [results], BATCH), results


def wait_for(flow: Flow, emitted: int) -> None:
    while flow.metrics()["doubles"].emitted < emitted:
        assert flow.is_running
        time.sleep(0.01)


def check(flow: Flow, results: CollectConsumer) -> None:
    """Nothing is lost, repeated or out of order."""
    numbers = range(flow.metrics()["source"].emitted)
    assert flow.results(results) == [(i, 2 * i) for i in numbers]


def test_from_one_to_four_to_two(carrier):
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 20)
    flow.scale("doubles", 4)
    seen = flow.metrics()
    assert list(seen.tasks) == ["source-0", *(f"doubles-{i}" for i in range(4)), "join-0", "results-0"]
    assert len({task.pid for task in seen.tasks.values()}) == len(seen.tasks)
    leaving = [seen.tasks[f"doubles-{i}"].pid for i in (2, 3)]
    wait_for(flow, flow.metrics()["doubles"].emitted + 80)
    flow.scale("doubles", 2)
    assert not any(psutil.pid_exists(pid) for pid in leaving)
    wait_for(flow, flow.metrics()["doubles"].emitted + 40)
    flow.scale("doubles", 3)  # one that has left joins again
    wait_for(flow, flow.metrics()["doubles"].emitted + 40)
    flow.scale("doubles", 1)
    wait_for(flow, flow.metrics()["doubles"].emitted + 20)
    flow.stop()
    check(flow, results)
    counts = flow.metrics()["doubles"]
    assert (counts.nb_tasks, counts.restarts, counts.failed) == (1, 0, 0)


def test_processes_that_join_and_leave_may_be_killed():
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 20)
    flow.scale("doubles", 3)
    pids = [flow.metrics().tasks[f"doubles-{i}"].pid for i in (1, 2)]
    os.kill(pids[1], signal.SIGKILL)
    leaving = threading.Thread(target=flow.scale, args=("doubles", 1))
    leaving.start()  # perhaps before anybody knows
    with contextlib.suppress(ProcessLookupError):  # it has left already
        os.kill(pids[0], signal.SIGKILL)
    leaving.join(30)
    assert not leaving.is_alive()
    wait_for(flow, flow.metrics()["doubles"].emitted + 20)
    flow.stop()
    check(flow, results)


@contextlib.contextmanager
def interrupted(after_s: float) -> Iterator[None]:
    """What is done in here is interrupted by a Ctrl-C."""
    begin_s = time.monotonic()
    timer = threading.Timer(after_s, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        yield
    assert time.monotonic() - begin_s >= after_s


@pytest.mark.parametrize("after_s", [0.01, 0.3])
def test_a_ctrl_c_while_tasks_join_leaves_no_task_that_nobody_runs(after_s):
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    with interrupted(after_s):
        flow.scale("doubles", 6)
    flow.scale("doubles", 2)
    seen = flow.metrics()
    assert [name for name in seen.tasks if name.startswith("doubles")] == ["doubles-0", "doubles-1"]
    assert [(each.before, each.after) for each in seen.rescalings] == [(1, 6), (6, 2)]
    flow.stop()
    check(flow, results)


def test_a_ctrl_c_while_tasks_leave_leaves_no_worker_without_a_task():
    flow, results = joined(nb_tasks=3, others_take_s=1.0)
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 5)
    leaving = [flow.metrics().tasks[f"doubles-{i}"].pid for i in (1, 2)]
    with interrupted(0.1):
        flow.scale("doubles", 1)
    flow.scale("doubles", 2)  # after that
    assert not any(psutil.pid_exists(pid) for pid in leaving)
    seen = flow.metrics()
    assert [name for name in seen.tasks if name.startswith("doubles")] == ["doubles-0", "doubles-1"]
    assert len({task.pid for task in seen.tasks.values()}) == len(seen.tasks)
    flow.stop()
    check(flow, results)


def test_a_long_call_of_one_that_leaves_holds_nobody_up_and_dies_with_it():
    flow, results = joined(nb_tasks=2, others_take_s=3600.0)
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 1)
    pid = flow.metrics().tasks["doubles-1"].pid
    before = flow.metrics()["doubles"].emitted
    leaving = threading.Thread(target=flow.scale, args=("doubles", 1))
    leaving.start()
    wait_for(flow, before + 5)  # up to the window of the edge
    assert leaving.is_alive()
    os.kill(pid, signal.SIGKILL)
    leaving.join(30)
    assert not leaving.is_alive()
    wait_for(flow, before + 200)
    flow.stop()
    check(flow, results)


def test_several_at_once_make_one_change_after_the_other():
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    threads = [threading.Thread(target=flow.scale, args=("doubles", n)) for n in (2, 3, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    seen = flow.metrics()
    assert all(a.after == b.before for a, b in pairwise(seen.rescalings))
    assert seen["doubles"].nb_tasks == seen.rescalings[-1].after
    flow.stop()
    check(flow, results)


def test_nobody_joins_a_flow_that_is_being_stopped_and_nobody_hangs():
    flow, results = joined(others_take_s=0.2)
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 20)
    stopping = threading.Thread(target=flow.stop)
    stopping.start()
    with contextlib.suppress(ScalingError, FlowStateError):  # if it came too late
        flow.scale("doubles", 3)
    stopping.join(60)
    assert not stopping.is_alive()
    check(flow, results)


def test_a_flow_that_ends_while_tasks_join():
    flow, results = joined(30)
    flow.run(cluster=NO_DASHBOARD)
    with contextlib.suppress(ScalingError):  # if it came too late
        flow.scale("doubles", 3)
    flow.join()
    assert flow.results(results) == [(i, 2 * i) for i in range(30)]
    with pytest.raises(FlowStateError, match="which has ended"):
        flow.scale("doubles", 2)


def test_a_task_that_cannot_open_fails_the_run():
    flow, _ = joined(may_join=False)
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 5)
    flow.scale("doubles", 2)
    with pytest.raises(NodeError, match="no second one"):
        flow.join()


def test_where_workers_do_not_start_the_flow_goes_on_as_it_was(monkeypatch):
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 5)
    instantiate, asked = FlowNanny.instantiate, []

    async def fails(nanny: FlowNanny) -> Status:
        asked.append(nanny.name)
        if nanny.name == "doubles-2":
            raise OSError("no room")
        return await instantiate(nanny)

    with monkeypatch.context() as patched:
        patched.setattr(FlowNanny, "instantiate", fails)
        with pytest.raises(ScalingError, match="workers of node 'doubles' did not start, and it goes on"):
            flow.scale("doubles", 3)
    assert sorted(asked) == ["doubles-1", "doubles-2"]
    assert flow.metrics()["doubles"].nb_tasks == 1
    assert not flow.metrics().rescalings
    wait_for(flow, flow.metrics()["doubles"].emitted + 40)
    flow.scale("doubles", 2)
    assert len(flow.metrics().tasks) == 5
    flow.stop()
    check(flow, results)


def test_what_cannot_be_scaled_goes_on():
    flow, _ = joined()
    flow.run(cluster=NO_DASHBOARD)
    other = Doubles(name="doubles")
    with pytest.raises(ScalingError, match="is not part of flow 'flow'"):
        flow.scale(other, 2)
    with pytest.raises(TypeError, match="one of the flow's nodes or its name, got 7"):
        flow.scale(7, 2)
    with pytest.raises(TypeError, match="minimum is a whole number"):
        flow.autoscale("doubles", minimum="2")
    refused = {"doublse": "did you mean 'doubles'", "source": "is a producer", "results": "is a consumer"}
    for name, says in refused.items():
        with pytest.raises(ScalingError, match=says):
            flow.scale(name, 2)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        flow.scale("doubles", 0)
    flow.scale("doubles", 1)  # as it is
    assert flow.is_running
    flow.stop()


def fused() -> tuple[Flow, CollectConsumer]:
    """The same, with `doubles` and a node behind it in one task."""
    source = IntProducer(name="source")
    doubled = Doubles(name="doubles")(source)
    tagged = FunctionProcessorNode(tagged_by_its_task, name="tagged")(doubled)
    results = CollectConsumer(name="results")(JoinerProcessor(name="join")(source, tagged))
    return Flow([source], [results], BATCH, fuse=[("doubles", "tagged")]), results


def tagged_by_its_task(number: int, ctx: Context) -> tuple[int, str]:
    return number, ctx.task_name


def test_a_fused_chain_from_one_to_three_to_one(carrier):
    flow, results = fused()
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 20)
    flow.scale("doubles+tagged", 3)
    seen = flow.metrics()
    assert (seen["tagged"].nb_tasks, seen["tagged"].members) == (3, ("doubles", "tagged"))
    chain = [f"doubles+tagged-{i}" for i in range(3)]
    assert [name for name in seen.tasks if name.startswith("doubles")] == chain
    wait_for(flow, seen["doubles"].emitted + 80)
    flow.scale(flow.nodes[2], 2)  # by a member: the chain is meant
    wait_for(flow, flow.metrics()["doubles"].emitted + 40)
    flow.scale("doubles", 1)
    assert [(each.node, each.before, each.after) for each in flow.metrics().rescalings] == [
        ("doubles+tagged", 1, 3),
        ("doubles+tagged", 3, 2),
        ("doubles+tagged", 2, 1),
    ]
    flow.stop()
    count = flow.metrics()["source"].emitted
    assert [(number, value) for number, (value, _) in flow.results(results)] == [
        (i, 2 * i) for i in range(count)
    ]
    assert {task for _, (_, task) in flow.results(results)} == set(chain)


def test_a_task_that_joined_a_chain_may_be_killed():
    flow, results = fused()
    flow.run(cluster=NO_DASHBOARD)
    wait_for(flow, 20)
    flow.scale("doubles", 2)
    os.kill(flow.metrics().tasks["doubles+tagged-1"].pid, signal.SIGKILL)
    while not flow.metrics()["doubles"].restarts:
        assert flow.is_running
        time.sleep(0.01)
    wait_for(flow, flow.metrics()["doubles"].emitted + 40)
    flow.stop()
    count = flow.metrics()["source"].emitted
    assert [value for _, (value, _) in flow.results(results)] == [2 * i for i in range(count)]


def test_a_fused_chain_is_given_tasks_by_its_load():
    flow, _ = fused()
    flow.run(cluster=NO_DASHBOARD)
    flow.autoscale("doubles", 1, 2)
    while not flow.metrics().rescalings:
        assert flow.is_running
        time.sleep(0.05)
    assert [str(each.node) for each in flow.metrics().rescalings] == ["doubles+tagged"]
    flow.scale("tagged", 1)  # and leave it at that
    time.sleep(1.5)
    assert flow.metrics()["doubles"].nb_tasks == 1
    flow.stop()


def test_a_node_is_given_tasks_by_its_load():
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    flow.autoscale("doubles", 1, 2)
    while not flow.metrics().rescalings:
        assert flow.is_running
        time.sleep(0.05)
    (rescaling,) = flow.metrics().rescalings
    assert (rescaling.node, rescaling.before, rescaling.after) == ("doubles", 1, 2)
    assert "messages wait" in rescaling.reason
    flow.scale("doubles", 1)  # and leave it at that
    assert str(flow.metrics().rescalings[-1]) == "doubles has 1 task instead of 2, as asked for"
    flow.stop()
    check(flow, results)
