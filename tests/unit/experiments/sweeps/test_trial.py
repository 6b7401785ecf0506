"""Trials of flows that are not run: how each is watched, ended and recorded."""

from __future__ import annotations

import logging
import threading

import pytest

from daskflow.errors import ClusterError
from daskflow.experiments.sweeps import trial, watch
from daskflow.experiments.sweeps.building import FlowBuilder
from daskflow.experiments.sweeps.grid import Trial
from daskflow.experiments.sweeps.span import Limits
from daskflow.experiments.sweeps.trial import TrialRunner
from daskflow.flow import Flow
from tests.unit.experiments.sweeps.flows import build
from tests.unit.monitor.snapshots import metrics, snapshot

TRIAL = Trial(trial=3, repeat=1, order=2, settings={"stage-0.nb_tasks": 2}, seed=17)

PER_S = 10.0
"""Messages that come to the end of the made-up run."""


class Runs:
    """Stands in for `Flow.run` and what belongs to it: a run in a time that passes when somebody sleeps."""

    def __init__(self, ends_after_s: float = 1e9) -> None:
        self.now_s = 0.0
        self.ends_at_s = ends_after_s
        self.drains_in_s = 0.0
        self.failure: Exception | None = None
        self.is_started = False
        self.overrides: object = None
        self.said: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        for thread in threading.enumerate():
            if thread.name == "daskflow sweep stop":  # time stands still while it says so
                thread.join()

    @property
    def is_over(self) -> bool:
        return self.now_s >= self.ends_at_s

    def snapshot(self):
        elapsed_s = min(self.now_s, self.ends_at_s)
        nodes = [metrics("numbers", "producer", rate=PER_S), metrics("stage-0", "processor", rate=PER_S)]
        sink = metrics(
            "sink", "consumer", received=int(elapsed_s * PER_S), rate=PER_S, span_s=elapsed_s or 1.0
        )
        state = "ended" if self.is_over else "running"
        return snapshot(*nodes, sink, elapsed_s=elapsed_s, state=state, time_s=elapsed_s)


@pytest.fixture
def runs(monkeypatch) -> Runs:
    runs = Runs()

    def run(self, **options):
        runs.is_started = True
        runs.overrides = options["overrides"]
        runs.dashboard = options["cluster"]["dashboard_address"]
        return self

    def join(self):
        if runs.failure is not None:
            raise runs.failure

    def stop(self, *, drain=True):
        runs.ends_at_s = min(runs.ends_at_s, runs.now_s + (runs.drains_in_s if drain else 0.0))
        runs.said.append("drain" if drain else "at once")

    monkeypatch.setattr(Flow, "run", run)
    monkeypatch.setattr(Flow, "join", join)
    monkeypatch.setattr(Flow, "stop", stop)
    monkeypatch.setattr(Flow, "is_running", property(lambda self: runs.is_started and not runs.is_over))
    monkeypatch.setattr(Flow, "metrics", lambda self: runs.snapshot())

    class Clock:
        monotonic = time = staticmethod(lambda: runs.now_s)
        sleep = staticmethod(runs.sleep)

    monkeypatch.setattr(watch, "time", Clock)
    monkeypatch.setattr(trial, "time", Clock)
    return runs


def recorded(limits: Limits | None = None, build_flow=build, **options):
    return TrialRunner(FlowBuilder(build_flow), limits or Limits(), **options).record_of(TRIAL)


def test_a_run_up_to_its_own_end(runs):
    runs.ends_at_s = 5.0
    record = recorded()
    assert list(record.items())[:7] == [
        ("trial", 3), ("repeat", 1), ("order", 2), ("settings", {"stage-0.nb_tasks": 2}), ("seed", 17),
        ("status", "ok"), ("error", None),
    ]  # fmt: skip
    assert (record["messages"], record["measured_s"]) == (50, 5.0)
    assert record["rate"] == pytest.approx(PER_S)
    assert record["started_at"].endswith("+00:00")
    assert runs.overrides == {"stage-0": {"nb_tasks": 2}}
    assert runs.dashboard is None
    assert runs.said == []


def test_an_endless_run_is_ended_when_enough_was_measured(runs):
    record = recorded(Limits(warmup_messages=20, duration_s=3.0))
    assert record["status"] == "ok"
    assert runs.said == ["drain"]
    assert record["measured_s"] == pytest.approx(3.0, abs=0.3)
    assert record["elapsed_s"] == pytest.approx(5.0, abs=0.6)


def test_what_is_finished_while_it_is_stopped_does_not_count(runs):
    runs.drains_in_s = 10.0
    record = recorded(Limits(messages=40))
    assert record["measured_s"] == pytest.approx(4.0, abs=0.3)
    assert record["messages"] > 130


def test_a_run_that_takes_too_long_is_ended_at_once_and_has_failed(runs):
    record = recorded(Limits(timeout_s=6.0))
    assert record["status"] == "failed"
    assert "not ended after 6 s (trial_timeout_s)" in record["error"]
    assert runs.said == ["at once"]
    assert record["rate"] is None
    assert record["stage-0.busy"] is None


def test_so_is_one_that_takes_too_long_to_finish(runs):
    runs.drains_in_s = 100.0
    record = recorded(Limits(messages=20, timeout_s=6.0))
    assert (record["status"], runs.said) == ("failed", ["drain", "at once"])


def test_a_run_that_fails_is_recorded_with_the_error_s_words(runs):
    runs.ends_at_s, runs.failure = 2.0, ClusterError("the machine is full")
    record = recorded()
    assert (record["status"], record["error"]) == ("failed", "the machine is full")
    assert record["messages"] is None


def test_so_is_a_flow_that_cannot_be_made(runs):
    def broken():
        raise KeyError("no such video")

    record = TrialRunner(FlowBuilder(broken), Limits()).record_of(TRIAL)
    assert (record["status"], record["error"]) == ("failed", "KeyError: 'no such video'")
    assert "rate" in record


def test_ctrl_c_ends_the_run_at_once_and_is_not_a_failure(runs, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(watch.time, "sleep", staticmethod(interrupted))
    with pytest.raises(KeyboardInterrupt):
        recorded()
    assert runs.said == ["at once"]


def test_a_run_that_was_over_within_its_warm_up_is_measured_as_a_whole_and_warned_of(runs, caplog):
    runs.ends_at_s = 1.0
    with caplog.at_level(logging.WARNING):
        record = recorded(Limits(warmup_messages=1000))
    assert (record["status"], record["messages"]) == ("ok", 10)
    assert "stage-0.nb_tasks=2: the flow ended within its warm-up" in caplog.text


def test_users_metrics_are_made_of_the_last_snapshot(runs):
    runs.ends_at_s = 5.0
    record = recorded(metrics={"received": lambda run: run["sink"].received})
    assert record["received"] == 50.0
    assert recorded(metrics={"share": lambda run: float("nan")})["share"] is None
    assert recorded(metrics={"share": lambda run: None})["status"] == "ok"
    record = recorded(metrics={"received": lambda run: run["sunk"].received})
    assert (record["status"], record["received"]) == ("failed", None)
    assert record["error"] == "metric 'received' raised KeyError: 'sunk'"
    assert record["messages"] == 50, "the run itself went well"


def test_memory_is_looked_at_ever_more_rarely(runs, monkeypatch):
    looks = []
    monkeypatch.setattr(watch.Footprint, "look", lambda self, pids, places: looks.append(runs.now_s))
    runs.ends_at_s = 20.0
    recorded()
    assert looks == pytest.approx([0, 0.5, 1, 2, 4, 8, 16], rel=0.2)


def test_a_run_that_is_over_soon_has_its_memory_all_the_same(runs, monkeypatch):
    monkeypatch.setattr(watch.Footprint, "look", lambda self, pids, places: setattr(self, "memory_bytes", 7))
    runs.ends_at_s = 0.3
    assert recorded()["memory_bytes"] == 7.0


def test_only_metrics_that_were_chosen_are_kept_also_of_a_failure(runs):
    runs.ends_at_s = 5.0
    chosen = ["rate", "stage-0.busy", "stage-7.busy"]
    assert list(recorded(chosen=chosen))[8:] == chosen
    assert recorded(chosen=chosen)["stage-7.busy"] is None
    runs.failure = ClusterError("the machine is full")
    assert list(recorded(chosen=chosen))[8:] == chosen
