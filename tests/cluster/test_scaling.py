"""Nodes get more and fewer tasks while messages move, and nothing of what comes out changes."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

import psutil
import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import ProcessorNode
from daskflow.errors import FlowStateError, NodeError, ScalingError
from daskflow.processors import JoinerProcessor
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.waiting import snapshot_when


class Doubles(ProcessorNode):
    """Takes some milliseconds; only the first task may open, if that is wanted."""

    def __init__(self, may_join: bool = True, **options) -> None:
        super().__init__(**options)
        self._may_join = may_join

    def open(self, ctx):
        if ctx.task_index and not self._may_join:
            raise ValueError("no second one")

    def process(self, number):
        time.sleep(0.004)
        return 2 * number


def joined(messages: int | None = None, **options) -> tuple[Flow, CollectConsumer]:
    source = IntProducer(0, None if messages is None else messages - 1, name="source")
    doubled = Doubles(name="doubles", **options)(source)
    results = CollectConsumer(name="results")(JoinerProcessor(name="join")(source, doubled))
    return Flow([source], [results], BATCH), results


def wait_for(flow: Flow, emitted: int) -> None:
    snapshot_when(flow, lambda seen: seen["doubles"].emitted >= emitted)


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
    assert [name for name in seen.tasks if name.startswith("doubles")] == [f"doubles-{i}" for i in range(4)]
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


def test_what_cannot_be_scaled_goes_on():
    flow, _ = joined()
    flow.run(cluster=NO_DASHBOARD)
    refused = {"doublse": "did you mean 'doubles'", "source": "is a producer", "results": "is a consumer"}
    for name, says in refused.items():
        with pytest.raises(ScalingError, match=says):
            flow.scale(name, 2)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        flow.scale("doubles", 0)
    flow.scale("doubles", 1)  # as it is
    assert flow.is_running
    flow.stop()


def test_a_node_is_given_tasks_by_its_load():
    flow, results = joined()
    flow.run(cluster=NO_DASHBOARD)
    flow.autoscale("doubles", 1, 2)
    (rescaling,) = snapshot_when(flow, lambda seen: seen.rescalings).rescalings
    assert (rescaling.node, rescaling.before, rescaling.after) == ("doubles", 1, 2)
    assert "messages wait" in rescaling.reason
    flow.scale("doubles", 1)  # and leave it at that
    assert str(flow.metrics().rescalings[-1]) == "doubles has 1 task instead of 2, as asked for"
    flow.stop()
    check(flow, results)
