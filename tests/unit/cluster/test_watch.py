"""What is seen of a process from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from daskflow.cluster.watch import Watch
from daskflow.core.node.policy import Policy
from daskflow.runtime import limits
from daskflow.runtime.limits import own_memory_bytes
from daskflow.transport.call_record import CallRecord
from daskflow.transport.places import RunPlaces
from daskflow.transport.surroundings import LATE, TOO_LARGE

HOLDS = """
import mmap, sys
shared = mmap.mmap(-1, 50_000_000)
shared.write(bytes(50_000_000))
own = bytearray(b"x" * int(sys.argv[1]))
print("ready", flush=True)
input()
"""


def test_shared_memory_does_not_count() -> None:
    def memory(own: int) -> int:
        arguments = [sys.executable, "-c", HOLDS, str(own)]
        with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            return own_memory_bytes(process.pid)

    small, large = memory(0), memory(60_000_000)
    assert 59_000_000 < large - small < 70_000_000
    assert small < 45_000_000


def test_a_process_that_is_gone_has_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        assert own_memory_bytes(process.pid) == 0


class Thread:
    """Stands for the ledger's: notes whom it shall kill."""

    def __init__(self) -> None:
        self.killed: list[tuple[Any, ...]] = []
        self.service = SimpleNamespace(kill="kill")

    def post(self, function: str, *arguments: Any) -> None:
        assert function == "kill"
        self.killed.append(arguments)


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(s=1000.0)
    monkeypatch.setattr(limits, "clock", lambda: now.s)
    return now


def watching(thread: Thread, places: RunPlaces, **policy) -> Watch:
    return Watch(thread, [SimpleNamespace(task=0, task_name="net-0", policy=Policy(**policy))], places)


def test_a_call_is_late_when_it_was_seen_twice(tmp_path, clock, caplog) -> None:
    places, thread = RunPlaces(tmp_path, tmp_path), Thread()
    policy = Policy(process_timeout_s=2.0)
    looks = watching(thread, places, process_timeout_s=2.0)
    looks._look(0, 55, policy)  # no process has come so far
    record = CallRecord(places, 0, 0, lambda: clock.s)
    record.begin(3)
    clock.s += 2.0
    looks._look(0, 55, policy)
    clock.s += 0.1
    looks._look(0, 55, policy)
    assert thread.killed == []
    record.finish(3)
    record.begin(4)
    clock.s += 2.1
    looks._look(0, 55, policy)
    assert thread.killed == []  # another call than before
    looks._look(0, 55, policy)
    assert thread.killed == [(0, 55, LATE, 4)]
    looks._look(0, 55, policy)  # it is still there
    assert len(thread.killed) == 2
    assert len(caplog.records) == 1
    record.end()
    looks._look(0, 56, policy)
    assert len(thread.killed) == 2


def test_one_with_too_much_memory_is_killed(tmp_path) -> None:
    places, thread = RunPlaces(tmp_path, tmp_path), Thread()
    looks = watching(thread, places, memory_limit=1000)
    looks._look(0, os.getpid(), Policy(memory_limit=10**12))
    assert thread.killed == []
    looks._look(0, os.getpid(), Policy(memory_limit=1000))
    assert thread.killed == [(0, os.getpid(), TOO_LARGE, None)]


def test_without_limits_there_is_no_thread(tmp_path) -> None:
    looks = watching(Thread(), RunPlaces(tmp_path, tmp_path))
    looks.start()
    looks.close()
    assert not looks._thread.is_alive()
