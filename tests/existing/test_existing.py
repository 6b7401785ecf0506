"""Flows on clusters that are there already, whatever started them."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from distributed import Client

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.errors import FlowStateError, NodeError, PlacementError
from daskflow.producers import IntProducer
from tests.cluster.nodes import Failing, Frames, RandomDelay, Slow
from tests.existing.clusters import placed, within, worker_of


class Twice(ProcessorNode):
    def process(self, value: int) -> int:
        time.sleep(0.002)
        return 2 * value


class Largest(ProcessorNode):
    def process(self, frame: np.ndarray) -> int:
        assert frame.flags.writeable is False
        assert (frame == frame.flat[0]).all()
        return int(frame.max())


def doubling(count: int, *, nb_tasks: int = 2, name: str | None = None) -> tuple[Flow, CollectConsumer]:
    numbers = IntProducer(0, count - 1)
    twice = Twice(nb_tasks=nb_tasks, name="twice")(numbers)
    out = CollectConsumer()(twice)
    return Flow([numbers], [out], flow_type=BATCH, name=name), out


def endless(name: str) -> Flow:
    numbers = IntProducer(0, 10**9, 0.01)
    twice = Twice(name="twice")(numbers)
    return Flow([numbers], [VoidConsumer()(twice)], flow_type=BATCH, name=name)


@pytest.mark.every_kind
def test_results_are_those_of_a_local_run_and_in_order(cluster, client):
    flow, out = doubling(300)
    flow.run(cluster=cluster)
    assert flow.scheduler_address == client.scheduler.address
    flow.join()
    assert flow.results(out) == [2 * i for i in range(300)]
    metrics = flow.metrics()
    assert metrics.state == "ended"
    assert metrics["twice"].emitted == 300


def test_the_cluster_is_left_as_it_was(cluster, client):
    before = sorted(client.scheduler_info(n_workers=-1)["workers"])
    flow, _ = doubling(20)
    flow.run(cluster=cluster)
    flow.join()
    assert sorted(client.scheduler_info(n_workers=-1)["workers"]) == before
    assert client.submit(sum, [1, 2]).result() == 3


@pytest.mark.every_kind
def test_frames_arrive_whole(cluster, client):
    frames = Frames(40)
    out = CollectConsumer()(Largest(nb_tasks=2)(frames))
    flow = Flow([frames], [out], flow_type=BATCH)
    flow.run(cluster=cluster)
    flow.join()
    assert flow.results(out) == list(range(40))


@pytest.mark.every_kind
def test_frames_come_to_the_caller(cluster, client):
    frames = Frames(10)
    out = CollectConsumer()(frames)
    flow = Flow([frames], [out], flow_type=BATCH)
    flow.run(cluster=cluster)
    flow.join()
    results = flow.results(out)
    assert [int(frame.max()) for frame in results] == list(range(10))
    assert results[0].shape == (480, 640, 3)


def test_a_client_of_the_user_is_used_and_left_open(cluster, client):
    flow, out = doubling(10)
    flow.run(cluster=client)
    flow.join()
    assert flow.results(out) == [2 * i for i in range(10)]
    assert client.status == "running"


def test_the_current_client_only_if_asked_for(cluster):
    with Client(cluster):
        flow, out = doubling(10)
        flow.run(cluster="current")
        flow.join()
    assert flow.results(out) == [2 * i for i in range(10)]
    with pytest.raises(ValueError, match="current"):
        doubling(10)[0].run(cluster="current")


@pytest.mark.every_kind
def test_a_killed_worker_loses_and_repeats_nothing(cluster, client):
    flow, out = doubling(600)
    flow.run(cluster=cluster)
    pid = client.run(os.getpid, workers=[worker_of(client, "twice-0")])
    os.kill(next(iter(pid.values())), signal.SIGKILL)
    flow.join()
    assert flow.results(out) == [2 * i for i in range(600)]


def test_a_task_that_has_ended_is_not_run_again_when_another_loses_its_worker(cluster, client):
    numbers = IntProducer(0, 9, name="numbers")
    out = CollectConsumer()(Slow(0.3, name="slow")(numbers))
    flow = Flow([numbers], [out], flow_type=BATCH)
    flow.run(cluster=cluster)
    assert within(20, lambda: "numbers-0" not in placed(client))
    before = worker_of(client, "slow-0")
    pid = client.run(os.getpid, workers=[before])
    os.kill(next(iter(pid.values())), signal.SIGKILL)
    assert within(20, lambda: placed(client).get("slow-0", before) != before)
    assert "numbers-0" not in placed(client)
    flow.join()
    assert flow.results(out) == list(range(10))


@pytest.mark.every_kind
def test_an_exception_arrives_with_its_cause(cluster, client):
    numbers = IntProducer(0, 20)
    out = CollectConsumer()(Failing(7, name="failing")(numbers))
    flow = Flow([numbers], [out], flow_type=BATCH)
    flow.run(cluster=cluster)
    with pytest.raises(NodeError, match="message 7") as caught:
        flow.join()
    assert caught.value.node == "failing"
    assert isinstance(caught.value.__cause__, KeyError)


def test_too_few_workers_are_refused_with_how_to_get_more(cluster, client):
    flow, _ = doubling(10, nb_tasks=12)
    with pytest.raises(PlacementError, match="dask worker"):
        flow.run(cluster=cluster)


def test_a_worker_gets_no_more_tasks_than_it_has_threads(cluster, client):
    flow, _ = doubling(10, nb_tasks=8)
    with pytest.raises(PlacementError, match="all 6 would do, and have no room left"):
        flow.run(cluster=cluster, tasks_per_worker=2)


def test_two_flows_and_ordinary_work_together(cluster, client):
    flows = [doubling(200, nb_tasks=1, name=name) for name in ("one", "two")]
    for flow, _ in flows:
        flow.run(cluster=cluster)
    squares = client.gather(client.map(lambda n: n * n, range(1000), pure=False))
    for flow, _ in flows:
        flow.join()
    assert squares == [n * n for n in range(1000)]
    for flow, out in flows:
        assert flow.results(out) == [2 * i for i in range(200)]


def test_ordinary_work_is_done_although_flows_hold_every_worker(cluster, client):
    flow, _ = doubling(10**9, nb_tasks=4)
    flow.run(cluster=cluster)
    assert client.gather(client.map(str, range(100))) == list(map(str, range(100)))
    flow.stop()


@pytest.mark.every_kind
def test_a_detached_flow_outlives_its_caller_and_is_found_by_name(cluster, client):
    started = endless("camera")
    started.run(cluster=cluster, detach=True)
    found = Flow.attach("camera", cluster)
    done = found.metrics()["twice"].emitted
    assert within(10, lambda: found.metrics()["twice"].emitted > done)
    with pytest.raises(FlowStateError, match="camera"):
        endless("camera").run(cluster=cluster, detach=True)
    found.stop()
    assert started.run_id == found.run_id
    started.join()
    with pytest.raises(FlowStateError, match="no flow 'nothing'"):
        Flow.attach("nothing", cluster)


def test_a_detached_flow_hands_nothing_to_its_caller(cluster, client):
    with pytest.raises(FlowStateError, match="collect"):
        doubling(10)[0].run(cluster=cluster, detach=True)


def test_stop_drains_what_is_under_way(cluster, client):
    numbers = IntProducer(0, 10**9)
    out = CollectConsumer()(RandomDelay(0.005, nb_tasks=2)(numbers))
    flow = Flow([numbers], [out], flow_type=BATCH)
    flow.run(cluster=cluster)
    time.sleep(0.5)
    flow.stop()
    results = flow.results(out)
    assert results
    assert results == list(range(len(results)))


def test_a_node_is_scaled_while_it_runs(cluster, client):
    flow, out = doubling(500, nb_tasks=1)
    flow.run(cluster=cluster)
    flow.scale("twice", 3)
    flow.scale("twice", 2)
    flow.join()
    assert flow.results(out) == [2 * i for i in range(500)]
    assert [change.after for change in flow.metrics().rescalings] == [3, 2]
