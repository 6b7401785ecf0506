"""Figures of a run, whole or after its warm-up."""

from __future__ import annotations

import pytest

from daskflow.experiments.sweeps.footprint import Footprint
from daskflow.experiments.sweeps.metrics import Measured, figures_of, names_for, unit_of
from daskflow.monitor.parts import PathMetrics
from tests.unit.monitor.snapshots import alike, metrics, snapshot


def run_until(elapsed_s: float, received: int, last_s: float, *, busy_s: float, latency_s=0.5, **figures):
    """A chain whose sink took its first message at 1 s and its last at `last_s`."""
    rate = (received - 1) / (last_s - 1.0)
    stage = metrics(
        "stage", "processor", received=received, span_s=elapsed_s, rate=rate, busy=busy_s / elapsed_s,
        blocked=0.1, starved=0.2, cpu=0.5, **figures,
    )  # fmt: skip
    sink = metrics("sink", "consumer", received=received, span_s=elapsed_s, rate=rate, cpu=0.25)
    paths = {("numbers", "sink"): PathMetrics("numbers", "sink", latency=alike(latency_s, received))}
    return snapshot(stage, sink, elapsed_s=elapsed_s, paths=paths)


def measured(begin, end, final=None, process_s=0.0, footprint=None) -> Measured:
    return Measured(begin, end, final or end, process_s, footprint or Footprint())


BEGIN = run_until(4.0, 11, 3.0, busy_s=1.0)
END = run_until(10.0, 61, 8.0, busy_s=5.2, dropped=3, failed=2)


def test_a_whole_run():
    figures = figures_of(measured(None, END, process_s=1.5))
    assert figures["elapsed_s"] == figures["measured_s"] == 10.0
    assert figures["messages"] == 61
    assert figures["rate"] == figures["stage.rate"] == pytest.approx(60 / 7)
    assert figures["cpu_cores"] == pytest.approx((5.0 + 2.5 + 1.5) / 10)
    assert figures["cpu_s_per_message"] == pytest.approx(9.0 / 61)
    assert figures["stage.busy"] == pytest.approx(0.52)
    assert (figures["dropped"], figures["failed"]) == (3, 2)


def test_after_the_warm_up():
    figures = figures_of(measured(BEGIN, END, process_s=0.5))
    assert (figures["elapsed_s"], figures["measured_s"]) == (10.0, pytest.approx(6.0))
    assert figures["messages"] == 61, "all of them"
    assert figures["rate"] == pytest.approx(50 / 5.0), "from the message at 3 s to that at 8 s"
    assert figures["cpu_cores"] == pytest.approx((3.0 + 1.5 + 0.5) / 6)
    assert figures["cpu_s_per_message"] == pytest.approx(5.0 / 50)
    assert figures["stage.busy"] == pytest.approx(4.2 / 6)
    assert figures["stage.blocked"] == pytest.approx(0.1)


def test_what_the_flow_finishes_while_it_is_stopped_is_not_measured_but_counted():
    figures = figures_of(measured(None, BEGIN, final=END))
    assert (figures["elapsed_s"], figures["measured_s"], figures["messages"]) == (10.0, 4.0, 61)
    assert figures["rate"] == pytest.approx(10 / 2.0)
    assert figures["dropped"] == 3


def test_latency_is_of_the_messages_of_the_span():
    slow_start = run_until(4.0, 11, 3.0, busy_s=1.0, latency_s=2.0)
    both = alike(2.0, 11) + alike(0.5, 50)
    end = snapshot(
        *END.nodes.values(), elapsed_s=10.0, paths={(0, 0): PathMetrics("numbers", "sink", latency=both)}
    )
    assert figures_of(measured(slow_start, end))["latency_p99_s"] == pytest.approx(0.5, rel=0.05)
    assert figures_of(measured(None, end))["latency_p99_s"] == pytest.approx(2.0, rel=0.05)


def test_of_several_ends_the_slowest_says_the_rate():
    ends = [
        metrics(name, "consumer", received=11, rate=rate, span_s=5) for name, rate in (("a", 2), ("b", 5))
    ]
    assert figures_of(measured(None, snapshot(*ends, elapsed_s=5.0)))["rate"] == 2


def test_what_cannot_be_said_is_none():
    nothing = snapshot(metrics("sink", "consumer", span_s=0.0))
    figures = figures_of(measured(None, nothing))
    assert figures["messages"] == 0
    for name in ("rate", "latency_p50_s", "cpu_s_per_message", "memory_bytes", "sink.rate", "sink.busy"):
        assert figures[name] is None


def test_nothing_came_after_the_warm_up():
    stalled = run_until(10.0, 11, 3.0, busy_s=1.0)
    figures = figures_of(measured(BEGIN, stalled))
    assert (figures["rate"], figures["cpu_s_per_message"], figures["latency_p50_s"]) == (None, None, None)
    assert figures["stage.busy"] == 0.0


def test_names_and_units():
    figures = figures_of(measured(None, END))
    assert list(figures) == names_for(["stage", "sink"])
    assert unit_of("rate") == unit_of("stage.rate") == "messages/s"
    assert (unit_of("latency_p95_s"), unit_of("memory_bytes"), unit_of("stage.busy")) == ("s", "B", "1")
    assert (unit_of("gap_s"), unit_of("slots_bytes"), unit_of("score")) == ("s", "B", "")
