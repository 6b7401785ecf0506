"""How runs on a cluster end when something else ends, is stuck, or is started anew meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import dask.config
import pytest
from distributed import Client, LocalCluster

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.cluster.foreign import hosted
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.errors import ClusterError, FlowStateError, NodeError
from daskflow.producers import IntProducer
from daskflow.transport.edge_queue import EdgeQueueExtension
from tests.existing.clusters import FORKED, keys, local_cluster, placed, places, within, worker_of


class Twice(ProcessorNode):
    def process(self, value: int) -> int:
        return 2 * value


class Stuck(ProcessorNode):
    """Holds its whole process up: nothing of Python runs in it any more."""

    def process(self, value: int) -> bool:
        return re.match("(a+)+$", "a" * 64 + "b") is None


class Asleep(ProcessorNode):
    """Is in a call for longer than a run waits for."""

    def process(self, value: int) -> int:
        time.sleep(20)
        return value


class Unloadable(ProcessorNode):
    """Can be pickled."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return _fail_to_load, ()

    def process(self, value: int) -> int:
        return value


class Failing(ProcessorNode):
    def process(self, value: int) -> int:
        if value == 3:
            raise KeyError(value)
        return value


def _fail_to_load() -> None:
    raise ImportError("no module named nonsense")


class Threads(ProcessorNode):
    def process(self, value: int) -> int:
        return opencv_threads()


def opencv_threads() -> int:
    import cv2

    return int(cv2.getNumThreads())


def flow_of(
    node: ProcessorNode, count: int = 10**9, wait_s: float = 0.01, name: str = "ending"
) -> tuple[Flow, CollectConsumer]:
    numbers = IntProducer(0, count - 1, wait_s, name="numbers")
    out = CollectConsumer(name="out")(node(numbers))
    return Flow([numbers], [out], BATCH, name=name), out


def pids(client: Client) -> dict[str, int]:
    found: dict[str, int] = client.run(os.getpid)
    return found


@pytest.fixture(scope="module")
def here() -> Iterator[LocalCluster]:
    """Its scheduler is in this process."""
    with local_cluster(4) as opened:
        yield opened


@pytest.fixture
def client(here: LocalCluster) -> Iterator[Client]:
    with Client(here, set_as_default=False) as opened:
        yield opened
        assert within(10, lambda: not keys(opened)), f"left on the scheduler: {keys(opened)}"
        assert within(10, lambda: not places()), f"folders of runs are left: {places()}"
        opened.wait_for_workers(4, timeout=30)


def test_a_process_that_is_held_up_does_not_hold_up_the_end(here, client):
    flow, _ = flow_of(Stuck(name="stuck"))
    before = pids(client)  # it answers nothing once it is stuck
    flow.run(cluster=here)
    stuck = worker_of(client, "stuck-0")
    time.sleep(1.0)
    begin_s = time.monotonic()
    flow.stop(drain=False)
    assert time.monotonic() - begin_s < 45
    client.wait_for_workers(4, timeout=60)
    after = pids(client)
    assert before.items() - after.items() == {(stuck, before[stuck])}  # the others are who they were


def test_a_worker_with_what_is_of_others_is_not_restarted(here, client):
    flow, _ = flow_of(Asleep(name="asleep"))
    flow.run(cluster=here)
    before = pids(client)
    data = client.scatter({"theirs": 7}, workers=[worker_of(client, "asleep-0")])
    time.sleep(0.5)
    flow.stop(drain=False)
    assert pids(client) == before
    assert data["theirs"].result() == 7


def test_who_restarts_the_cluster_disturbs_the_flow_no_more_than_a_death(here, client):
    flow, out = flow_of(Twice(name="twice"), 200)
    flow.run(cluster=here)
    client.restart()
    flow.join()
    assert flow.results(out) == [2 * i for i in range(200)]
    assert flow.metrics()["twice"].restarts == 1


def test_a_node_that_cannot_be_loaded_is_refused_by_run(here, client):
    flow, _ = flow_of(Unloadable(name="lost"))
    with pytest.raises(ClusterError, match="node 'lost' cannot be loaded in the worker of task lost-0"):
        flow.run(cluster=here)
    assert not flow.is_running


def test_the_caller_may_stand_still_but_not_go(here, client, monkeypatch):
    monkeypatch.setattr(hosted, "CALLER_GRACE_S", 1.0)
    program = (
        "from daskflow import Flow\nfrom daskflow.consumers import VoidConsumer\n"
        "from daskflow.producers import IntProducer\nnumbers = IntProducer(0, 10**9, 0.01)\n"
        "flow = Flow([numbers], [VoidConsumer()(numbers)], name='ending')\n"
        f"flow.run(cluster={here.scheduler_address!r})\n"
        "print('runs', flush=True)\nflow.join()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as caller:
        try:
            assert caller.stdout is not None
            assert caller.stdout.readline() == "runs\n"
            found = Flow.attach("ending", here)
            caller.send_signal(signal.SIGSTOP)
            time.sleep(4.0)
            assert found.is_running
            assert found.metrics().state == "running"
        finally:
            caller.kill()
    found.join()
    assert found.metrics().state == "ended"


def test_a_cluster_that_is_closed_takes_its_flows_with_it_and_says_so():
    with local_cluster(3) as cluster:
        flow, _ = flow_of(Twice(name="twice"))
        flow.run(cluster=cluster)
        cluster.close()
        with pytest.raises(ClusterError, match="has closed, and the flow with it"):
            flow.join()
    assert flow.metrics().state == "failed"
    with pytest.raises(ClusterError, match="has closed"):
        flow.stop()


def test_of_two_detached_flows_that_start_at_once_one_has_the_name(here, client):
    def start() -> None:
        numbers = IntProducer(0, 10**9, 0.01)
        flow = Flow([numbers], [VoidConsumer()(numbers)], BATCH, name="twin")
        try:
            flow.run(cluster=here, detach=True)
            came.append(True)
        except FlowStateError as error:
            assert "'twin' runs on this cluster already" in str(error)  # noqa: PT017
            came.append(False)

    came: list[bool] = []
    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == [False, False, True]
    Flow.attach("twin", here).stop()


def test_several_flows_of_a_name_are_told_apart_by_their_ids(here, client):
    flows = [
        Flow([numbers], [VoidConsumer()(numbers)], BATCH, name="twin")
        for numbers in (IntProducer(0, 10**9, 0.01), IntProducer(0, 10**9, 0.01))
    ]
    for flow in flows:
        flow.run(cluster=here)
    with pytest.raises(FlowStateError, match=f"say which by its id.*{flows[0].run_id}"):
        Flow.attach("twin", here)
    Flow.attach(str(flows[1].run_id)[:12], here).stop()
    assert Flow.attach("twin", here).run_id == flows[0].run_id
    flows[0].stop()
    flows[1].join()


def test_a_block_that_is_cancelled_ends_its_flow():
    async def program() -> None:
        async with (
            LocalCluster(
                n_workers=3, threads_per_worker=1, dashboard_address=":0", asynchronous=True
            ) as cluster,
            Client(cluster, asynchronous=True, set_as_default=False) as client,
        ):
            flow, out = flow_of(Twice(name="twice"), 50)
            async with flow.run(cluster=client):
                with pytest.raises(ValueError, match=r"to_thread\(Flow.attach"):
                    Flow.attach("ending", client)
            assert flow.results(out) == [2 * i for i in range(50)]
            flow, _ = flow_of(Twice(name="twice"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(8.0), flow.run(cluster=client):
                    assert flow.is_running
            assert not flow.is_running
            flow, _ = flow_of(Failing())
            with pytest.raises(NodeError, match="message 3"):
                async with flow.run(cluster=client):
                    pass

    with dask.config.set(FORKED):
        asyncio.run(program())


def test_tasks_are_linked_to_the_pages_of_their_workers(here, client):
    flow, _ = flow_of(Twice(name="twice"))
    flow.run(cluster=here)
    queues = EdgeQueueExtension.on(here.scheduler)
    assert queues.address_of(str(flow.run_id), "twice-0") == placed(client)["twice-0"]
    assert queues.address_of("another", "twice-0") is None
    flow.stop(drain=False)


def test_a_task_has_its_threads_and_leaves_the_process_as_it_was(here, client):
    before = set(client.run(opencv_threads).values())
    flow, out = flow_of(Threads(name="threads", cpu_threads=3), 5, 0.0)
    flow.run(cluster=here)
    flow.join()
    assert flow.results(out) == [3] * 5
    assert set(client.run(opencv_threads).values()) == before


def test_the_machine_of_a_run_is_that_of_its_workers(here, client):
    flow, _ = flow_of(Twice(name="twice"))
    flow.run(cluster=here)
    cores = len(os.sched_getaffinity(0))
    assert within(20, lambda: flow.metrics().machine.cores == cores)
    flow.stop(drain=False)
