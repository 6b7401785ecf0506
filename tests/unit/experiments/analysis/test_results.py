"""Folders of results: whole, half-written, and others."""

from __future__ import annotations

import json

import pytest

from daskflow.errors import ResultsError
from daskflow.experiments.analysis.results import read_results
from tests.unit.experiments.trials import WORKERS, failed, folder_of, ideal, rates, trials

RECORDS = trials(WORKERS, rates(ideal))


def test_a_folder_says_what_was_run_and_measured(tmp_path):
    results = read_results(folder_of(tmp_path / "a", RECORDS))
    assert results.name == "yard"
    assert list(results.records) == RECORDS
    assert results.part("machine")["cores_usable"] == 2
    assert results.part("absent") == {}


def test_trials_come_in_the_order_of_the_grid_however_they_ran(tmp_path):
    results = read_results(folder_of(tmp_path, RECORDS[::-1]))
    assert list(results.records) == RECORDS


def test_of_a_trial_that_ran_again_the_last_line_counts(tmp_path):
    results = read_results(folder_of(tmp_path, [failed(RECORDS[3]), *RECORDS]))
    assert results.records[3]["status"] == "ok"


def test_a_line_that_was_cut_off_is_passed_over(tmp_path):
    folder_of(tmp_path, RECORDS)
    with (tmp_path / "trials.jsonl").open("a") as journal:
        journal.write(json.dumps(RECORDS[0])[:50])
    assert len(read_results(tmp_path).records) == len(RECORDS)


def test_a_line_that_is_broken_in_the_middle_is_an_error(tmp_path):
    folder_of(tmp_path, RECORDS)
    text = (tmp_path / "trials.jsonl").read_text()
    (tmp_path / "trials.jsonl").write_text("{broken\n" + text)
    with pytest.raises(ResultsError, match=r"line 1 of .*trials\.jsonl is not JSON"):
        read_results(tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("[1, 2]", "'trial' should be of type int"),
        ('{"trial": 1, "repeat": 0}', "'settings' should be of type dict"),
    ],
)
def test_a_line_that_is_no_trial_is_an_error(tmp_path, line, says):
    folder_of(tmp_path, [])
    (tmp_path / "trials.jsonl").write_text(line + "\n")
    with pytest.raises(ResultsError, match=says):
        read_results(tmp_path)


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(ResultsError, match=r"sweep\.json cannot be read: No such file"):
        read_results(tmp_path)
    (tmp_path / "sweep.json").write_text("[]")
    with pytest.raises(ResultsError, match="not a JSON object"):
        read_results(tmp_path)


def test_a_sweep_without_a_name_is_called_after_its_folder(tmp_path):
    assert read_results(folder_of(tmp_path / "monday", RECORDS, name=None)).name == "monday"
