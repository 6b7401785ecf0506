"""Frames from worker to worker: addresses of the loopback network, and folders of their own, are hosts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.core.node import Node
from daskflow.errors import PayloadLostError
from daskflow.runtime.session import Session
from daskflow.transport.far import far_slots
from tests.cluster.far_run import FarCluster, FarRun
from tests.cluster.nodes import Frames
from tests.unit.transport.far.hosts import counted_answers

COUNT, SHAPE = 40, (270, 480, 3)
FRAME = int(np.prod(SHAPE))


class Level(ProcessorNode):
    """The value that all of a frame has."""

    def process(self, frame: np.ndarray) -> tuple[int, bool]:
        return int(frame[0, 0, 0]), bool((frame == frame[0, 0, 0]).all())


class Same(ProcessorNode):
    def process(self, frame: np.ndarray) -> np.ndarray:
        return frame


@pytest.fixture
def cluster() -> Iterator[FarCluster]:
    cluster = FarCluster(worker_hosts=["127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.3"])
    yield cluster
    cluster.close()


def run(cluster: FarCluster, sinks: list[CollectConsumer], where: dict[str, int]) -> FarRun:
    addresses = [worker.address for worker in cluster.workers]
    camera: Node = sinks[0]
    while camera.parents:
        camera = camera.parents[0]
    run = FarRun(
        cluster, Flow([camera], sinks, flow_type=BATCH), {task: addresses[i] for task, i in where.items()}
    )
    run.run()
    return run


WANTED = [(value, True) for value in range(COUNT)]


def test_a_flow_over_two_hosts(cluster):
    sink = CollectConsumer(name="sink")
    sink(Level(name="level")(Frames(COUNT, SHAPE, name="camera")))
    with counted_answers() as sent:
        run(cluster, [sink], {"camera-0": 0, "level-0": 1, "sink-0": 1})
    assert sink.results == WANTED
    assert [size for _, size, _ in sent] == [FRAME] * COUNT


def test_two_readers_on_one_host_share_what_came(cluster):
    camera = Frames(COUNT, SHAPE, name="camera")
    one, other = CollectConsumer(name="sink"), CollectConsumer(name="sink2")
    one(Level(name="level")(camera))
    other(Level(name="level2")(camera))
    with counted_answers() as sent:
        run(cluster, [one, other], {"camera-0": 0, "level-0": 1, "level2-0": 2, "sink-0": 1, "sink2-0": 2})
    assert one.results == other.results == WANTED
    assert len(sent) == COUNT


def test_what_a_third_host_gets_is_what_the_first_has_made(cluster):
    sink = CollectConsumer(name="sink")
    sink(Level(name="level")(Same(name="same", nb_tasks=2)(Frames(COUNT, SHAPE, name="camera"))))
    run(cluster, [sink], {"camera-0": 0, "same-0": 1, "same-1": 2, "level-0": 3, "sink-0": 3})
    assert sink.results == WANTED


def test_results_for_the_caller_come_from_the_workers(cluster):
    sink = CollectConsumer(name="sink")
    sink(Frames(10, SHAPE, name="camera"))
    with counted_answers() as sent:
        run(cluster, [sink], {"camera-0": 0, "sink-0": 1})
    assert [int(frame[0, 0, 0]) for frame in sink.results] == list(range(10))
    assert len(sent) == 20  # to the sink, and to the caller


def test_a_payload_that_is_lost_is_told_and_the_task_goes_on(cluster, monkeypatch):
    fetch, lost = far_slots.FarSlots.fetch, []

    def losing(far: Any, slot: int, edition: int) -> Any:
        if not lost:
            lost.append(slot)
            raise PayloadLostError("its host is gone", (slot,))
        return fetch(far, slot, edition)

    told: list[tuple[int, list[int]]] = []

    def tell(session: Session, number: int, slots: Any) -> None:
        told.append((number, list(slots)))
        session.report(number, 1, None, 0.0, [])  # as a ledger that does not mind: skipped

    monkeypatch.setattr(far_slots.FarSlots, "fetch", losing)
    monkeypatch.setattr(Session, "lost_input", tell)
    sink = CollectConsumer(name="sink")
    sink(Level(name="level")(Frames(COUNT, SHAPE, name="camera")))
    run(cluster, [sink], {"camera-0": 0, "level-0": 1, "sink-0": 1})
    assert told == [(0, lost)]
    assert sink.results == WANTED[1:]
