"""What a run's monitor measures, before it starts, as it ends and when its ledger's thread is gone."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daskflow import BATCH, Flow
from daskflow.cluster.monitoring import RunMonitor
from daskflow.consumers import VoidConsumer
from daskflow.ledger import Ledger
from daskflow.ledger.topology import EdgeSpec, NodeSpec, Topology
from daskflow.monitor.sampling import gauge
from daskflow.producers import IntProducer
from daskflow.transport.observations import TaskTimes
from daskflow.transport.places import RunPlaces
from daskflow.transport.reading import Reading


class Thread:
    """In place of the ledger's thread: of a ledger of two nodes and the caller, at a time that is set."""

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.service = self
        self.now_s = 100.0
        nodes = NodeSpec("int_producer"), NodeSpec("end", inputs=(0,)), NodeSpec("end@caller", inputs=(1,))
        self.ledger = Ledger(Topology(nodes, (EdgeSpec(0, 1, 8), EdgeSpec(1, 2, 8))))
        self.pids: dict[int, int] = {}
        self.pictures = SimpleNamespace(is_allowed=True)
        self.records = SimpleNamespace(kept=())

    def call(self, function: Any) -> Any:
        return function()

    def read(self) -> Reading:
        return Reading(self.now_s, self.ledger.counts(self.now_s), (TaskTimes(),) * 3, self.pids)

    def begin(self) -> None:
        for task in range(3):
            self.ledger.register(task, self.now_s)
            self.ledger.exchange(task, 0, [], [], 1, self.now_s)


@pytest.fixture
def thread() -> Thread:
    return Thread(threading.get_ident())


def monitor_of(thread: Thread, memory: Path) -> RunMonitor:
    source = IntProducer(0, 9)
    plan = Flow([source], [VoidConsumer(name="end")(source)], BATCH).plan()
    monitor = RunMonitor(plan, "run", thread, RunPlaces(memory, memory), 10, lambda: None)  # type: ignore[arg-type]
    monitor._gauge = gauge.Gauge(thread.ident, memory)
    return monitor


@pytest.fixture
def monitor(thread: Thread, tmp_path: Path) -> RunMonitor:
    return monitor_of(thread, tmp_path)


def test_what_was_used_before_messages_could_move_is_not_the_runs(thread, monitor, monkeypatch):
    spent_s = 30.0
    monkeypatch.setattr(gauge, "_process", lambda pid: (spent_s, 10))
    thread.pids = {0: 1, 1: 2}
    monitor._sample()
    thread.begin()
    just_begun = monitor.now()  # before the next sample
    assert (just_begun.elapsed_s, just_begun.machine.cpu, just_begun.scheduler.process_cpu) == (0.0, 0.0, 0.0)
    thread.now_s, spent_s = 102.0, 31.0
    seen = monitor.now()
    assert seen["end"].recent.cpu == seen.tasks["end-0"].cpu == pytest.approx(0.5)
    assert seen.machine.flow_cpu == pytest.approx(1.0)


def test_the_callers_own_process_is_no_task_of_the_flow(thread, monitor, monkeypatch):
    spent_s = 0.0
    monkeypatch.setattr(gauge, "_process", lambda pid: (spent_s, 10))
    thread.pids = {0: 1, 1: 2, 2: 3}  # the third takes results to the caller
    thread.begin()
    monitor._sample()
    thread.now_s, spent_s = 102.0, 1.0
    assert monitor.now().machine.flow_cpu == pytest.approx(1.0)


def test_what_comes_after_the_end_changes_nothing(thread, monitor):
    thread.begin()
    thread.now_s = 102.0
    monitor._sample()
    thread.now_s = 102.5
    monitor.note_over()
    for now_s in range(103, 113):  # while workers are killed
        thread.now_s = now_s
        monitor._sample()
    last = monitor.latest()
    assert (last.state, last.elapsed_s, last["end"].recent.span_s) == ("ended", 2.5, 2.5)
    assert [moment.elapsed_s for moment in last.history] == [2.0]


def test_what_a_node_did_before_its_tasks_changed_says_nothing_of_those_that_it_has(thread, monitor):
    assert monitor.since_change("end").state == "starting"
    thread.begin()
    for second in range(101, 108):
        thread.now_s = second
        monitor._sample()
    assert monitor.since_change("end")["end"].recent.span_s == 5.0
    thread.now_s = 107.5
    monitor.note_changed("end")
    assert monitor.since_change("end")["end"].recent.span_s == 0.0
    thread.now_s = 108.0
    monitor._sample()
    assert monitor.since_change("end")["end"].recent.span_s == 0.5
    assert monitor.since_change("int_producer")["int_producer"].recent.span_s == 5.0
    assert monitor.latest()["end"].recent.span_s == 5.0


def test_the_time_of_a_snapshot_is_that_of_its_sample(thread, monitor, monkeypatch):
    monkeypatch.setattr("daskflow.cluster.monitoring.time.time", lambda: 5000.0)
    monkeypatch.setattr("daskflow.cluster.monitoring.clock", lambda: 160.0)
    monitor.note_over()
    assert monitor.latest().time_s == 4940.0  # however much later somebody asks


def test_a_run_may_end_after_its_ledgers_thread_and_its_places(tmp_path):
    go = threading.Event()
    other = threading.Thread(target=go.wait, daemon=True)
    other.start()
    memory = tmp_path / "places"
    memory.mkdir()
    monitor = monitor_of(Thread(other.ident or 0), memory)
    shared = monitor.now().machine.shared_memory_bytes
    memory.rmdir()
    go.set()
    other.join()
    monitor.note_over()
    assert monitor.latest().state == "ended"
    assert monitor.latest().machine.shared_memory_bytes == shared > 0
