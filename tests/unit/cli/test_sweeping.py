"""``daskflow sweep`` up to where it runs flows."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner, Result

import daskflow.cli.sweeping
from daskflow.cli import main
from daskflow.cli.complaints import UsageProblem
from daskflow.cli.sweeping import grid_of, values_of
from daskflow.core.pickling import FLOW_FILE
from daskflow.experiments.sweeps import SweepResult
from tests.unit.experiments.sweeps.test_journal import DESCRIPTION
from tests.unit.experiments.sweeps.test_result import record

FILE = """
from daskflow import BATCH, Flow
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer

def build(end=3):
    numbers = IntProducer(0, end)
    IdentityProcessor(name="stage")(numbers)
    return Flow([numbers], [], BATCH, name="chain")
"""

FAILS, INTERRUPTED = 1, 2
"""Seeds by which the made-up sweep has a trial that fails, and is ended by Ctrl-C."""


@pytest.fixture
def file(tmp_path, monkeypatch) -> str:
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = tmp_path / "chain.py"
    path.write_text(FILE)
    yield str(path)
    sys.modules.pop(FLOW_FILE, None)


@pytest.fixture
def sweeps(monkeypatch) -> list:
    """Stands in for the sweep: notes what it was asked, and returns what is put in."""
    asked = []

    def sweep(build, grid, **options):
        asked.append((build, grid, options))
        records = [record(0, 1, rate=40.0), record(1, 2, rate=90.0), record(2, 1, rate=50.0)]
        last = record(3, 2, status="failed" if options["seed"] == FAILS else "ok")
        return SweepResult(DESCRIPTION, records if options["seed"] == INTERRUPTED else [*records, last])

    monkeypatch.setattr(daskflow.cli.sweeping, "sweep", sweep)
    return asked


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *arguments])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2,4", [1, 2, 4]),
        ("0.5", [0.5]),
        ("2GB, 500MB", ["2GB", "500MB"]),
        ("null,true", [None, True]),
        ("[480, 640],[1080, 1920]", [[480, 640], [1080, 1920]]),
        ("{DEBUG: 1, FAST: 2},{}", [{"DEBUG": 1, "FAST": 2}, {}]),
        ("'a,b',c", ["a,b", "c"]),
    ],
)
def test_values_are_yaml_apart_by_commas(text, values):
    assert values_of(text) == values


def test_names_are_options_or_parameters():
    assert grid_of(["detector.nb_tasks=1,2", " size = 3 "]) == {"detector.nb_tasks": [1, 2], "size": [3]}


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (["detector.nb_tasks"], "expected NODE.OPTION=VALUE,VALUE"),
        (["=1"], "expected"),
        (["a.b="], "expected"),
        (["a.b=1", "a.b=2"], "a.b is set twice"),
        (["a.b=[1"], "cannot make sense of the values"),
    ],
)
def test_what_makes_no_grid(texts, complaint):
    with pytest.raises(UsageProblem, match=complaint):
        grid_of(texts)


def test_options_reach_the_sweep_and_its_table_is_shown(sweeps, file, tmp_path):
    result = command(
        f"{file}:build", "--set", "stage.nb_tasks=1,2", "--set", "end=5,9", "--repeats", "2",
        "--warmup", "10", "--duration", "1.5", "--messages", "7", "--timeout", "60", "-q",
        "--out", str(tmp_path / "out"),
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    ((build, grid, options),) = sweeps
    assert build(end=5).nodes[0].length == 6
    assert grid == {"stage.nb_tasks": [1, 2], "end": [5, 9]}
    assert options == {
        "repeats": 2, "warmup_messages": 10, "duration_s": 1.5, "messages": 7, "trial_timeout_s": 60.0,
        "folder": tmp_path / "out", "seed": 0, "progress": False,
    }  # fmt: skip
    assert result.stdout == ""
    loud = command(file, "--set", "stage.nb_tasks=1,2")
    assert (loud.exit_code, loud.stdout.splitlines()[2].split()[:4]) == (0, ["1", "3", "2", "45.0"])


def test_a_failure_is_said_and_is_the_exit_status(sweeps, file):
    result = command(file, "--set", "stage.nb_tasks=1,2", "--seed", str(FAILS))
    assert result.exit_code == 1
    assert "45.0" in result.stdout
    assert result.stderr == "failed: stage.nb_tasks=2 size=3: it broke\n"


def test_a_sweep_that_was_interrupted_shows_what_is_done(sweeps, file):
    result = command(file, "--set", "stage.nb_tasks=1,2", "--seed", str(INTERRUPTED))
    assert result.exit_code == 130
    assert "45.0" in result.stdout


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("stge.nb_tasks=1,2", "the flow has no node 'stge': did you mean 'stage'?"),
        ("stage.nb_task=1,2", "node 'stage' has no option 'nb_task': did you mean 'nb_tasks'?"),
        ("ends=1,2", "build_flow has no parameter 'ends'"),
        ("stage.nb_tasks=2,0", "nb_tasks"),
    ],
)
def test_what_there_is_not_is_one_line_and_nothing_runs(file, tmp_path, setting, complaint):
    result = command(file, "--set", setting, "--out", str(tmp_path / "out"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1
    assert complaint in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_grid_is_needed(file):
    assert "Missing option '--set'" in command(file).stderr
