"""Flows on real clusters: what arrives, in what order, and what is said when something fails."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Sequence
from typing import Any

import dask.config
import numpy as np
import pytest
from distributed import Client, Queue

from daskflow import BATCH, REALTIME, Flow, FunctionProcessorNode, Node, TaskModuleNode
from daskflow.consumers import CollectConsumer, CommandlineConsumer, VoidConsumer
from daskflow.errors import FlowStateError, NodeError
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.processors.aggregators import SumAggregator
from daskflow.producers import IntProducer
from daskflow.transport.edge_queue import EdgeQueue, edge_queue_name
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.waiting import snapshot_when

over_both_carriers = pytest.mark.usefixtures("carrier")
"""For what depends on how tasks and ledger talk; all else is over the socket, as in a run on one machine."""


def run(producers: Sequence[Node], consumers: Sequence[Node] = (), flow_type: str = BATCH, **options: Any):
    flow = Flow(producers, consumers, flow_type, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # more tasks than cores
        flow.run(cluster=NO_DASHBOARD)
    flow.join()
    return flow


@over_both_carriers
def test_replicas_of_random_service_time_deliver_in_order():
    numbers = IntProducer(0, 149)
    collect = CollectConsumer()(nodes.RandomDelay(0.01, nb_tasks=3)(numbers))
    flow = run([numbers], [collect])
    assert flow.results(collect) == list(range(150))


def test_a_flow_runs_again_after_it_ended():
    numbers = IntProducer(0, 9)
    total = SumAggregator()(numbers)
    collect = CollectConsumer()(total)
    flow = run([numbers], [collect])
    first, first_run = flow.results(collect), flow.run_id
    flow.run(cluster=NO_DASHBOARD).join()
    assert first == flow.results(collect) == [0, 1, 3, 6, 10, 15, 21, 28, 36, 45]
    assert flow.run_id != first_run


def test_a_join_gets_what_stems_from_one_message_and_no_voids():
    numbers = IntProducer(0, 39)
    even = nodes.Even(nb_tasks=2)(numbers)
    joined = JoinerProcessor()(numbers, even, numbers)
    collect = CollectConsumer()(joined)
    flow = run([numbers], [collect])
    assert flow.results(collect) == [(i, i, i) for i in range(0, 40, 2)]
    metrics = flow.metrics()
    assert (metrics["even"].received, metrics["even"].emitted, metrics["even"].skipped) == (40, 20, 20)
    assert (metrics[joined].received, metrics[joined].voided) == (20, 20)
    assert metrics[collect].received == 20


@over_both_carriers
def test_several_producers_pair_by_number_and_the_shortest_ends_the_join():
    short, endless = IntProducer(0, 9), IntProducer(100)
    collect = CollectConsumer()(JoinerProcessor()(short, endless))
    flow = run([short, endless], [collect])
    assert flow.results(collect) == [(i, 100 + i) for i in range(10)]


def test_dead_ends_and_no_consumer():
    numbers = IntProducer(0, 20)
    first = IdentityProcessor()(numbers)
    IdentityProcessor(name="dead end")(first)
    flow = run([numbers])
    assert flow.metrics()["dead end"].received == 21


def test_a_module_runs_as_one_task():
    numbers = IntProducer(0, 20)
    first = IdentityProcessor()(numbers)
    second = nodes.Even()(first)
    joined = JoinerProcessor()(first, second)
    module = TaskModuleNode(first, joined)
    collect = CollectConsumer()(module)
    flow = run([numbers], [collect])
    assert flow.results(collect) == [(i, i) for i in range(0, 21, 2)]
    assert [task.name for task in flow.plan().tasks] == [
        "int_producer-0", "task_module_node-0", "collect_consumer-0",
    ]  # fmt: skip


def test_frames_kept_by_a_node_never_change():
    frames = nodes.Frames(120)
    collect = CollectConsumer()(nodes.KeepsFrames(50)(frames))
    flow = run([frames], [collect])
    assert flow.results(collect) == [0] * 120


def test_frames_keep_their_content_inside_any_payload():
    frames = nodes.Frames(20, (240, 320, 3))

    def wrap(frame: np.ndarray) -> dict[str, Any]:
        return {"frame": frame, "pair": (frame[:100], np.asfortranarray(frame)), "small": frame[0, 0]}

    def check(payload: dict[str, Any], frame: np.ndarray) -> tuple[bool, ...]:
        parts = [payload["frame"], payload["pair"][1], frame]
        return (
            all((part == frame[0, 0, 0]).all() for part in parts),
            (payload["pair"][0] == frame[0, 0, 0]).all() and payload["pair"][0].shape == (100, 320, 3),
            not any(part.flags.writeable for part in [*parts, payload["small"]]),
        )

    wrapped = FunctionProcessorNode(wrap)(frames)
    collect = CollectConsumer()(FunctionProcessorNode(check, nb_tasks=2)(wrapped, frames))
    flow = run([frames], [collect])
    assert flow.results(collect) == [(True, True, True)] * 20


def test_writing_into_a_shared_frame_says_what_to_do():
    frames = nodes.Frames(3)
    nodes.Paints()(frames)
    with pytest.raises(NodeError, match=r"frame\.copy\(\).*writable_inputs = True") as caught:
        run([frames])
    assert isinstance(caught.value.__cause__, ValueError)


def test_writable_inputs_are_private_copies():
    frames = nodes.Frames(3)
    painted = nodes.PaintsCopies()(frames)
    collect = CollectConsumer()(
        FunctionProcessorNode(lambda a, b: (int(a.max()), int(b.max())))(frames, painted)
    )
    flow = run([frames], [collect])
    assert flow.results(collect) == [(0, 7), (1, 7), (2, 7)]


def test_context_and_metadata():
    numbers = IntProducer(0, 2)
    contexts = nodes.Contexts(name="contexts")(numbers)
    seen = nodes.MetadataSeen()(numbers, contexts)
    collect, collect_seen = CollectConsumer()(contexts), CollectConsumer()(seen)
    flow = run([numbers], [collect, collect_seen], name="tour")
    assert flow.results(collect) == [
        ("tour", "contexts", "contexts-0", 0, 1, "cpu", number, True, 20) for number in range(3)
    ]
    assert flow.results(collect_seen) == [(number, (False, True)) for number in range(3)]


def test_realtime_drops_the_oldest_and_counts():
    frames = nodes.Frames(120, (8, 8), wait_s=0.002)
    slow = nodes.Slow(0.02)(frames)
    last = FunctionProcessorNode(lambda frame: int(frame[0, 0]))(slow)
    collect = CollectConsumer()(last)
    flow = run([frames], [collect], REALTIME)
    metrics, results = flow.metrics(), flow.results(collect)
    assert metrics["frames"].emitted == 120
    assert metrics["slow"].dropped > 0
    assert metrics["slow"].received + metrics["slow"].dropped == 120
    assert metrics["lambda"].received + metrics["lambda"].dropped == metrics["slow"].emitted
    assert results == sorted(results)
    assert results[-1] == 119  # the newest is never the one to go


def test_an_exception_names_node_task_message_and_cause():
    numbers = IntProducer(0, 50)
    nodes.Failing(7, nb_tasks=2, name="fragile")(numbers)
    with pytest.raises(NodeError, match=r"fragile.*message 7.*no 7 here") as caught:
        run([numbers])
    error = caught.value
    assert (error.node, error.sequence_number, error.method) == ("fragile", 7, "process")
    assert error.task in ("fragile-0", "fragile-1")
    assert isinstance(error.__cause__, KeyError)
    assert error.__cause__.__traceback__ is not None


def test_a_node_that_exits_its_process_is_named_like_any_failure():
    numbers = IntProducer(0, 5)
    nodes.Exits(name="quitter")(numbers)
    with pytest.raises(NodeError, match=r"process\(\) of node 'quitter'.*message 0.*SystemExit"):
        run([numbers])


@over_both_carriers
def test_a_result_does_not_wait_for_the_next_call_of_its_node():
    pairs = nodes.EmitsInPairs(2, pause_s=0.8)
    waits = FunctionProcessorNode(lambda then: time.monotonic() - then)(pairs)
    collect = CollectConsumer()(waits)
    flow = run([pairs], [collect])
    assert max(flow.results(collect)) < 0.4


def test_deliver_may_end_its_flow():
    numbers = IntProducer(0, None, 0.002)
    enough = nodes.StopsAfter(10)(numbers)
    enough.flow = flow = Flow([numbers], [enough], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    assert flow.results(enough)[:10] == list(range(10))


@pytest.mark.parametrize("word", ["open", "close"])
def test_open_and_close_that_raise_fail_the_run(tmp_path, word):
    numbers = IntProducer(0, 3)
    nodes.Diary(str(tmp_path / "diary"), fail_in=word)(numbers)
    with pytest.raises(NodeError, match=f"{word}\\(\\) of node 'diary'.*failing in {word}"):
        run([numbers])
    words = (tmp_path / "diary").read_text().split()
    assert words == (["open", "close"] if word == "open" else ["open", "0", "1", "2", "3", "close"])


def test_close_is_called_after_failure_and_stop(tmp_path):
    numbers = IntProducer(0, None, 0.001)
    nodes.Failing(30)(numbers)
    nodes.Diary(str(tmp_path / "failed"))(numbers)
    with pytest.raises(NodeError):
        run([numbers])
    assert (tmp_path / "failed").read_text().split()[-1] == "close"


@over_both_carriers
def test_stop_drains(tmp_path):
    numbers = IntProducer(0, None, 0.005)
    collect = CollectConsumer()(IdentityProcessor(nb_tasks=2)(numbers))
    nodes.Diary(str(tmp_path / "diary"))(numbers)
    flow = Flow([numbers], [collect], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    snapshot_when(flow, lambda seen: seen[collect].received)
    flow.stop()
    results = flow.results(collect)
    assert results == list(range(flow.metrics()["int_producer"].emitted))
    assert (tmp_path / "diary").read_text().split() == ["open", *map(str, results), "close"]
    flow.join()  # has ended: returns at once


@over_both_carriers
def test_stop_without_drain_ends_at_once():
    numbers = IntProducer(0, None, 0.001)
    slow = nodes.Slow(0.3)(numbers)
    flow = Flow([numbers], [VoidConsumer()(slow)], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    snapshot_when(flow, lambda seen: seen["slow"].received)
    flow.stop(drain=False)
    assert flow.metrics()["slow"].received < flow.metrics()["int_producer"].emitted


def test_the_commandline_consumer_prints_here(capsys):
    numbers = IntProducer(0, 4)
    run([numbers], [CommandlineConsumer()(IdentityProcessor(nb_tasks=2)(numbers))])
    assert capsys.readouterr().out == "0\n1\n2\n3\n4\n"


def test_a_node_that_cannot_be_pickled_is_named_before_anything_starts():
    numbers = IntProducer(0, 4)
    node = IdentityProcessor(name="holds a lock")(numbers)
    node.lock = threading.Lock()
    flow = Flow([numbers], [], BATCH)
    with pytest.raises(FlowStateError, match=r"'holds a lock'.*cannot be pickled.*open\(\)"):
        flow.run(cluster=NO_DASHBOARD)
    assert not flow.is_running


def test_an_unknown_carrier_is_named_before_anything_starts():
    flow = Flow([IntProducer(0, 4)], [], BATCH)
    with (
        dask.config.set({"daskflow.carrier": "pigeon"}),
        pytest.raises(ValueError, match="one of socket, comm, got 'pigeon'"),
    ):
        flow.run(cluster=NO_DASHBOARD)
    assert not flow.is_running


def test_run_twice_is_refused_and_join_before_run():
    numbers = IntProducer(0, None, 0.01)
    flow = Flow([numbers], [], BATCH)
    with pytest.raises(FlowStateError, match="before run"):
        flow.join()
    flow.run(cluster=NO_DASHBOARD)
    with pytest.raises(FlowStateError, match="runs already"):
        flow.run(cluster=NO_DASHBOARD)
    flow.stop()


def test_dask_sees_tasks_workers_and_edges_by_their_names():
    numbers = IntProducer(0, None, 0.001, name="numbers")
    slow = nodes.Slow(0.05, name="slow")(numbers)
    flow = Flow([numbers], [VoidConsumer()(slow)], BATCH, queue_size=5)
    flow.run()
    try:
        assert flow.dashboard_link.startswith("http://127.0.0.1:")
        snapshot_when(flow, lambda seen: seen["slow"].received)
        with Client(flow.scheduler_address, set_as_default=False) as client:
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            assert {w["name"] for w in workers} == {"numbers-0", "slow-0", "void_consumer-0"}
            assert all(w["nthreads"] == 1 for w in workers)
            keys = [key for tasks in client.processing().values() for key in tasks]
            assert sorted(key.rsplit("-", 1)[0] for key in keys) == ["numbers-0", "slow-0", "void_consumer-0"]
            queue = EdgeQueue(flow.run_id, "numbers", "slow", client=client)
            assert 1 <= queue.qsize() <= flow.plan().edges[0].capacity
            by_name = Queue(edge_queue_name(flow.run_id, "numbers", "slow"), client=client)
            assert by_name.qsize() >= 1
            with pytest.raises(TypeError, match="lease"):
                by_name.get(timeout=1)
            with pytest.raises(TypeError, match="edge of a flow"):
                queue.put(1)
            stock = Queue("somebody's own", client=client)
            stock.put(1)
            assert stock.get(timeout=1) == 1
    finally:
        flow.stop(drain=False)
