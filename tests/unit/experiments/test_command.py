"""``daskflow bench`` up to where it measures."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

import daskflow.cli.bench
from daskflow.cli import main
from daskflow.experiments.bench import WORKLOADS, BenchReport, Failure
from daskflow.experiments.bench.machine import machine_facts
from daskflow.experiments.bench.summary import record


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bench", *arguments])


@pytest.fixture
def bench(monkeypatch):
    """Stands in for the bench; notes what it was asked."""
    asked = []

    def run_bench(**options: object) -> BenchReport:
        asked.append(options)
        failures = (Failure("vga-same", "daskflow", 0, "no room"),) if options["repeats"] == 2 else ()
        records = (record("vga-new", "daskflow", 0, "rate_per_s", 1234.0),)
        return BenchReport(machine_facts(), {"elapsed_s": 1.0}, records, failures)

    monkeypatch.setattr(daskflow.cli.bench, "run_bench", run_bench)
    return asked


@pytest.fixture
def nothing_runs(monkeypatch):
    monkeypatch.setattr(daskflow.cli.bench, "run_bench", None)


def test_the_list_names_all_and_marks_the_quick(nothing_runs):
    result = command("--list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines[: len(WORKLOADS)]] == list(WORKLOADS)
    assert [line.split()[1] == "*" for line in lines[: len(WORKLOADS)]] == [
        workload.is_quick for workload in WORKLOADS.values()
    ]


def test_an_unknown_workload_is_one_line(nothing_runs):
    result = command("--workload", "dict-new")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: there is no workload dict-new: did you mean dicts-new?\n"


def test_a_file_that_cannot_be_written_is_noticed_before_the_bench(nothing_runs, tmp_path):
    absent = tmp_path / "absent"
    for file, why in (
        (tmp_path, f"{tmp_path} is a folder: --json takes the file to write"),
        (absent / "bench.json", f"{absent / 'bench.json'} cannot be written: there is no folder {absent}"),
    ):
        result = command("--json", str(file))
        assert (result.exit_code, result.stderr) == (2, f"Error: {why}\n")


def test_options_reach_the_bench_and_its_table_is_shown(bench, tmp_path):
    file = tmp_path / "bench.json"
    result = command("--quick", "--workload", "vga-new", "--repeats", "3", "--json", str(file))
    assert result.exit_code == 0
    (asked,) = bench
    assert (asked["quick"], asked["workloads"], asked["repeats"]) == (True, ("vga-new",), 3)
    assert "1,234" in result.stdout
    assert '"rate_per_s"' in file.read_text()


def test_a_failure_is_said_and_is_the_exit_status(bench):
    result = command("--repeats", "2")
    assert result.exit_code == 1
    assert "1,234" in result.stdout
    assert "failed: vga-same, daskflow: no room" in result.stderr
