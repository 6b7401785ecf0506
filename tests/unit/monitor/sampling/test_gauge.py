"""What processes and machine have used."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from daskflow.monitor.sampling import gauge
from daskflow.monitor.sampling.gauge import Gauge


def compute(seconds: float) -> None:
    end_s = time.process_time() + seconds
    while time.process_time() < end_s:
        pass


@pytest.fixture
def own() -> Gauge:
    return Gauge(threading.get_ident(), Path("/tmp"))


def test_it_reads_this_process(own):
    before = own.read({0: os.getpid()}, 0.25)
    compute(0.06)
    usage = own.read({0: os.getpid()}, 0.25)
    assert 0.03 <= usage.cpu_s[0] - before.cpu_s[0] < 10.0
    assert usage.process_s >= 0.06
    assert usage.ledger_s >= 0.06
    assert usage.busy_s >= 0.03
    assert usage.memory_bytes[0] > 10e6
    assert usage.lag_s == 0.25
    assert usage.memory_free_bytes > 0
    assert usage.shared_memory_bytes >= usage.shared_memory_free_bytes > 0


def test_what_was_used_before_the_beginning_does_not_count(own):
    compute(0.03)
    own.read({0: os.getpid()}, 0.0)
    own.begin()
    usage = own.read({0: os.getpid()}, 0.0)
    assert usage.cpu_s[0] < 0.03
    assert usage.process_s < 0.03


def test_processor_time_goes_on_over_the_processes_of_a_task(own, monkeypatch):
    spent = {1: (3.0, 10), 2: (0.5, 20)}
    monkeypatch.setattr(gauge, "_process", lambda pid: spent.get(pid, (0.0, 0)))
    assert own.read({0: 1}, 0.0).cpu_s == {0: 3.0}
    del spent[1]
    assert own.read({}, 0.0).cpu_s == {0: 3.0}  # it has gone
    usage = own.read({0: 2}, 0.0)
    assert (usage.cpu_s, usage.memory_bytes) == ({0: 3.5}, {0: 20})


def test_a_process_that_is_not_there_uses_nothing(own):
    assert own.read({0: 2**22 + 7}, 0.0).cpu_s == {0: 0.0}
