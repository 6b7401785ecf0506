"""SIGKILL to workers of a running flow: nothing lost, nothing repeated, in order, or a clear failure."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
import warnings
from pathlib import Path
from typing import Any

import dask.config
import numpy as np
import pytest

from daskflow import BATCH, ConsumerNode, Flow, FunctionProcessorNode, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import ClusterError, TaskLostError
from daskflow.processors import JoinerProcessor
from daskflow.producers import IntProducer
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.waiting import snapshot_when

over_both_carriers = pytest.mark.usefixtures("carrier")
"""For the ways in which a loss is noticed; what becomes of it is the same over the socket alone."""


class SaysItsPid:
    """Writes the process id of each task to a file named after it."""

    folder: str

    def open(self, ctx: Any) -> None:
        Path(self.folder, ctx.task_name).write_text(str(os.getpid()))


class Victim(SaysItsPid, ProcessorNode):
    def __init__(self, folder: Path, seconds: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.folder = str(folder)
        self._seconds = seconds

    def process(self, value: Any) -> Any:
        time.sleep(self._seconds)
        return value


class Remembering(SaysItsPid, OneTaskProcessorNode):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = str(folder)

    def process(self, value: Any) -> Any:
        return value


class Appends(SaysItsPid, ConsumerNode):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = str(folder)

    def consume(self, value: Any) -> None:
        with open(Path(self.folder, "lines"), "a") as file:
            file.write(f"{value}\n")

    def close(self) -> None:
        with open(Path(self.folder, "closed"), "a") as file:
            file.write("x")


def kill(folder: Path, task: str) -> None:
    """Kill a task's process; where that was done a moment ago, the one that takes its place."""
    while True:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((folder / task).read_text()), signal.SIGKILL)
            return
        time.sleep(0.01)


def start(producer: Any, consumers: Any = ()) -> Flow:
    flow = Flow([producer], consumers, BATCH)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return flow.run(cluster=NO_DASHBOARD)


def wait_for(flow: Flow, node: Any, received: int) -> None:
    snapshot_when(flow, lambda seen: seen[node].received >= received)


@over_both_carriers
def test_a_killed_replica_is_made_up_for(tmp_path):
    numbers = IntProducer(0, 139)
    slow = Victim(tmp_path, 0.02, nb_tasks=2, name="slow")(numbers)
    collect = CollectConsumer()(slow)
    flow = start(numbers, [collect])
    wait_for(flow, slow, 60)
    kill(tmp_path, "slow-0")
    flow.join()
    assert flow.results(collect) == list(range(140))
    assert flow.metrics()["slow"].restarts == 1


def test_random_kills_beside_a_join_lose_no_frame(tmp_path):
    frames = nodes.Frames(260, (120, 160, 3), wait_s=0.005)
    left = Victim(tmp_path, 0.002, nb_tasks=2, name="left")(frames)
    right = Victim(tmp_path, name="right")(frames)

    def compare(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[int, bool]:
        return int(a[0, 0, 0]), bool((a == b).all() and (a == c).all())

    joined = FunctionProcessorNode(compare)(JoinerSplit()(JoinerProcessor()(left, right)), right, frames)
    collect = CollectConsumer()(joined)
    flow = start(frames, [collect])
    chance = random.Random(5)
    for received in range(30, 230, 50):
        wait_for(flow, collect, received)
        kill(tmp_path, chance.choice(["left-0", "left-1", "right-0"]))
    flow.join()
    assert flow.results(collect) == [(i % 256, True) for i in range(260)]
    assert sum(node.restarts for node in flow.metrics().values()) == 4


class JoinerSplit(ProcessorNode):
    """Gives back the first of a tuple: a slot forwarded twice."""

    def process(self, pair: tuple[Any, ...]) -> Any:
        return pair[0]


def test_a_killed_consumer_repeats_the_messages_in_hand_only(tmp_path):
    numbers = IntProducer(0, 99, 0.005)
    appends = Appends(tmp_path)(numbers)
    flow = start(numbers, [appends])
    wait_for(flow, appends, 30)
    kill(tmp_path, "appends-0")
    flow.join()
    lines = [int(line) for line in (tmp_path / "lines").read_text().split()]
    assert sorted(set(lines)) == list(range(100))
    assert len(lines) <= 102
    assert flow.metrics()["appends"].received == 100


def test_a_task_that_has_closed_is_not_run_again(tmp_path):
    numbers = IntProducer(0, 2)
    short = Appends(tmp_path)(numbers)
    long = nodes.Slow(0.5)(numbers)
    flow = start(numbers, [short, CollectConsumer()(long)])
    while not (tmp_path / "closed").exists():
        time.sleep(0.01)
    kill(tmp_path, "appends-0")
    flow.join()
    assert (tmp_path / "lines").read_text().split() == ["0", "1", "2"]
    assert (tmp_path / "closed").read_text() == "x"


def test_a_killed_stateful_node_fails_the_run_and_says_why(tmp_path):
    numbers = IntProducer(0, None, 0.005)
    remembering = Remembering(tmp_path)(numbers)
    flow = start(numbers, [CollectConsumer()(remembering)])
    wait_for(flow, remembering, 20)
    kill(tmp_path, "remembering-0")
    with pytest.raises(TaskLostError, match=r"remembering-0.*'remembering'.*SIGKILL.*remembered") as caught:
        flow.join()
    assert caught.value.exit_code == -signal.SIGKILL


class DiesAtOnce(SaysItsPid, ProcessorNode):
    """Its first processes die as soon as their node is open."""

    def __init__(self, folder: Path, deaths: int, **options: Any) -> None:
        super().__init__(name="short-lived", **options)
        self.folder = str(folder)
        self._deaths = deaths

    def process(self, value: Any, ctx: Any) -> Any:
        if ctx.incarnation < self._deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return value, ctx.incarnation


@over_both_carriers
def test_a_worker_that_is_lost_again_and_again_comes_back(tmp_path):
    numbers = IntProducer(0, 30, 0.05)
    collect = CollectConsumer()(DiesAtOnce(tmp_path, 2)(numbers))
    # Dask's cluster would close a nanny whose worker is away this long after it was lost before.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1ms"}):
        flow = start(numbers, [collect])
        flow.join()
    assert flow.results(collect) == [(i, 2) for i in range(31)]


def test_a_worker_that_is_not_started_again_fails_the_run(tmp_path):
    numbers = IntProducer(0, None, 0.01)
    flow = start(numbers, [CollectConsumer()(Victim(tmp_path, name="victim")(numbers))])
    cluster = flow._run._cluster
    cluster.sync(cluster.workers["victim-0"].close)
    with pytest.raises(ClusterError, match="the worker of task victim-0 has gone and is not started again"):
        flow.join()
    assert [(m.level, m.task) for m in flow.metrics().mishaps] == [("ERROR", "victim-0")]
