"""A flow is profiled, advised, and run as advised."""

from __future__ import annotations

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.errors import FlowStateError, ProfileError
from daskflow.processors import IdentityProcessor, JoinerProcessor
from daskflow.producers import IntProducer
from tests.cluster.bottlenecks import Pause, Source, Work
from tests.cluster.conftest import NO_DASHBOARD

SERVICE_S = 0.05
FRAME = (200, 200, 3)
FRAME_BYTES = 120_000


def test_a_profile_of_a_flow_without_an_end_and_a_run_as_advised():
    source = Source(shape=FRAME, name="source")
    slow = Work(Pause(SERVICE_S), name="slow")(source)
    results = CollectConsumer(name="results")(IdentityProcessor(name="cheap")(slow))
    flow = Flow([source], [results], BATCH, queue_size=2)  # or draining would take its time
    profile = flow.profile(20, cluster=NO_DASHBOARD)
    with pytest.raises(FlowStateError, match="before run"):
        flow.metrics()  # it was no run of the flow's own
    assert flow.results(results) == []
    assert profile.messages >= 18  # one or two that were under way when the last was counted do not count
    assert profile.nodes["slow"].service.count >= 18
    assert (
        profile.nodes["slow"].undisturbed_s >= 0.9 * SERVICE_S
    )  # the process's other threads wait for cores too
    assert profile.nodes["cheap"].undisturbed_s < SERVICE_S
    assert profile.rate <= 1.05 / SERVICE_S  # one that was under way at the start counts as well
    assert FRAME_BYTES <= (profile.nodes["source"].payload_bytes or 0) <= 1.25 * FRAME_BYTES
    assert profile.nodes["slow"].payload_bytes is None

    advice = flow.advise(2.5 / SERVICE_S, profile=profile)
    assert advice.is_reached
    assert advice.nb_tasks["slow"] >= 3
    assert advice.nb_tasks["source"] == advice.nb_tasks["results"] == 1
    flow.run(cluster=NO_DASHBOARD, overrides=advice)
    flow.stop()
    assert flow.metrics()["slow"].nb_tasks == advice.nb_tasks["slow"]


def test_cheap_neighbours_run_in_one_task_as_advised_and_a_join_may_be_wired_in_any_order():
    source = Source(name="source")
    slow = Work(Pause(0.01), name="slow")(source)
    last = slow
    for name in ("a", "b", "c"):
        last = IdentityProcessor(name=name)(last)
    joined = JoinerProcessor(name="joined")(last, source)
    flow = Flow([source], [VoidConsumer(name="end")(joined)], BATCH, queue_size=2)
    advice = flow.advise(50, profile=flow.profile(50, cluster=NO_DASHBOARD, quiet=True))
    assert advice.fuse == (("a", "b", "c"),)
    flow.run(cluster=NO_DASHBOARD, overrides=advice)
    flow.stop()
    assert list(flow.metrics().nodes) == ["source", "slow", "a+b+c", "joined", "end"]


def test_chains_of_the_flow_are_advised_and_run_as_one():
    source = Source(name="source")
    second = IdentityProcessor(name="second")(Work(Pause(0.02), name="first")(source))
    flow = Flow([source], [VoidConsumer(name="end")(second)], BATCH, queue_size=2, fuse=[("first", "second")])
    advice = flow.advise(60, profile=flow.profile(20, cluster=NO_DASHBOARD, quiet=True))
    assert list(advice.profile.nodes) == ["source", "first", "second", "end"]
    assert advice.nb_tasks["first"] == advice.nb_tasks["second"] >= 2
    flow.run(cluster=NO_DASHBOARD, overrides=advice)
    flow.stop()
    assert flow.metrics()["first+second"].nb_tasks == advice.nb_tasks["first"]


def test_a_short_flow_is_measured_as_a_whole_and_an_empty_one_not_at_all():
    def flow(last: int) -> Flow:
        source = IntProducer(0, last, name="source")
        return Flow([source], [CollectConsumer(name="end")(Work(Pause(0.001))(source))], BATCH)

    profile = flow(9).profile(cluster=NO_DASHBOARD, quiet=True)
    assert profile.messages == 10
    with pytest.raises(ProfileError, match="and 2 came before it ended"):
        flow(1).profile(cluster=NO_DASHBOARD, quiet=True)
