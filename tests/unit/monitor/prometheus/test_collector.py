"""What Prometheus is told of a run, read back by its own parser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from daskflow.core.histogram import Histogram
from daskflow.monitor.parts import EdgeMetrics, PathMetrics, SchedulerMetrics, TaskMetrics
from daskflow.monitor.prometheus import FAMILIES, RunCollector, export_runs, registry_of
from daskflow.monitor.runs import RUNS
from daskflow.monitor.snapshot import RunSnapshot
from tests.unit.monitor.snapshots import metrics, snapshot

TIMES = Histogram.of([0.001, 0.01, 0.01, 40.0])

RUN = replace(
    snapshot(
        metrics("camera", "producer", emitted=100, skipped=3),
        metrics(
            "detector", "processor", nb_tasks=2, received=90, emitted=80, skipped=4, failed=6, dropped=7,
            voided=3, span_s=10.0, busy=0.6, copying=0.1, wire=0.1, blocked=0.15, starved=0.05, cpu=1.5,
            process_time=TIMES, rate=8.0, stored=5, forwards=6, in_flight=2,
        ),
        metrics("writer", "consumer", received=80, skipped=1, failed=2),
        edges=(EdgeMetrics("camera", "detector", 4, lossy=True, waiting=3, dropped=7),),
        tasks=(TaskMetrics("detector-1", "detector", restarts=2, done=45, memory_bytes=10**8, slots=5,
                           slots_on_disk=1),),
        scheduler=SchedulerMetrics(lag_s=0.002),
    ),
    flow_name="yard",
    paths={("camera", "writer"): PathMetrics("camera", "writer", latency=Histogram.of([0.3] * 5))},
)  # fmt: skip


def scraped(registry: CollectorRegistry) -> dict[tuple[str, ...], float]:
    """Name and label values of each sample, the labels in the order of their names."""
    text = generate_latest(registry).decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            assert (sample.name, *labels) not in found, "a sample that is there twice"
            found[sample.name, *labels] = sample.value
    return found


def test_counters_are_those_of_the_snapshot() -> None:
    found = scraped(registry_of(RUN))
    ends = {"done": 80, "skipped": 4, "failed": 6, "dropped": 7, "voided": 3}
    for outcome, count in ends.items():
        key = "daskflow_node_messages_total", "flow=yard", "node=detector", f"outcome={outcome}"
        assert found[key] == count
    assert found["daskflow_node_messages_total", "flow=yard", "node=camera", "outcome=done"] == 100
    assert found["daskflow_node_messages_total", "flow=yard", "node=writer", "outcome=done"] == 77
    edge = "flow=yard", "source=camera", "target=detector"
    assert found["daskflow_edge_dropped_messages_total", *edge] == 7
    assert found["daskflow_edge_waiting_messages", *edge] == 3
    assert found["daskflow_edge_capacity_messages", *edge] == 4
    task = "flow=yard", "node=detector", "task=detector-1"
    assert found["daskflow_task_restarts_total", *task] == 2
    assert found["daskflow_task_resident_memory_bytes", *task] == 1e8
    assert found["daskflow_ledger_lag_seconds", "flow=yard"] == 0.002


def test_time_is_that_of_all_tasks_of_a_node() -> None:
    found = scraped(registry_of(RUN))
    spent = {
        activity: found[
            "daskflow_node_time_seconds_total", f"activity={activity}", "flow=yard", "node=detector"
        ]
        for activity in ("busy", "copying", "wire", "blocked", "starved")
    }
    assert spent == pytest.approx({"busy": 12, "copying": 2, "wire": 2, "blocked": 3, "starved": 1})
    assert found["daskflow_node_cpu_seconds_total", "flow=yard", "node=detector"] == 15.0


def test_histograms_count_up_to_powers_of_two() -> None:
    found = scraped(registry_of(RUN))
    node = "flow=yard", "node=detector"
    counts = {
        bound: found["daskflow_node_processing_seconds_bucket", "flow=yard", f"le={bound}", "node=detector"]
        for bound in ("0.0009765625", "0.001953125", "0.0078125", "0.015625", "32.0", "+Inf")
    }
    assert list(counts.values()) == [0, 1, 1, 3, 3, 4]
    assert found["daskflow_node_processing_seconds_count", *node] == 4
    assert found["daskflow_node_processing_seconds_sum", *node] == pytest.approx(40.021)
    path = "consumer=writer", "flow=yard"
    assert found["daskflow_flow_latency_seconds_bucket", *path, "le=0.25", "producer=camera"] == 0
    assert found["daskflow_flow_latency_seconds_bucket", *path, "le=0.5", "producer=camera"] == 5


def test_every_family_has_the_name_and_labels_that_it_says() -> None:
    sampled = {name for name, *_ in scraped(registry_of(RUN))}
    assert sampled == {name for family in FAMILIES for name in family.sample_names}
    for family in FAMILIES:
        unit = family.name.rpartition("_")[2]
        assert family.name.startswith("daskflow_")
        assert family.help.endswith(".")
        assert unit != "total"


def test_a_counter_made_of_shares_never_goes_back() -> None:
    shown = [RUN]
    registry = CollectorRegistry()
    registry.register(RunCollector(lambda: shown))
    key = "daskflow_node_time_seconds_total", "activity=busy", "flow=yard", "node=detector"
    before = scraped(registry)[key]
    detector = RUN["detector"]
    lower = replace(detector, whole=replace(detector.whole, busy=0.6 - 1e-12))
    shown[:] = [replace(RUN, nodes={**RUN.nodes, "detector": lower})]
    assert scraped(registry)[key] == before
    shown[:] = [replace(shown[0], run_id="the next")]
    assert scraped(registry)[key] < before  # that one begins anew


def names(shown: Sequence[RunSnapshot], registry: CollectorRegistry) -> list[str]:
    return [key[1] for key in scraped(registry) if key[0] == "daskflow_flow_elapsed_seconds"]


def test_two_runs_of_one_name_are_told_apart_and_keep_their_names() -> None:
    first, second = replace(RUN, run_id="1"), replace(RUN, run_id="2")
    shown = [first, second]
    registry = CollectorRegistry()
    registry.register(RunCollector(lambda: shown))
    assert names(shown, registry) == ["flow=yard", "flow=yard (2)"]
    shown[:] = [second]
    assert names(shown, registry) == ["flow=yard (2)"]
    shown[:] = [second, replace(RUN, run_id="3")]
    assert names(shown, registry) == ["flow=yard (2)", "flow=yard"]


class Watched:
    """A run that is shown."""

    run_id = RUN.run_id

    def latest(self) -> RunSnapshot:
        return RUN

    def picture(self, source: str, target: str) -> None: ...


def test_the_global_registry_shows_runs_for_as_long_as_somebody_wants_it() -> None:
    registry = prometheus_client.REGISTRY
    run = Watched()
    RUNS.add(run)
    try:
        assert b"daskflow" not in generate_latest(registry)
        ends = [export_runs(), export_runs()]
        assert (
            b'daskflow_node_messages_total{flow="yard",node="camera",outcome="done"} 100.0'
            in generate_latest(registry)
        )
        ends.pop()()
        assert b'flow="yard"' in generate_latest(registry)
        ends.pop()()
        assert b"daskflow" not in generate_latest(registry)
    finally:
        RUNS.remove(run)
