"""How programs of one user find each other's runs."""

from __future__ import annotations

import json
import os
import stat

import pytest

from daskflow.transport import announcing, places
from daskflow.transport.announcing import Announcement, announce, announced
from daskflow.transport.places import RunPlaces


@pytest.fixture(autouse=True)
def memory(tmp_path, monkeypatch):
    """A shared memory of the test's own."""
    root = tmp_path / "shm"
    root.mkdir()
    monkeypatch.setattr(places, "SHARED_MEMORY", root)
    monkeypatch.setattr(announcing, "SHARED_MEMORY", root)
    monkeypatch.setattr(announcing.tempfile, "gettempdir", lambda: str(tmp_path))
    return root


def begun(run_id: str, address: str) -> RunPlaces:
    run = RunPlaces.of_run(run_id)
    run.create()
    announce(run, address)
    return run


def test_runs_are_found_by_age():
    first = begun("bb", "tcp://127.0.0.1:1")
    begun("aa", "tcp://127.0.0.1:2")
    os.utime(first.memory / "scheduler", (1, 1))
    assert announced() == [Announcement("bb", "tcp://127.0.0.1:1"), Announcement("aa", "tcp://127.0.0.1:2")]


def test_a_run_on_a_machine_without_shared_memory(memory, tmp_path):
    memory.rmdir()
    run = begun("aa", "tcp://127.0.0.1:1")
    assert run.memory.parent == tmp_path
    assert announced() == [Announcement("aa", "tcp://127.0.0.1:1")]


def test_the_file_is_for_its_user_alone_and_one_that_dask_reads():
    path = begun("aa", "tcp://127.0.0.1:1").memory / "scheduler"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"type": "Scheduler", "address": "tcp://127.0.0.1:1"}


def test_what_others_put_there_is_not_read(monkeypatch):
    begun("aa", "tcp://127.0.0.1:1")
    monkeypatch.setattr(announcing.os, "geteuid", lambda: os.getuid() + 1)
    assert announced() == []


def test_links_are_not_followed(memory, tmp_path):
    run = begun("aa", "tcp://127.0.0.1:1")
    (memory / "daskflow-link").symlink_to(run.memory)
    (memory / "daskflow-bb").mkdir()
    (memory / "daskflow-bb" / "scheduler").symlink_to(run.memory / "scheduler")
    assert [found.run_id for found in announced()] == ["aa"]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"type": "Scheduler"}', b"\xff"])
def test_a_file_that_is_just_written_or_broken_is_passed_over(memory, text):
    (memory / "daskflow-aa").mkdir()
    (memory / "daskflow-aa" / "scheduler").write_bytes(text)
    (memory / "daskflow-bb").mkdir()
    assert announced() == []
