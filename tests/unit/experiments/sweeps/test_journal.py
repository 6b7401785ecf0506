"""A sweep's folder: what is done stays done, whatever happened to the process."""

from __future__ import annotations

import json
import logging

import pytest

from daskflow.errors import SweepError
from daskflow.experiments.sweeps.journal import Journal

DESCRIPTION = {
    "name": "chain", "grid": {"stage.nb_tasks": [1, 2], "size": [3]}, "repeats": 2, "warmup_messages": 5,
    "metrics": ["rate"], "seed": 0, "created_at": "then", "machine": {"cores": 2}, "versions": {"dask": "1"},
    "commit": "abc", "options": {"messages": None, "duration_s": 2.0, "trial_timeout_s": None},
}  # fmt: skip


def record(trial: int) -> dict:
    return {"trial": trial, "repeat": 0, "settings": {"size": 3}, "status": "ok", "rate": 1.5 * trial}


def opened(folder, **changes):
    return Journal.opened(folder, {**DESCRIPTION, **changes})


def filled(folder, *trials: int):
    with opened(folder) as journal:
        for trial in trials:
            journal.add(record(trial))
    return folder


def test_what_was_kept_is_there_again(tmp_path):
    folder = filled(tmp_path / "new" / "folder", 3, 1)
    with opened(folder) as journal:
        assert journal.records == [record(3), record(1)]
        assert journal.description == DESCRIPTION
    assert json.loads((folder / "sweep.json").read_text()) == DESCRIPTION
    assert sorted(path.name for path in folder.iterdir()) == ["sweep.json", "trials.jsonl"]


@pytest.mark.parametrize("rest", [b'{"trial": 2, "sta', b"\xc3", b'{"trial": 2, "status": "ok"}'])
def test_a_line_that_was_half_written_is_as_if_it_had_not_been(tmp_path, rest):
    folder = filled(tmp_path, 1)
    with (folder / "trials.jsonl").open("ab") as file:
        file.write(rest)
    with opened(folder) as journal:
        assert journal.records == [record(1)]
        journal.add(record(2))
    lines = (folder / "trials.jsonl").read_text().splitlines()
    assert [json.loads(line)["trial"] for line in lines] == [1, 2]


def test_each_record_is_a_line_in_the_file_at_once(tmp_path):
    with opened(tmp_path) as journal:
        journal.add(record(7))
        assert json.loads((tmp_path / "trials.jsonl").read_text()) == record(7)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"grid": {"stage.nb_tasks": [1, 4], "size": [3]}}, r'whose grid is .*"stage.nb_tasks": \[1, 2\]'),
        ({"grid": {"size": [3], "stage.nb_tasks": [1, 2]}}, "whose grid is"),
        ({"seed": 1}, "whose seed is 0, and here it is 1"),
        ({"warmup_messages": 6}, "whose warmup_messages is 5"),
        ({"metrics": ["rate", "mine"]}, "whose metrics"),
        ({"name": "other"}, 'whose name is "chain", and here it is "other"'),
        ({"options": {"messages": 9}}, 'whose limits is .*"duration_s": 2.0'),
    ],
)
def test_a_folder_of_another_sweep_is_refused_and_left_alone(tmp_path, changes, complaint):
    filled(tmp_path, 1)
    with (tmp_path / "trials.jsonl").open("ab") as file:
        file.write(b"half")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SweepError, match=complaint), opened(tmp_path, **changes):
        pass
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_repeats_may_be_added_and_are_not_taken_away(tmp_path):
    filled(tmp_path, 1)
    for repeats, kept in ((5, 5), (2, 5)):
        with opened(tmp_path, repeats=repeats) as journal:
            assert journal.description["repeats"] == kept


def test_another_machine_or_commit_is_warned_of(tmp_path, caplog):
    filled(tmp_path, 1)
    with caplog.at_level(logging.WARNING), opened(tmp_path, commit="def", machine={"cores": 4}) as journal:
        assert journal.description["commit"] == "abc"
    (message,) = caplog.messages
    assert message.endswith('alone: machine.cores was 2, and is 4 now; commit was "abc", and is "def" now')


def test_so_are_other_options_of_the_flow(tmp_path, caplog):
    filled(tmp_path, 1)
    options = {**DESCRIPTION["options"], "nodes": {"stage": {"queue_size": 8}}}
    with caplog.at_level(logging.WARNING), opened(tmp_path, options=options):
        pass
    assert 'options.nodes was null, and is {"stage": {"queue_size": 8}} now' in caplog.text


@pytest.mark.parametrize("line", [b"oops", b"\xff", b"3", b'{"trial": 2}', b'{"trial": "x", "status": "ok"}'])
def test_a_line_that_is_no_record_is_named(tmp_path, line):
    filled(tmp_path, 1)
    with (tmp_path / "trials.jsonl").open("ab") as file:
        file.write(line + b"\n")
    complaint = r"line 2 of .*trials\.jsonl is .*Remove the line"
    with pytest.raises(SweepError, match=complaint), opened(tmp_path):
        pass


def test_where_a_line_was_removed_there_may_be_an_empty_one(tmp_path):
    filled(tmp_path, 1)
    with (tmp_path / "trials.jsonl").open("ab") as file:
        file.write(b"\n")
    filled(tmp_path, 2)
    with opened(tmp_path) as journal:
        assert journal.records == [record(1), record(2)]


def test_an_error_may_have_what_utf_8_has_not(tmp_path):
    odd = {**record(1), "error": "no caf\u00e9\udcff.mp4"}
    with opened(tmp_path) as journal:
        journal.add(odd)
    with opened(tmp_path) as journal:
        assert journal.records == [odd]
    assert "caf\u00e9" in (tmp_path / "trials.jsonl").read_text()


def test_trials_without_a_description_are_nobody_s(tmp_path):
    filled(tmp_path, 1)
    (tmp_path / "sweep.json").unlink()
    with pytest.raises(SweepError, match=r"no sweep\.json"), opened(tmp_path):
        pass


@pytest.mark.parametrize("content", ["[]", "{", ""])
def test_a_description_that_is_none_is_named(tmp_path, content):
    (tmp_path / "sweep.json").write_text(content)
    with pytest.raises(SweepError, match=r"sweep\.json cannot be read"), opened(tmp_path):
        pass


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SweepError, match="cannot be a sweep's folder"), opened(tmp_path / "file"):
        pass


def test_a_folder_is_open_once_at_a_time(tmp_path):
    with opened(tmp_path), pytest.raises(SweepError, match="runs the sweep of"), opened(tmp_path):
        pass
    with opened(tmp_path):
        pass
