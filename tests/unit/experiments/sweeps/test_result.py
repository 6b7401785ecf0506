"""What a sweep found, as a table and as files."""

from __future__ import annotations

import csv
import importlib.util
import json

import pyarrow.parquet as pq
import pytest

from daskflow.errors import SweepError
from daskflow.experiments.sweeps import SweepResult, result
from daskflow.experiments.sweeps.metrics import UNITS
from daskflow.experiments.sweeps.rows import tidy_rows
from tests.unit.experiments.sweeps.conftest import DRAWN
from tests.unit.experiments.sweeps.test_journal import DESCRIPTION


def record(trial: int, tasks: int, size: object = 3, status: str = "ok", **figures: float | None) -> dict:
    return {
        "trial": trial, "repeat": trial // 2, "order": 3 - trial, "seed": 1, "status": status,
        "settings": {"stage.nb_tasks": tasks, "size": size}, "started_at": "now",
        "error": "it broke" if status == "failed" else None,
        "rate": None, "latency_p95_s": None, "cpu_s_per_message": None, "cpu_cores": None,
        "memory_bytes": None, "shared_memory_bytes": None, **figures,
    }  # fmt: skip


RECORDS = [
    record(0, 1, rate=40.0, latency_p95_s=0.5, memory_bytes=2e8, mine=0.25),
    record(1, 2, rate=90.0, latency_p95_s=0.25, memory_bytes=3e8, mine=0.5),
    record(2, 1, rate=50.0, latency_p95_s=0.75, memory_bytes=2e8, mine=0.75),
    record(3, 2, status="failed", mine=None),
]

RESULT = SweepResult({**DESCRIPTION, "metrics": [*UNITS, "stage.busy", "mine"]}, RECORDS)


def test_a_row_for_each_setting_with_medians_and_how_many_failed():
    header, _, one, two = str(RESULT).splitlines()
    assert header.split()[:3] == ["stage.nb_tasks", "size", "trials"]
    assert header.split()[-2:] == ["mine", "failed"]
    assert one.split() == ["1", "3", "2", "45.0", "625.0", "200", "0.5000"]
    assert two.split() == ["2", "3", "2", "90.0", "250.0", "300", "0.5000", "1"]


def test_of_metrics_that_were_chosen_all_are_shown_and_no_others():
    records = [record(0, 1, rate=40.0) | {"stage.busy": 0.5}]
    result = SweepResult({**DESCRIPTION, "metrics": ["stage.busy", "rate"]}, records)
    header, _, row = result.table().splitlines()
    assert header.split()[2:] == ["trials", "stage.busy", "messages/s", "failed"]
    assert row.split()[2:] == ["1", "0.5000", "40.0"]


def test_settings_are_shown_as_they_would_be_said():
    result = SweepResult(DESCRIPTION, [record(0, 1, size="2GB"), record(1, 1, size=[4, 5])])
    assert [line.split()[1] for line in result.table().splitlines()[2:]] == ["2GB", "[4,"]


def test_a_row_for_each_trial_and_metric():
    rows = tidy_rows(RECORDS)
    assert len(rows) == 4 * 7
    assert rows[1] == {
        "trial": 0, "repeat": 0, "order": 3, "stage.nb_tasks": 1, "size": 3, "status": "ok",
        "metric": "latency_p95_s", "value": 0.5, "unit": "s",
    }  # fmt: skip
    assert {row["value"] for row in rows if row["status"] == "failed"} == {None}


def test_all_files_say_the_same(tmp_path):
    written = RESULT.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)
    assert [json.loads(line) for line in (tmp_path / "trials.jsonl").read_text().splitlines()] == RECORDS
    rows = tidy_rows(RECORDS)
    assert json.loads((tmp_path / "records.json").read_text()) == rows
    assert pq.read_table(tmp_path / "records.parquet").to_pylist() == rows
    with (tmp_path / "records.csv").open(newline="") as file:
        in_csv = list(csv.DictReader(file))
    assert in_csv == [{key: "" if v is None else str(v) for key, v in row.items()} for row in rows]


def test_what_is_to_be_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(result, "drawn", DRAWN)
    written = {str(path.relative_to(tmp_path)) for path in RESULT.save(tmp_path)}
    assert written == {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {"report.html", "plots/throughput.png", "plots/throughput.svg", "plots/speed-up.svg"} <= written
    assert "stage.nb_tasks" in (tmp_path / "report.html").read_text()
    assert "throughput" in RESULT.plot()


def test_what_draws_may_be_missing(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(result, "drawn", DRAWN)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    written = RESULT.save(tmp_path)
    assert not [path for path in written if path.suffix in (".html", ".png", ".svg", ".parquet")]
    assert "pip install 'daskflow[experiments]'" in caplog.text


def test_settings_of_several_types_are_text_in_parquet(tmp_path):
    records = [record(0, 1, size=2), record(1, 1, size="2GB"), record(2, 2, size=None)]
    SweepResult(DESCRIPTION, records).save(tmp_path)
    table = pq.read_table(tmp_path / "records.parquet")
    assert set(table["size"].to_pylist()) == {"2", "2GB", None}
    assert set(table["stage.nb_tasks"].to_pylist()) == {1, 2}


def test_saving_twice_changes_nothing(tmp_path):
    RESULT.save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".parquet"}
    RESULT.save(tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p.suffix != ".parquet"} == before


def test_a_folder_with_more_trials_keeps_them_all(tmp_path):
    RESULT.save(tmp_path)
    SweepResult(RESULT.description, RECORDS[:1]).save(tmp_path)
    assert json.loads((tmp_path / "records.json").read_text()) == tidy_rows(RECORDS)


def test_without_pyarrow_there_is_no_parquet_and_a_warning(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    RESULT.save(tmp_path)
    assert not (tmp_path / "records.parquet").exists()
    assert (tmp_path / "records.csv").exists()
    assert "daskflow[tables]" in caplog.text


def test_it_is_complete_when_every_trial_is_done():
    assert RESULT.is_complete
    assert not SweepResult(DESCRIPTION, RECORDS[:3]).is_complete
    assert RESULT.failures == [RECORDS[3]]


def test_a_folder_is_needed():
    with pytest.raises(SweepError, match="needs a folder"):
        RESULT.save()
