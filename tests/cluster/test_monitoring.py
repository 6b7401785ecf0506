"""What is known of a run while it goes, and after it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from daskflow import BATCH, Flow
from daskflow.cluster import monitoring
from daskflow.consumers import VoidConsumer
from daskflow.core.node import ConsumerNode, ProcessorNode
from daskflow.monitor.runs import RUNS
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.producers import IntProducer
from tests.cluster import nodes
from tests.cluster.conftest import NO_DASHBOARD


class Sleeper(ProcessorNode):
    def process(self, value: object) -> object:
        time.sleep(0.01)
        return value


def until(condition, latest) -> RunSnapshot:
    end_s = time.monotonic() + 20
    while not condition(snapshot := latest()):
        assert time.monotonic() < end_s, f"it never came to that: {snapshot}"
        time.sleep(0.05)
    return snapshot


def test_a_run_is_watched_from_its_start_to_its_end(carrier, monkeypatch):
    monkeypatch.setattr(monitoring, "SAMPLE_EVERY_S", 0.2)
    frames = nodes.Frames(100_000)
    slow = Sleeper(name="slow", nb_tasks=2)(frames)
    VoidConsumer(name="sink")(slow)
    flow = Flow([frames], [], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    try:
        (run,) = RUNS.all()
        assert run.run_id == flow.run_id
        seen = until(lambda s: len(s.history) > 1 and s["slow"].recent.process_time.count > 50, run.latest)
        assert seen.state == "running"
        assert seen["slow"].recent.busy > 0.3
        assert 10 < seen["slow"].recent.rate < 300
        assert 0.0097 < seen["slow"].whole.process_time.quantile_s(0.5) < 0.1
        assert seen.tasks["slow-1"].pid > 0
        assert seen.tasks["slow-1"].memory_bytes > 10e6
        assert seen.tasks["frames-0"].slots > 0
        assert seen.edges["frames", "slow"].carries_pictures
        assert seen.paths["frames", "sink"].latency.quantile_s(0.5) > 0.01
        assert seen.machine.cores >= 1
        assert seen.history[-1].rates["slow"] > 10
    finally:
        flow.stop()
    last = flow.metrics()
    assert (last.state, RUNS.all()) == ("ended", [])
    assert last["sink"].received == last["frames"].emitted == last["slow"].whole.process_time.count
    assert flow.metrics() == last


class Waits(ConsumerNode):
    """Opens when the test says so."""

    def __init__(self, told: Path) -> None:
        super().__init__(name="end")
        self._told = told

    def open(self) -> None:
        while not self._told.exists():
            time.sleep(0.01)

    def consume(self, value: int) -> None:
        if value == 5:
            raise ValueError("five")


def test_a_run_that_starts_and_one_that_fails_say_so(tmp_path):
    told = tmp_path / "told"
    source = IntProducer(0, 9)
    Waits(told)(source)
    flow = Flow([source], [], BATCH)
    starter = threading.Thread(target=flow.run, kwargs={"cluster": NO_DASHBOARD})
    starter.start()
    while not RUNS.all():
        time.sleep(0.01)
    (run,) = RUNS.all()
    starting = until(lambda s: s.tasks["int_producer-0"].pid, run.latest)
    told.touch()
    assert (starting.state, starting.elapsed_s, starting["end"].received) == ("starting", 0.0, 0)
    starter.join()
    with pytest.raises(Exception, match="five"):
        flow.join()
    assert flow.metrics().state == "failed"
    assert flow.metrics().total == 10
