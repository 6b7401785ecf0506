"""Sweeps of real flows: killed and resumed, interrupted, and with settings that fail."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path

import psutil
import pytest

from daskflow import BATCH, Flow, FunctionProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer, VoidConsumer
from daskflow.experiments import sweep
from daskflow.producers import IntProducer
from tests.cluster.conftest import places
from tests.cluster.nodes import Failing

COMMAND = [sys.executable, "-c", "from daskflow.cli import main; main(prog_name='daskflow')", "sweep"]

FILE = """
import time
from pathlib import Path
from daskflow import BATCH, ConsumerNode, Flow
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer

class Sink(ConsumerNode):
    def open(self):
        with Path("opened").open("a") as file:
            file.write("x")
        self._opened = len(Path("opened").read_text())

    def consume(self, value):
        while Path("hold").exists() and self._opened == int(Path("hold").read_text()):
            time.sleep(0.01)

def build():
    numbers = IntProducer(0, 19)
    stage = IdentityProcessor(name="stage")(numbers)
    return Flow([numbers], [Sink(name="sink")(stage)], BATCH, name="chain")
"""

ARGUMENTS = ["chain.py:build", "--set", "stage.nb_tasks=1,2", "--repeats", "2", "--out", "results"]


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    (tmp_path / "chain.py").write_text(FILE)
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *ARGUMENTS],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def held_at(trial: int, start: Callable[[], subprocess.Popen[str]], folder: Path) -> subprocess.Popen[str]:
    """A sweep of four trials whose first, second or so on has begun and cannot end."""
    (folder / "hold").write_text(str(trial))
    process = start()
    until(lambda: opened(folder) == trial)
    return process


def opened(folder: Path) -> int:
    file = folder / "opened"
    return len(file.read_text()) if file.exists() else 0


def lines(folder: Path) -> list[str]:
    return (folder / "results" / "trials.jsonl").read_text().splitlines()


def test_a_sweep_that_was_killed_at_half_way_goes_on_and_runs_no_trial_twice(start, tmp_path):
    before = places()
    process = held_at(3, start, tmp_path)
    family = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    psutil.wait_procs(family, timeout=20)
    until(lambda: places() <= before)
    done = lines(tmp_path)
    assert len(done) == 2
    with (tmp_path / "results" / "trials.jsonl").open("a") as file:
        file.write('{"trial": 3, "rep')  # as if it had died in the middle of that
    (tmp_path / "hold").unlink()

    out, err = start().communicate(timeout=100)
    assert err.splitlines()[0].startswith("2 of 4 trials: stage.nb_tasks=")
    assert lines(tmp_path)[:2] == done
    records = [json.loads(line) for line in lines(tmp_path)]
    assert sorted(record["trial"] for record in records) == [0, 1, 2, 3]
    assert {record["status"] for record in records} == {"ok"}
    assert opened(tmp_path) == 5, "each once, and the one that was killed once more"
    assert [row.split()[:2] for row in out.splitlines()[2:4]] == [["1", "2"], ["2", "2"]]
    rows = json.loads((tmp_path / "results" / "records.json").read_text())
    assert sorted(row["trial"] for row in rows if row["metric"] == "rate") == [0, 1, 2, 3]


def test_ctrl_c_keeps_what_is_done(start, tmp_path):
    process = held_at(2, start, tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 of 4 trials are done" in err
    assert "Traceback" not in err
    assert len(out.splitlines()) >= 3
    assert len(lines(tmp_path)) == 1
    assert (tmp_path / "results" / "records.csv").exists()


def build(kind: str, seed: int) -> Flow:
    numbers = IntProducer(0, None, name="numbers")
    stages = {
        "fine": FunctionProcessorNode(lambda value: time.sleep(0.01) or value, name="stage"),
        "raises": Failing(at=5, name="stage"),
        "slow": FunctionProcessorNode(lambda value: time.sleep(0.3) or value, name="stage"),
    }
    return Flow([numbers], [VoidConsumer(name="sink")(stages[kind](numbers))], BATCH, name=f"seed {seed}")


def test_settings_that_fail_are_recorded_and_endless_flows_ended():
    result = sweep(
        build, {"kind": ["raises", "fine"], "flow.queue_size": [4]}, repeats=1, warmup_messages=10,
        messages=120, metrics={"nodes": len}, progress=False,
    )  # fmt: skip
    raises, fine = result.records
    assert (raises["status"], fine["status"]) == ("failed", "ok")
    assert "stage" in raises["error"]
    assert "no 5 here" in raises["error"]
    assert fine["nodes"] == 3
    assert 0 < fine["rate"] <= 100
    assert fine["messages"] >= 130
    assert 0 < fine["latency_p50_s"] <= fine["latency_p99_s"]
    assert fine["memory_bytes"] > 1e6
    assert fine["cpu_s_per_message"] > 0
    assert 0.0 < fine["stage.busy"] <= 1.0
    assert len(result.table().splitlines()) == 4


class Says(ProcessorNode):
    """Gives what its process has in its environment."""

    def process(self, value: int) -> str:
        return os.environ.get("BY_BUILD", "nothing")


def test_trials_share_a_fork_server_as_long_as_it_has_their_environment(own_fork_server, monkeypatch):
    monkeypatch.setenv("BY_BUILD", "before")  # taken back afterwards
    collected: list[CollectConsumer] = []

    def build(variable: str) -> Flow:
        os.environ["BY_BUILD"] = variable
        collected.append(CollectConsumer(name="sink"))
        numbers = IntProducer(0, 0, name="numbers")
        return Flow([numbers], [collected[-1](Says(name="says")(numbers))], BATCH)

    server = {"server": lambda run: forkserver._forkserver._forkserver_pid}
    grid = {"variable": ["a", "b"], "says.queue_size": [2, 4]}
    records = sweep(build, grid, repeats=1, seed=2, metrics=server, progress=False).records
    assert {record["error"] for record in records} == {None}
    in_order = sorted(records, key=lambda record: record["order"])
    variables = [record["settings"]["variable"] for record in in_order]
    assert [sink.results for sink in collected[2:]] == [[variable] for variable in variables]
    assert variables == ["a", "a", "b", "b"]
    first, again, other, other_again = (record["server"] for record in in_order)
    assert first == again != other == other_again
    assert forkserver._forkserver._forkserver_pid is None


def test_a_run_that_takes_too_long_is_ended_and_leaves_nothing():
    (record,) = sweep(build, {"kind": ["slow"]}, repeats=1, trial_timeout_s=0.5, progress=False).records
    assert record["status"] == "failed"
    assert "not ended after 0.5 s" in record["error"]
