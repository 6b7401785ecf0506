"""A sweep without its runs: which trials, in which order, and what is kept of them."""

from __future__ import annotations

import json
import logging

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.errors import OptionError, SweepError
from daskflow.experiments import sweep
from daskflow.experiments.sweeps.grid import Grid
from daskflow.experiments.sweeps.progress import Forecast, Step, shown
from daskflow.experiments.sweeps.trial import TrialRunner
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.unit.experiments.sweeps.flows import build
from tests.unit.experiments.sweeps.test_result import record

GRID = {"stages": [1, 2], "stage-0.nb_tasks": [1, 2, 4]}


class Interrupted:
    """Stands in for a Ctrl-C: at which trial it comes."""

    at: int | None = None


@pytest.fixture
def ran(monkeypatch) -> list:
    """Stands in for the runs of the trials; lists them."""
    ran = []

    def record_of(self, trial):
        if Interrupted.at == len(ran):
            raise KeyboardInterrupt
        ran.append(trial)
        status = "failed" if trial.settings["stage-0.nb_tasks"] == 4 else "ok"
        made = record(trial.trial, 1, status=status, rate=float(trial.trial))
        return {**made, "settings": dict(trial.settings), "repeat": trial.repeat, "order": trial.order}

    monkeypatch.setattr(TrialRunner, "record_of", record_of)
    monkeypatch.setattr(Interrupted, "at", None)
    return ran


def run(**options):
    return sweep(build, GRID, **{"progress": False, "repeats": 2, **options})


def test_every_setting_is_tried_as_often_as_was_asked_for_and_failures_are_kept(ran):
    result = run()
    assert ran == Grid(GRID).trials(2, seed=0)
    assert [record["trial"] for record in result.records] == list(range(12))
    assert len(result.failures) == 4
    assert result.is_complete
    assert result.description["grid"] == GRID
    assert result.description["name"] == "chain"
    assert result.description["options"]["nodes"]["stage-0"]["nb_tasks"] == 1
    assert "stage-0.busy" in result.description["metrics"]


def test_what_is_done_is_not_done_again(ran, tmp_path, monkeypatch):
    monkeypatch.setattr(Interrupted, "at", 5)
    partial = run(folder=tmp_path)
    assert not partial.is_complete
    assert len(partial.records) == 5
    monkeypatch.setattr(Interrupted, "at", None)
    result = run(folder=tmp_path)
    assert ran == Grid(GRID).trials(2, seed=0), "in the same order, each once"
    assert result.is_complete
    assert run(folder=tmp_path).records == result.records
    assert len(ran) == 12
    lines = (tmp_path / "trials.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["trial"] for line in lines) == list(range(12))


def test_more_repeats_go_on_where_the_others_ended(ran, tmp_path):
    run(folder=tmp_path)
    result = run(folder=tmp_path, repeats=3)
    assert ran == Grid(GRID).trials(3, seed=0)
    assert len(result.records) == 18
    assert result.description["repeats"] == 3


def test_after_ctrl_c_the_tables_of_what_is_done_are_there(ran, tmp_path, monkeypatch):
    monkeypatch.setattr(Interrupted, "at", 5)
    run(folder=tmp_path)
    rows = json.loads((tmp_path / "records.json").read_text())
    assert len({row["trial"] for row in rows}) == 5


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"repeats": 0}, "repeats is at least 1"),
        ({"warmup_messages": -1}, "warmup_messages is not negative"),
        ({"messages": 0}, "messages is at least 1"),
        ({"duration_s": 0}, "duration_s is positive"),
        ({"trial_timeout_s": "long"}, "trial_timeout_s is a number"),
        ({"metrics": {"rate": len}}, "'rate' is in records already"),
        ({"metrics": {"seed": len}}, "'seed' is in records already"),
        ({"metrics": {"stage.wait": len}}, "call yours otherwise"),
        ({"metrics": {"wait": 3}}, "is a function"),
        ({"metrics": "rate"}, r"such as \['rate', 'latency_p95_s'\].*got 'rate'"),
        ({"metrics": len}, "metrics is a list"),
        ({"metrics": []}, "empty list"),
    ],
)
def test_arguments_that_make_no_sense(ran, options, complaint):
    with pytest.raises(SweepError, match=complaint):
        run(**options)
    assert ran == []


def test_a_parameter_called_as_a_column_of_the_results_is_refused(ran):
    with pytest.raises(SweepError, match="'order' in the grid is the name of a column"):
        sweep(lambda order: build(order), {"order": [1, 2]}, progress=False)


def test_a_misspelt_name_fails_before_anything_runs(ran, tmp_path):
    with pytest.raises(OptionError, match="did you mean 'stage-0'"):
        sweep(build, {"stage0.nb_tasks": [1, 2]}, folder=tmp_path / "new", progress=False)
    assert ran == []
    assert not (tmp_path / "new").exists()


def test_metrics_may_be_some_of_the_usual(ran):
    names = ["rate", "stage-1.busy", "stage-0+stage-1.busy"]
    assert run(metrics=iter(names)).description["metrics"] == names
    with pytest.raises(OptionError, match="no metric 'latency': did you mean 'latency_p"):
        run(metrics=["latency"])
    with pytest.raises(OptionError, match=r"no metric 'stage-0\+other\.busy'"):
        run(metrics=["stage-0+other.busy"])


def test_a_combination_that_cannot_be_built_does_not_keep_the_others_from_being_run(ran, caplog):
    def partial(stages):
        if stages == 2:
            raise FileNotFoundError("no weights for two")
        return build(stages)

    with caplog.at_level(logging.WARNING):
        result = sweep(partial, GRID, repeats=1, progress=False)
    assert len(result.records) == 6
    (message,) = caplog.messages
    assert message.startswith("build_flow raises for stages=2, whose trials will fail: FileNotFoundError")


def test_a_function_that_never_builds_anything_is_refused(ran, tmp_path):
    def broken(stages):
        raise FileNotFoundError("no weights")

    with pytest.raises(FileNotFoundError, match="no weights"):
        sweep(broken, {"stages": [1, 2]}, folder=tmp_path / "new", progress=False)
    assert ran == []
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("limits", [{}, {"messages": 5}, {"duration_s": 5}, {"trial_timeout_s": 5}])
def test_a_flow_that_may_never_end_is_warned_of_unless_something_ends_it(ran, caplog, limits):
    def endless():
        numbers = IntProducer(name="numbers")
        return Flow([numbers], [VoidConsumer(name="sink")(IdentityProcessor(name="stage-0")(numbers))], BATCH)

    with caplog.at_level(logging.WARNING):
        sweep(endless, {"stage-0.nb_tasks": [1]}, repeats=1, progress=False, **limits)
    assert ("messages= or duration_s= end it" in caplog.text) is (not limits)


def test_progress_is_a_line_for_each_trial_where_there_is_no_terminal(ran, capsys):
    sweep(build, {"stage-0.nb_tasks": [1, 4]}, repeats=1)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("0 of 2 trials: stage-0.nb_tasks=")
    assert "left" in lines[1]
    assert lines[2] == "2 of 2 trials: 1 failed"


def test_a_terminal_gets_a_bar(ran):
    import io

    from rich.console import Console

    said = io.StringIO()
    trial = Grid(GRID).trials(1, 0)[0]
    with shown(Console(file=said, force_terminal=True, width=120)) as show:
        show(Step(done=3, total=12, failed=1, trial=trial, left_s=83.9))
    text = said.getvalue()
    assert "3/12" in text
    assert "1:23" in text
    assert "stage-0.nb_tasks=" in text
    assert "1 failed" in text


def test_what_is_left_is_foretold_by_what_the_same_settings_took():
    trials = Grid({"a": [1, 2, 3]}).trials(2, seed=0)
    forecast = Forecast()
    assert forecast.left_s(trials) is None
    one, two, three = sorted(trials[:3], key=lambda trial: trial.settings["a"])
    forecast.note(one, 10.0)
    forecast.note(two, 2.0)
    assert forecast.left_s([one, two]) == 12.0
    assert forecast.left_s([three]) == 6.0, "like the others on average"
    assert forecast.left_s([]) == 0.0
