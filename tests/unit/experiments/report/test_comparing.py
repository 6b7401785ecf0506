"""``daskflow compare``, and what it says."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from daskflow.cli import main
from daskflow.experiments import compare
from tests.unit.experiments.trials import WORKERS, everything, failed, folder_of, ideal, rates, trials


def slower(by: float, repeats: int = 5, seed: int = 0):
    return trials(WORKERS, rates(lambda n: ideal(n) * (1 - by), 0.01, seed), repeats)


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Compare two lists of records on the command line."""
    monkeypatch.chdir(tmp_path)

    def command(before, after, *arguments: str, **about) -> Result:
        folder_of(tmp_path / "a", before)
        folder_of(tmp_path / "b", after, **about)
        return CliRunner().invoke(main, ["compare", "a", "b", *arguments])

    return command


def test_a_loss_is_shown_and_ends_well_without_a_gate(command):
    result = command(slower(0), slower(0.1, seed=1))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[:2] == ["A: a", "B: b"]
    (eight,) = [line for line in lines if line.startswith("detector.nb_tasks=8")]
    assert "% worse (p = 0.0079)" in eight
    assert "97 %)" in eight, "the confidence of the interval"
    assert any(line.startswith("all settings together") and "worse (p < 0.0001)" in line for line in lines)
    assert "gate" not in result.output


def test_the_gate_is_the_exit_status(command):
    worse = command(slower(0), slower(0.1, seed=1), "--gate", "0.05")
    assert worse.exit_code == 1
    assert "gate: worse by more than 5 %, and not by chance:" in worse.stdout
    assert "  rate, detector.nb_tasks=4: " in worse.stdout
    same = command(slower(0), slower(0, seed=1), "--gate", "0.05")
    assert same.exit_code == 0
    assert "gate: nothing is significantly worse by more than 5 %" in same.stdout
    assert "no difference that chance does not explain" in same.stdout


def test_too_few_repeats_are_said(command):
    result = command(slower(0, 2), slower(0.1, 2, seed=1), "--gate", "0.05")
    assert "cannot be told: with so few repeats p is 0.33 at the least" in result.stdout
    assert result.exit_code == 1, "all settings together are eight of each"


def test_a_gate_that_cannot_judge_is_a_usage_error(command):
    result = command(slower(0, 1), slower(0.1, 1), "--gate", "0.05")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: the gate could only be open")


def test_other_machines_are_warned_of(command):
    result = command(slower(0), slower(0), machine={"cpu_model": "Abacus 10", "cores_usable": 2})
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: the machines differ")
    assert "Abacus" not in result.stdout


def test_several_metrics_and_all_figures_as_json(command, tmp_path):
    before, after = trials(WORKERS, everything, 5), trials(WORKERS, everything, 5)
    after[:5] = map(failed, after[:5])
    names = [
        "--metric",
        "latency_p50_s",
        "--metric",
        "rate",
        "--metric",
        "rate",
        "--json",
        "c.json",
        "--gate",
        "0.05",
    ]
    result = command(before, after, *names)
    assert result.exit_code == 1
    assert "rate, detector.nb_tasks=1: all 5 trials failed" in result.stdout
    assert result.stdout.index("latency, median, ms") < result.stdout.index("rate, messages/s")
    content = json.loads((tmp_path / "c.json").read_text())
    assert {change["metric"] for change in content["changes"]} == {"latency_p50_s", "rate"}
    assert len(content["changes"]) == 2 * (4 + 1)
    first = content["changes"][0]
    assert first["statement"] == "worse: no trial ends well any more"
    assert first["before"]["value"] == pytest.approx(0.052)
    assert content["gate"]["is_open"] is False
    assert len(content["gate"]["worse"]) == 2


def test_usage_errors_are_one_line(command, tmp_path):
    unknown = command(slower(0), slower(0), "--metric", "rte")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "did you mean 'rate'" in unknown.stderr
    absent = CliRunner().invoke(main, ["compare", "a", "nowhere"])
    assert absent.exit_code == 2
    assert "nowhere/sweep.json cannot be read" in absent.stderr
    unwritable = command(slower(0), slower(0), "--json", "no/such/folder.json")
    assert unwritable.exit_code == 2


def test_counts_that_were_zero_are_worse_and_not_better(command):
    def dropping(count):
        return lambda settings, repeat: {"dropped": count and count + repeat}

    result = command(
        trials(WORKERS, dropping(0), 5), trials(WORKERS, dropping(3), 5), "--metric", "dropped", "--gate", "0"
    )
    assert result.exit_code == 1
    assert result.stdout.count("  worse (p ") == 5
    assert result.stdout.count("was zero, and is not") == 5


def test_only_what_was_swept_is_said(command):
    grid = {"detector.nb_tasks": [1, 2], "flow.queue_size": [8]}
    result = command(trials(grid, everything, 5), trials(grid, everything, 5))
    assert "detector.nb_tasks=2  " in result.stdout
    assert "queue_size" not in result.stdout


def test_in_a_program(tmp_path):
    folder_of(tmp_path / "a", slower(0))
    folder_of(tmp_path / "b", slower(0.1, seed=1))
    report = compare(tmp_path / "a", tmp_path / "b", tolerance=0.05)
    assert report.is_worse
    assert "all settings together" in str(report)
    assert not compare(tmp_path / "a", tmp_path / "b", tolerance=0.2).is_worse
    assert not compare(tmp_path / "a", tmp_path / "b").is_worse


def test_a_gate_without_a_share_is_a_usage_error(command):
    for share, why in (("nan", "share of 0 or more"), ("5", "0.05 is 5 %")):
        result = command(slower(0), slower(0.5, seed=1), "--gate", share)
        assert result.exit_code == 2, share
        assert why in result.stderr


def test_that_many_lines_are_tested_is_said(command):
    assert "of 5 such lines up to 0.25 are significant by chance" in command(slower(0), slower(0)).stdout
    grid = {"detector.nb_tasks": [2]}
    alone = command(*[trials(grid, rates(ideal, 0.1, seed), 5) for seed in (0, 1)])
    assert "such lines" not in alone.stdout


def test_medians_that_are_equal_do_not_hide_which_way_it_went(command):
    def dropping(count):
        return lambda settings, repeat: {"dropped": 9 if repeat < count else 0}

    grid = {"detector.nb_tasks": [2]}
    result = command(trials(grid, dropping(0), 11), trials(grid, dropping(5), 11), "--metric", "dropped")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("detector.nb_tasks")]
    assert line.endswith("  worse (p = 0.035)")  # 2 · C(11, 5) / C(22, 5)


def test_a_mean_that_goes_the_other_way_is_not_called_significant(command):
    def measured(low):
        def rate(settings, repeat):
            workers = settings["detector.nb_tasks"]
            factor = 1.0 if not low else 3.0 if workers == 8 else 0.98
            return {"rate": factor * workers * (50 + repeat / 100)}

        return rate

    result = command(trials(WORKERS, measured(low=False), 5), trials(WORKERS, measured(low=True), 5))
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("all settings")]
    assert "1.29" in line, "the mean of the ratios is a gain"
    assert "  worse (p = " in line


def test_what_failed_and_what_was_not_measured_are_told_apart(command):
    before, after = slower(0), slower(0, seed=1)
    after[0] = failed(after[0])
    for record in after[1:5]:
        record["rate"] = None
    after[5:8] = map(failed, after[5:8])
    result = command(before, after, "--gate", "0.05")
    assert result.exit_code == 0
    one, two, *_ = [line for line in result.stdout.splitlines() if line.startswith("detector.nb_tasks")]
    assert "not measured, 1 failed" in one
    assert "3 failed" in two
    assert "these seem worse, but it may be chance:" in result.stdout
    assert "  rate, detector.nb_tasks=1: not measured any more" in result.stdout
    assert "  rate, detector.nb_tasks=2: " in result.stdout
    assert "3 of 5 trials failed, 0 of 5 before" in result.stdout
