"""A bench without its processes: turns, failures, and names that are none."""

from __future__ import annotations

import pytest

from daskflow.experiments.bench import WORKLOADS, UnknownWorkload, run_bench, runner
from daskflow.experiments.bench.runner import timed_request
from daskflow.experiments.bench.serve import TrialError
from daskflow.experiments.bench.workloads import FLOWS, RAW, chosen_workloads


@pytest.fixture
def started(monkeypatch) -> list[str]:
    """Stands in for the processes of the trials; lists the modules that were started."""
    started: list[str] = []

    class Process:
        def __init__(self, module: str) -> None:
            started.append(module)

        def ask(self, request, timeout_s):
            if request.get("chain") == "mp.Queue":
                raise TrialError("broken")
            return {"rate_per_s": 10.0 if "kind" in request else 40.0}

        def kill(self) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr(runner, "TrialProcess", Process)
    return started


def test_systems_take_turns_and_a_reference_runs_once(started):
    steps = []
    report = run_bench(workloads=["1080p-new", "vga-new"], repeats=2, progress=steps.append)
    assert [(step.workload, step.system, step.repeat) for step in steps] == [
        ("1080p-new", "daskflow", 0), ("1080p-new", "ring, copied", 0),
        ("1080p-new", "mp.Queue", 0), ("1080p-new", "mp.Pipe", 0),
        ("1080p-new", "daskflow", 1), ("1080p-new", "ring, copied", 1),
        ("vga-new", "daskflow", 0), ("vga-new", "ring, copied", 0),
        ("vga-new", "daskflow", 1), ("vga-new", "ring, copied", 1),
    ]  # fmt: skip
    assert [step.done for step in steps] == list(range(10))
    assert {step.total for step in steps} == {10}
    assert report.options["workloads"] == ["1080p-new", "vga-new"]


def test_a_failure_is_recorded_not_repeated_and_not_fatal(started):
    steps = []
    report = run_bench(workloads=["dicts-new"], repeats=3, progress=steps.append)
    (failure,) = report.failures
    assert (failure.workload, failure.system, failure.repeat, failure.reason) == (
        "dicts-new", "mp.Queue", 0, "broken",
    )  # fmt: skip
    assert [step.system for step in steps].count("mp.Queue") == 1
    assert {(s.system, s.repeats) for s in report.summaries} == {("daskflow", 3), ("mp.Pipe", 3)}


def test_flows_share_a_process_unless_it_must_be_fresh(started):
    run_bench(workloads=["vga-new", "vga-same"], repeats=2)
    assert (started.count(FLOWS), started.count(RAW)) == (1, 4)
    started.clear()
    run_bench(workloads=["start-5", "memory"], repeats=1)
    assert started == [FLOWS] * 3


def test_a_quick_run_has_each_sort_of_workload_and_no_slow_baseline(started):
    steps = []
    run_bench(quick=True, progress=steps.append)
    assert {step.workload for step in steps} == {
        "1080p-new", "1080p-same", "dicts-same", "latency-1", "start-5"
    }  # fmt: skip
    assert not [step for step in steps if step.system == "mp.Pipe" and step.workload != "dicts-same"]


def test_an_unknown_workload_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownWorkload, match=r"no workload 1080-new: did you mean 1080p-new\?"):
        run_bench(workloads=["vga-new", "1080-new"])
    with pytest.raises(UnknownWorkload, match="there are 1080p-new, "):
        chosen_workloads(["###"], quick=True)


@pytest.mark.parametrize("options", [{"repeats": 0}, {"seconds": 0.0}])
def test_nothing_to_measure_is_refused(options):
    with pytest.raises(ValueError, match="positive"):
        run_bench(**options)


def test_only_streams_get_a_length():
    assert timed_request({"kind": "start", "nodes": 5}, 2.0, "/x") == {
        "kind": "start", "nodes": 5, "folder": "/x",
    }  # fmt: skip
    stream = {"payload": "dicts"}
    timed = timed_request({"chain": "mp.Pipe", "stream": stream}, 2.0, "/x")
    assert timed["stream"] == {"payload": "dicts", "seconds": 2.0, "warm_s": pytest.approx(0.4)}
    assert stream == {"payload": "dicts"}


def test_names_and_keys_agree():
    assert all(name == workload.name for name, workload in WORKLOADS.items())
