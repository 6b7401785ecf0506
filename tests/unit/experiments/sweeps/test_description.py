"""Where a sweep ran, and of which commit its flow was."""

from __future__ import annotations

import functools
import json
import subprocess
import sys

import pytest

from daskflow import BATCH, Flow
from daskflow.cli.loading import load_build
from daskflow.consumers import VoidConsumer
from daskflow.core.pickling import FLOW_FILE
from daskflow.experiments.sweeps import description
from daskflow.experiments.sweeps.description import commit_of, describe, options_of, source_of
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.unit.experiments.sweeps.flows import build


@pytest.fixture
def git(monkeypatch):
    """Stands in for git: what it says of a file, by the first words of the command."""
    said = {"rev-parse": "abc\n", "-uno": "", "--": ""}

    def run(command, **options):
        answer = next(answer for word, answer in said.items() if word in command)
        if answer is None:
            raise subprocess.CalledProcessError(128, command)
        return subprocess.CompletedProcess(command, 0, stdout=answer)

    monkeypatch.setattr(description.subprocess, "run", run)
    return said


def test_a_commit_and_whether_something_has_changed_since(git, tmp_path):
    file = tmp_path / "flow.py"
    assert commit_of(file) == "abc"
    git["--"] = "?? flow.py\n"
    assert commit_of(file) == "abc-dirty", "git does not know the file"
    git.update({"--": "", "-uno": " M nodes.py\n"})
    assert commit_of(file) == "abc-dirty"
    git["rev-parse"] = None
    assert commit_of(file) is None
    assert commit_of(None) is None


def test_without_git_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path / "flow.py") is None


def test_the_file_of_a_function_also_where_it_is_wrapped():
    assert source_of(build).name == source_of(functools.partial(build, 2)).name == "flows.py"
    assert source_of(functools.wraps(build)(lambda: build())).name == "flows.py"
    assert source_of(int) is None
    assert source_of(eval("lambda: None")) is None


def test_of_a_flow_that_a_file_makes_as_it_is_executed_the_file_is_meant(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = tmp_path / "chain.py"
    path.write_text("from tests.unit.experiments.sweeps.flows import build\nflow = build()\n")
    assert source_of(load_build(str(path))) == path.resolve()
    sys.modules.pop(FLOW_FILE, None)


def test_it_says_where_and_with_what(git):
    said = describe(
        build(), build, name="x", grid={"a": [1]}, repeats=2, warmup_messages=3, metrics=["rate"], seed=4,
        limits={"messages": 5},
    )  # fmt: skip
    assert json.loads(json.dumps(said)) == said
    assert set(said["versions"]) == {"python", "numpy", "dask", "distributed", "daskflow"}
    assert {"cpu_model", "cores_usable", "memory_gb"} <= set(said["machine"])
    assert "date" not in said["machine"]
    assert (said["commit"], said["options"]["messages"]) == ("abc", 5)


def test_options_are_told_without_what_may_be_secret():
    numbers = IntProducer(name="numbers")
    secret = IdentityProcessor(name="secret", env={"TOKEN": "s3cret"})(numbers)
    told = options_of(Flow([numbers], [VoidConsumer()(secret)], BATCH))
    assert told["flow"]["flow_type"] == "batch"
    assert told["nodes"]["secret"]["device_type"] == "cpu"
    assert "s3cret" not in json.dumps(told)
