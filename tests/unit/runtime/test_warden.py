"""Limits of nodes on a host where others have workers: who is killed, and what is left of it to read."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from daskflow.core.node.policy import Policy
from daskflow.runtime import limits
from daskflow.runtime.process_notes import KillNote, killings_noted, noted, processes_noted
from daskflow.runtime.remains import Remains, remains_of
from daskflow.runtime.warden import Warden, start_warden
from daskflow.transport.call_record import CallRecord, Calls
from daskflow.transport.places import RunPlaces
from daskflow.transport.surroundings import LATE, TOO_LARGE

DEAF = """
import signal
signal.signal(signal.SIGABRT, signal.SIG_IGN)
print("ready", flush=True)
input()
"""


@pytest.fixture
def places(tmp_path) -> RunPlaces:
    for name in ("memory", "disk"):
        (tmp_path / name).mkdir()
    return RunPlaces(tmp_path / "memory", tmp_path / "disk")


@pytest.fixture
def process(places, monkeypatch) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which seems to be this one where it is noted."""
    arguments = [sys.executable, "-c", DEAF]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: process.pid)
            yield process
        process.kill()


def test_who_works_on_what_is_noted_while_it_does(places):
    with noted(places, 3, "net-1", Policy(process_timeout_s=0.5, memory_limit=1_000_000)):
        (note,) = processes_noted(places)
        assert note.is_running
        assert (note.task, note.task_name, note.pid) == (3, "net-1", os.getpid())
        assert note.thread == threading.get_ident()
        assert note.limits == Policy(process_timeout_s=0.5, memory_limit=1_000_000)
        assert not note._replace(started=note.started + 1).is_running, "another that has the same id"
    assert processes_noted(places) == []


def test_a_call_that_takes_too_long_is_killed_and_noted_first(places, process, monkeypatch):
    now_s = 100.0
    monkeypatch.setattr(limits, "clock", lambda: now_s)
    record = CallRecord(places, 3, 0, lambda: now_s)
    warden = Warden(places)
    with noted(places, 3, "net-1", Policy(process_timeout_s=1.0)):
        record.begin(7)
        assert warden.look() == 0.25
        now_s += 1.1
        warden.look()
        assert killings_noted(places) == []
        warden.look()
        (killing,) = killings_noted(places)
        assert killing == KillNote(3, process.pid, LATE, 7, "a call takes longer than process_timeout_s=1")
        assert process.poll() is None, "it was only asked to say where it is"
        warden.look()
        assert process.wait(10) == -signal.SIGKILL
        assert warden.look() == limits.LONGEST_PAUSE_S, "it has nothing more to look at"
    remains = remains_of(places, 3, process.pid)
    assert remains == Remains(calls=Calls(0, None, 7, 100.0), killings=(killing,))


def test_one_with_too_much_memory_is_killed(places, process):
    warden = Warden(places)
    with noted(places, 3, "net-1", Policy(memory_limit=10**12)):
        warden.look()
    assert killings_noted(places) == []
    with noted(places, 3, "net-1", Policy(memory_limit=1000)):
        warden.look()
    ((_, _, why, number, words),) = killings_noted(places)
    assert (why, number) == (TOO_LARGE, None)
    assert "MB of its own" in words


def test_one_without_limits_is_left_alone(places, process):
    CallRecord(places, 3, 0, lambda: 0.0).begin(7)
    warden = Warden(places)
    with noted(places, 3, "net-1", Policy()):
        for _ in range(3):
            warden.look()
    assert process.poll() is None


def test_there_is_one_for_each_host_until_the_places_are_gone(places, process):
    first = start_warden(places)
    assert start_warden(places) is None
    CallRecord(places, 3, 0).begin(7)
    with noted(places, 3, "net-1", Policy(process_timeout_s=0.1)):
        assert process.wait(20) == -signal.SIGKILL
    shutil.rmtree(places.memory)
    assert first.wait(20) == 0


def test_one_that_died_is_followed_by_another(places):
    first = start_warden(places)
    first.kill()
    first.wait()
    second = start_warden(places)
    assert second is not None
    second.kill()
    second.wait()


TRACE = """Fatal Python error: Segmentation fault

Current thread 0x0000000000000001 (most recent call first):
  File "x/mine.py", line 1 in deep
  File "x/runtime/runner.py", line 2 in work

Thread 0x0000000000000002 (most recent call first):
  File "x/other.py", line 3 in process
  File "x/runtime/runner.py", line 2 in work
"""


def test_a_trace_is_found_though_it_is_in_the_file_of_a_neighbour(places, process, monkeypatch):
    def note(task: int, thread: int) -> Any:
        monkeypatch.setattr(threading, "get_ident", lambda: thread)
        return noted(places, task, f"net-{task}", Policy())

    with note(1, 1), note(2, 2):
        monkeypatch.undo()
        (places.disk / "task-2.trace").write_text(TRACE)
        process.kill()
        process.wait()
        first, second = (remains_of(places, task, process.pid) for task in (1, 2))
    assert first.stack == ('File "x/mine.py", line 1 in deep',)
    assert second.stack == ('File "x/other.py", line 3 in process',)
    assert first.exit_code == second.exit_code == -signal.SIGSEGV


def test_a_process_that_lives_is_said_to(places):
    remains = remains_of(places, 3, os.getpid())
    assert remains == Remains(is_there=True)
