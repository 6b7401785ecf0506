"""What a message costs, in numbers that do not depend on the machine: copies, exchanges, slots."""

from __future__ import annotations

import dask.config

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD


def run(flow: Flow) -> None:
    flow.run(cluster=NO_DASHBOARD)
    flow.join()


def test_a_frame_is_stored_once_for_all_who_read_it_and_not_again_where_the_result_is_the_input():
    source = nodes.Frames(40)
    first = IdentityProcessor(nb_tasks=2)(source)
    second = IdentityProcessor()(first)
    for read in (source, source, first, second):
        nodes.CountingFrames()(read)
    flow = Flow([source], [], BATCH)
    run(flow)
    found = [(flow.metrics()[node].stored, flow.metrics()[node].forwards) for node in (source, first, second)]
    assert found == [(40, 0), (0, 40), (0, 40)]
    assert sum(node.stored + node.forwards for node in flow.metrics().values()) == 120


def test_frames_made_in_shared_memory_arrive_whole():
    source = nodes.Frames(100)
    inverse = nodes.Lent()(source)
    nodes.CountingFrames(-1)(inverse)
    nodes.CountingFrames()(nodes.Lent()(inverse))
    flow = Flow([source], [], BATCH)
    run(flow)
    assert flow.metrics()[inverse].stored == 100


def test_a_burst_of_small_messages_shares_its_exchanges():
    source = IntProducer(0, 4_999)
    VoidConsumer()(IdentityProcessor()(source))
    flow = Flow([source], [], BATCH)
    run(flow)
    exchanges = sum(node.steps + node.tellings for node in flow.metrics().values())
    assert exchanges < 2 * 5_000, "unshared, each message has five or six exchanges of its own"


def test_a_run_has_no_more_slots_than_its_plan_says_however_long_it_is(tmp_path):
    source = nodes.Frames(300, shape=(120, 160, 3))
    work = nodes.Lent()(source)
    counter = nodes.SlotCounter(tmp_path / "slots")(work, source)
    flow = Flow([source], [counter], BATCH, queue_size=3)
    # Who looks at a task's stack holds what is in it: a frame may be let go of a moment late.
    with dask.config.set({"distributed.worker.profile.enabled": False}):
        run(flow)
    assert 0 < int((tmp_path / "slots").read_text()) <= flow.plan().most_frames
