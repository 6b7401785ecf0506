"""Frames that another Dask client puts into a queue, on the flow's own scheduler and on another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import numpy as np
import pytest
from distributed import Client, Event, LocalCluster, Queue, get_client

from daskflow import BATCH, SKIP, Context, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import ProcessorNode
from daskflow.producers import QueueProducer
from daskflow.runtime.runner import NodeRunner
from daskflow.testing import simulate
from tests.cluster.conftest import NO_DASHBOARD


class Look(ProcessorNode):
    """What came: a frame's shape, value and order in memory, or the thing itself; with its metadata."""

    def process(self, item, ctx):
        if isinstance(item, np.ndarray):
            item = (*item.shape, int(item[0, 0, 0]), item.flags.c_contiguous)
        return item, ctx.metadata


def flow_of(producer: QueueProducer) -> tuple[Flow, CollectConsumer]:
    collected = CollectConsumer()(Look()(producer))
    return Flow([producer], [collected], BATCH), collected


@pytest.fixture
def other(tmp_path: Path) -> Iterator[LocalCluster]:
    """A cluster of its own, in threads of this process."""
    with (
        dask.config.set({"temporary-directory": str(tmp_path)}),
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            dashboard_address=None,
            worker_dashboard_address=None,
        ) as cluster,
    ):
        yield cluster


def test_from_a_second_client_of_the_flows_own_scheduler():
    flow, collected = flow_of(QueueProducer("frames", "queue"))
    flow.run(cluster=NO_DASHBOARD)
    begin = time.time()
    with Client(flow.scheduler_address, set_as_default=False) as client:
        queue = Queue("frames", client=client)
        for number in range(12):  # more than fit a message: they come from a worker
            frame = np.full((240, 320, 3), number, np.uint8)
            queue.put(client.scatter(frame, direct=True, hash=False))
        queue.put(np.full((8, 8, 3), 12, np.uint8))  # by way of the scheduler
        queue.put({"text": [1, 2]})
        queue.put(None)
        flow.join()
    items, metadata = zip(*flow.results(collected), strict=True)
    assert items == (*[(240, 320, 3, n, True) for n in range(12)], (8, 8, 3, 12, True), {"text": (1, 2)})
    assert [m["index"] for m in metadata] == list(range(14))
    assert {m["source"] for m in metadata} == {"frames"}
    assert all(begin < m["event_time"] == m["capture_time"] < time.time() for m in metadata)


def test_from_another_scheduler_and_a_stop_while_there_is_nothing(
    other: LocalCluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("daskflow.producers.dask_queue._PATIENCE_S", 0.05)
    flow, collected = flow_of(QueueProducer("frames", "queue", address=other.scheduler_address))
    with Client(other, set_as_default=False) as client:
        queue = Queue("frames", client=client)
        queue.put("first")
        future = client.submit(lambda: "computed", pure=False)
        future.result()
        queue.put(future)
        result = simulate(flow, call_s={"queue": 0.1}, stop_after_s=1.0)
    assert [item for item, _ in result.results(collected)] == ["first", "computed"]


def until_it_raises(call: Callable[[], Any]) -> None:
    while True:
        call()


class TestItems:
    """One by one, without a flow."""

    @pytest.fixture
    def client(self, other: LocalCluster) -> Iterator[Client]:
        with Client(other, set_as_default=False) as client:
            yield client

    @pytest.fixture
    def producer(self, other: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[NodeRunner]:
        monkeypatch.setattr("daskflow.producers.dask_queue._PATIENCE_S", 0.05)
        monkeypatch.setattr("daskflow.producers.dask_queue._LONGEST_LOSS_S", 0.3)
        monkeypatch.setattr("daskflow.producers.dask_queue._LONGEST_FETCH_S", 1.0)
        node = QueueProducer("frames", address=other.scheduler_address, max_frames=4)
        runner = NodeRunner(node, Context("flow", "run", "queue", "queue-0"))
        runner.open()
        yield runner
        runner.close()

    def test_what_is_left_stays_in_the_queue(self, client: Client, producer: NodeRunner):
        queue = Queue("frames", client=client)
        queue.put(1)
        queue.put(2)
        queue.close()
        assert producer.produce(0)[0] == 1
        producer.close()
        assert Queue("frames", client=client).get(timeout=5) == 2

    def test_of_all_kinds(self, client: Client, producer: NodeRunner):
        queue, may_end = Queue("frames", client=client), Event("may end", client=client)

        def late() -> str:
            worker_client = get_client()
            Event("may end", client=worker_client).wait()
            return "late"

        def failing() -> None:
            raise TimeoutError("the task's own")

        def given() -> Any:
            return producer.produce(0)[0]

        assert given() is SKIP
        queue.put(client.submit(late, pure=False))
        queue.put([1, 2])
        assert given() is SKIP  # and what comes after it has to wait
        may_end.set()
        while (item := given()) is SKIP:
            pass
        assert item == "late"
        assert given() == (1, 2)
        queue.put(client.submit(failing, pure=False))
        with pytest.raises(TimeoutError, match="the task's own"):
            until_it_raises(given)
        may_end.clear()
        future = client.submit(late, pure=False)
        queue.put(future)
        client.cancel([future], force=True)
        with pytest.raises(LookupError, match="is a future without a result: "):
            until_it_raises(given)
        for number in range(3):
            queue.put(number)
        assert (given(), given()) == (0, 1)
        with pytest.raises(StopIteration):  # max_frames
            given()
        assert queue.get(timeout=5) == 2
