"""The scheduler's own /metrics, as Prometheus reads it while a flow runs, against what the flow says."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from daskflow import REALTIME, SKIP, Flow, ProcessorNode, ProducerNode
from daskflow.cluster import monitoring
from daskflow.consumers import VoidConsumer
from daskflow.monitor.prometheus import registry_of
from daskflow.monitor.prometheus.families import COUNTER
from daskflow.monitor.prometheus.samples import samples_of
from daskflow.monitor.snapshot import RunSnapshot

PATIENCE_S = 30
COUNT = 60


class Burst(ProducerNode):
    """Gives all at once, and ends when it is told to."""

    def __init__(self, told: Path) -> None:
        super().__init__(name="burst")
        self._told = told

    def open(self) -> None:
        self._numbers = iter(range(COUNT))

    def next(self) -> int:
        for number in self._numbers:
            return number
        while not self._told.exists():
            time.sleep(0.02)
        raise StopIteration


class Slow(ProcessorNode):
    """Drops, skips and fails."""

    def process(self, number: int) -> object:
        time.sleep(0.002)
        if number % 7 == 3:
            raise ValueError(number)
        return SKIP if number % 5 == 0 else number


Counts = dict[tuple[str, frozenset[tuple[str, str]]], float]


def counts_on(text: str) -> Counts:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("daskflow_")
    }


def whole_counts_of(snapshot: RunSnapshot) -> Counts:
    """All counters of a snapshot that count something."""
    return {
        (
            f"{family.name}_total",
            frozenset(zip(("flow", *family.labels), ("yard", *labels), strict=True)),
        ): value
        for family, labels, value in samples_of(snapshot)
        if family.kind == COUNTER and isinstance(value, int)
    }


def test_counters_are_those_of_the_flow_while_it_runs_and_after_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(monitoring, "SAMPLE_EVERY_S", 0.1)
    told = tmp_path / "told"
    burst = Burst(told)
    slow = Slow(name="slow", nb_tasks=2, on_error="skip")(burst)
    flow = Flow([burst], [VoidConsumer(name="end")(slow)], REALTIME, name="yard")
    flow.run(cluster={"dashboard_address": "127.0.0.1:0"})
    try:
        page = flow.dashboard_link.replace("/status", "/metrics")
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            text = urllib.request.urlopen(page, timeout=PATIENCE_S).read().decode()
            now = flow.metrics()
            end, counts = now["end"], counts_on(text)
            is_still = end.received + end.dropped + end.voided == COUNT
            if is_still and whole_counts_of(now).items() <= counts.items():
                break
            assert time.monotonic() < deadline_s, (now, text)
            time.sleep(0.1)
    finally:
        told.touch()
        flow.join()
    last = flow.metrics()
    assert last["slow"].dropped > 0
    assert last["slow"].received > 0
    assert whole_counts_of(last) == whole_counts_of(now)
    after = counts_on(generate_latest(registry_of(last)).decode())
    assert whole_counts_of(last).items() <= after.items()
    assert "dask_scheduler_workers" in text  # Dask's own are beside them
    name = "daskflow_node_processing_seconds_count"
    assert after[name, frozenset({("flow", "yard"), ("node", "slow")})] == last["slow"].received
