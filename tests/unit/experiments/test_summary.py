"""Medians, spread, ratios, and what follows from several workloads."""

from __future__ import annotations

import pytest

from daskflow.experiments.bench.metrics import METRICS
from daskflow.experiments.bench.summary import Record, Summary, derived, ratio, record, summarise
from daskflow.experiments.bench.workloads import WORKLOADS


def records(workload: str, system: str, metric: str, *values: float) -> list[Record]:
    return [record(workload, system, i, metric, value) for i, value in enumerate(values)]


def test_median_and_spread_of_each_system():
    both = [
        *records("vga-new", "daskflow", "rate_per_s", 30.0, 10.0, 11.0),
        *records("vga-new", "ring, copied", "rate_per_s", 20.0, 40.0),
    ]
    ours, theirs = summarise(both)
    assert ours == Summary("vga-new", "daskflow", "rate_per_s", "messages/s", 11.0, 10.0, 30.0, 3)
    assert (theirs.median, theirs.lowest, theirs.highest, theirs.repeats) == (30.0, 20.0, 40.0, 2)
    assert ratio(ours, theirs) == pytest.approx(11 / 30)


def test_no_ratio_to_nothing():
    (ours,) = summarise(records("vga-new", "daskflow", "rate_per_s", 1.0))
    (theirs,) = summarise(records("vga-new", "ring, copied", "rate_per_s", 0.0))
    assert ratio(ours, theirs) is None


def test_latency_per_hop_is_of_the_same_repeat_and_system():
    measured = [
        *records("latency-1", "daskflow", "latency_ms", 1.0, 2.0),
        *records("latency-1", "ring, copied", "latency_ms", 0.5),
        *records("latency-4", "daskflow", "latency_ms", 4.0, 8.0),
        *records("latency-4", "ring, copied", "latency_ms", 2.0, 9.0),
    ]
    assert derived(measured) == [
        record("latency-4", "daskflow", 0, "added_ms_per_hop", 1.0),
        record("latency-4", "daskflow", 1, "added_ms_per_hop", 2.0),
        record("latency-4", "ring, copied", 0, "added_ms_per_hop", 0.5),
    ]


def test_nothing_follows_from_one_of_two():
    assert derived(records("latency-4", "daskflow", "latency_ms", 1.0)) == []
    assert derived(records("memory", "daskflow", "pss_10_nodes_mb", 1.0)) == []


def test_speed_up_beside_the_ideal():
    measured = [
        *records("scale-1", "daskflow", "rate_per_s", 49.0),
        *records("scale-4", "daskflow", "rate_per_s", 147.0),
    ]
    found = {(r.workload, r.system, r.metric): r.value for r in derived(measured)}
    assert found == {
        ("scale-1", "ideal", "rate_per_s"): pytest.approx(50.0),
        ("scale-4", "ideal", "rate_per_s"): pytest.approx(200.0),
        ("scale-4", "daskflow", "speed_up"): pytest.approx(3.0),
        ("scale-4", "ideal", "speed_up"): 4.0,
    }


def test_memory_of_an_added_task():
    measured = [
        *records("memory", "daskflow", "pss_5_nodes_mb", 200.0),
        *records("memory", "daskflow", "pss_10_nodes_mb", 300.0),
    ]
    (added,) = derived(measured)
    assert (added.metric, added.value, added.unit) == ("pss_per_task_mb", 20.0, "MB")


def test_what_workloads_show_is_a_metric():
    assert {metric for workload in WORKLOADS.values() for metric in workload.shows} <= set(METRICS)
