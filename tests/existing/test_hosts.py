"""Flows over several hosts: what goes over their network, and what becomes of them when one is lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from distributed import Client

from benchmarks.hosts import SUFFICIENT, copied, flowed
from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.core.node import Node
from daskflow.deadletters import DeadLetterFolder
from daskflow.errors import HostLostError, TaskLostError
from tests.existing.clusters import end_runs, keys, places, within, worker_of
from tests.existing.hosts import Hosts, hosts, why_not
from tests.existing.nodes import FULL_HD, Camera, CrashesAt, Film, Inverse, Joined, Level

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

FRAME = int(np.prod(FULL_HD))
ON_H1, ON_H2, ON_H3 = ({"resources": {host: 1}} for host in ("h1", "h2", "h3"))
ANYWHERE = {"resources": {"spare": 1}}
"""On the second host or the third."""

SOON_LOST: Any = {"flow": {"host_timeout_s": 3}}
"""For runs whose lost hosts do not come back."""

AROUND = 0.03
"""What may go over the network beside pixels, as a share of them."""


@pytest.fixture(scope="module")
def network() -> Iterator[Hosts]:
    with hosts({"h1": 3, "h2": 2, "h3": 2}, tags={"h2": "spare", "h3": "spare"}) as built:
        yield built


@pytest.fixture
def cluster(network: Hosts) -> Iterator[Hosts]:
    """All of the hosts, with nothing on them before and after."""
    network.revive()
    yield network
    with Client(network.address, set_as_default=False) as client:
        end_runs(client)
        assert within(20, lambda: not keys(client)), f"left on the scheduler: {keys(client)}"
    assert within(20, lambda: not network.places()), f"folders are left: {network.places()}"
    assert within(20, lambda: not network.janitors()), f"processes are left: {network.janitors()}"
    assert within(10, lambda: not places()), f"folders of the caller are left: {places()}"


def level_of(camera: Node, **options: Any) -> tuple[Flow, CollectConsumer]:
    """A flow that tells the caller what each picture is filled with."""
    out = CollectConsumer(name="out", **ON_H1)(Level(name="level", **options)(camera))
    while camera.parents:
        camera = camera.parents[0]
    return Flow([camera], [out], flow_type=BATCH), out


def received_of(cluster: Hosts, flow: Flow) -> dict[str, int]:
    """Bytes that each host receives while a flow runs to its end."""
    before = cluster.bytes_received()
    flow.run(cluster=cluster.address)
    flow.join()
    return {host: size - before[host] for host, size in cluster.bytes_received().items()}


def emitted(flow: Flow, node: str) -> int:
    return flow.metrics()[node].emitted


def kill_host_of(cluster: Hosts, task: str) -> str:
    """Kill the host of a task, as all of its machine would end; its name."""
    with Client(cluster.address, set_as_default=False) as client:
        host = cluster.host_at(worker_of(client, task))
    cluster.kill(host)
    return host


def passing_on(count: int, **options: Any) -> tuple[Flow, CollectConsumer]:
    """Pictures that wait, in numbers, in the memory of the host of the node `inverse`."""
    camera = Camera(count, 0.03, name="camera", **ON_H1)
    return level_of(Inverse(name="inverse", **ANYWHERE, **options)(camera), wait_s=0.1, **ON_H1)


def test_a_picture_crosses_once_for_each_host(cluster):
    camera = Camera(40, name="camera", **ON_H1)
    readers = [Level(name="one", **ON_H2), Level(name="two", **ON_H2), Level(name="three", **ON_H3)]
    joined = Joined(name="joined", **ON_H3)(*(reader(camera) for reader in readers))
    out = CollectConsumer(name="out", **ON_H1)(joined)
    flow = Flow([camera], [out], flow_type=BATCH)
    received = received_of(cluster, flow)
    assert flow.results(out) == [(value,) * 3 for value in range(40)]
    for host in "h2", "h3":
        assert 1 <= received[host] / (40 * FRAME) < 1 + AROUND
    for host in "h1", "scheduler":
        assert received[host] < AROUND * 40 * FRAME


def test_an_edge_is_nearly_as_fast_as_a_plain_copy(cluster):
    cluster.limit_rate("1gbit")  # which leaves the machine time for other things
    assert flowed(cluster, 60) >= SUFFICIENT * copied(cluster, 60)


def test_what_is_passed_on_is_sent_by_who_made_it(cluster):
    camera = Inverse(name="inverse", **ON_H2)(Camera(20, name="camera", **ON_H1))
    flow, out = level_of(camera, **ON_H3)
    received = received_of(cluster, flow)
    assert flow.results(out) == [255 - value for value in range(20)]
    assert 1 <= received["h2"] / (20 * FRAME) < 1 + AROUND
    assert 1 <= received["h3"] / (20 * FRAME) < 1 + AROUND


def test_a_caller_who_reaches_no_worker_is_told_and_gets_its_results(cluster, caplog):
    camera = Camera(10, name="camera", **ON_H1)
    out = CollectConsumer(name="out", **ON_H1)(camera)
    flow = Flow([camera], [out], flow_type=BATCH)
    with caplog.at_level(logging.WARNING, "daskflow"):
        received = received_of(cluster, flow)
    results = flow.results(out)
    assert [(int(frame.min()), int(frame.max())) for frame in results] == [(n, n) for n in range(10)]
    assert results[0].shape == FULL_HD
    assert sum("through the scheduler" in record.getMessage() for record in caplog.records) == 1
    assert 1 <= received["scheduler"] / (10 * FRAME) < 1 + AROUND


def test_over_a_network_with_delay_and_loss(cluster):
    if not cluster.delay("delay", "20ms", "2ms", "loss", "0.5%"):
        pytest.skip("the kernel has no netem, which delays and loses")
    flow, out = level_of(Camera(20, name="camera", **ON_H1), **ON_H2)
    flow.run(cluster=cluster.address)
    flow.join()
    assert flow.results(out) == list(range(20))


def test_a_host_that_is_cut_off_for_a_while(cluster):
    flow, out = level_of(Camera(60, 0.03, name="camera", **ON_H1), **ON_H2)
    flow.run(cluster=cluster.address)
    assert within(30, lambda: emitted(flow, "level") > 3)
    cluster.cut_off("h2")
    time.sleep(2)
    done = emitted(flow, "level")
    time.sleep(3)
    assert emitted(flow, "level") == done
    cluster.reconnect("h2")
    flow.join()
    assert flow.results(out) == list(range(60))
    assert flow.metrics()["level"].restarts == 0


def test_work_without_state_goes_on_when_its_host_is_killed(cluster):
    flow, out = level_of(Camera(120, 0.03, name="camera", **ON_H1), nb_tasks=2, **ANYWHERE)
    flow.run(cluster=cluster.address)
    assert within(30, lambda: emitted(flow, "level") > 3)
    kill_host_of(cluster, "level-0")
    flow.join()
    assert flow.results(out) == list(range(120))


def test_a_picture_of_another_host_that_kills_its_processes_is_kept(cluster, tmp_path):
    camera = Camera(8, name="camera", **ON_H1)
    out = CollectConsumer(name="out", **ON_H1)(CrashesAt(3, name="crashes", **ON_H2)(camera))
    flow = Flow([camera], [out], flow_type=BATCH)
    flow.run(cluster=cluster.address, dead_letters=tmp_path)
    flow.join()
    assert flow.results(out) == [0, 1, 2, 4, 5, 6, 7]
    folder = DeadLetterFolder(tmp_path)
    (letter,) = folder.letters()
    assert (letter.node, letter.number, letter.error) == ("crashes", 3, "the message killed 3 processes")
    ((frame, _),) = folder.inputs(letter)
    assert frame.shape == FULL_HD
    assert (frame == 3).all()


def test_a_flow_fails_that_has_lost_its_source(cluster):
    flow, _ = level_of(Camera(10**6, 0.03, name="camera", **ON_H2), **ON_H3)
    flow.run(cluster=cluster.address)
    assert within(30, lambda: emitted(flow, "level") > 3)
    cluster.kill("h2")
    began_s = time.monotonic()
    with pytest.raises(TaskLostError, match="camera-0"):
        flow.join()
    assert time.monotonic() - began_s < 30


def test_pictures_that_were_lost_with_their_host_fail_the_flow(cluster):
    flow, _ = passing_on(120)
    flow.run(cluster=cluster.address, overrides=SOON_LOST)
    assert within(30, lambda: emitted(flow, "level") > 3)
    host = kill_host_of(cluster, "inverse-0")
    with pytest.raises(HostLostError, match=host) as caught:
        flow.join()
    assert "inverse" in str(caught.value)
    assert "durable" in str(caught.value)


def test_pictures_that_were_lost_are_made_again_where_that_was_wished(cluster):
    flow, out = passing_on(120, durable=True)
    flow.run(cluster=cluster.address, overrides=SOON_LOST)
    assert within(30, lambda: emitted(flow, "level") > 3)
    kill_host_of(cluster, "inverse-0")
    flow.join()
    assert flow.results(out) == [255 - value for value in range(120)]


def test_a_film_begins_anew_elsewhere_with_the_pictures_that_were_lost(cluster):
    flow, out = level_of(Film(120, name="film", **ANYWHERE), wait_s=0.03, durable=True, **ON_H1)
    flow.run(cluster=cluster.address, overrides=SOON_LOST)
    assert within(30, lambda: emitted(flow, "film") > 8)
    kill_host_of(cluster, "film-0")
    flow.join()
    assert flow.results(out) == list(range(120))
    assert flow.metrics()["film"].restarts == 1
