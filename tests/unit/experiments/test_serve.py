"""Trials in processes of their own: answers, failures, and an end."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psutil
import pytest

from daskflow.experiments.bench.serve import TrialError, TrialProcess
from daskflow.experiments.bench.workloads import RAW

STREAM = {"payload": "frames", "shape": [8, 8, 3], "seconds": 0.25, "warm_s": 0.01}


@pytest.fixture(scope="module")
def raw() -> Iterator[TrialProcess]:
    """One for all baselines, as in a bench."""
    process = TrialProcess(RAW)
    yield process
    process.close()


@pytest.mark.parametrize("chain", ["ring, copied", "ring, passed", "ring, shared", "mp.Queue", "mp.Pipe"])
@pytest.mark.parametrize("operation", ["new", "same"])
def test_every_baseline_carries_every_message_whole(raw, chain, operation):
    stream = {**STREAM, "operation": operation, "hops": 3}
    if chain in ("ring, passed", "ring, shared"):
        stream.update(operation="same", hops=3 if chain == "ring, passed" else 1, readers=3)
    figures = raw.ask({"chain": chain, "stream": stream}, 30)
    assert figures["rate_per_s"] > 0
    assert figures["cpu_us_per_hop"] > 0


def test_a_failed_trial_says_why_and_leaves_the_process_usable():
    process = TrialProcess(RAW)
    with pytest.raises(TrialError, match="KeyError: 'absent'"):
        process.ask({"chain": "absent", "stream": STREAM}, 30)
    assert process.ask({"chain": "mp.Pipe", "stream": STREAM}, 30)["rate_per_s"] > 0
    process.close()
    assert process.has_ended


def test_what_a_baseline_got_wrong_reaches_whoever_asked():
    process = TrialProcess(RAW)
    # The ring passes frames as they are; a consumer that expects new ones refuses them.
    stream = {**STREAM, "operation": "new"}
    with pytest.raises(TrialError, match="WrongMessage: frame 0"):
        process.ask({"chain": "ring, passed", "stream": stream}, 30)
    process.close()


def test_a_process_that_ends_is_a_failure_with_its_last_words():
    process = TrialProcess("daskflow.experiments.absent")
    with pytest.raises(TrialError, match=r"No module named daskflow.experiments.absent"):
        process.ask({}, 30)
    process.close()


def test_a_trial_that_takes_too_long_is_ended_with_all_it_started():
    process = TrialProcess(RAW)
    process.ask({"chain": "ring, passed", "stream": STREAM}, 30)  # so that it is up
    with pytest.raises(TrialError, match=r"no answer in 0\.2 s"):
        process.ask({"chain": "ring, passed", "stream": {**STREAM, "seconds": 600.0, "per_s": 50.0}}, 0.2)
    process.close()
    left = [other for other in psutil.process_iter() if _group(other.pid) == process.pid]
    _, alive = psutil.wait_procs(left, timeout=10)
    assert [other for other in alive if other.status() != psutil.STATUS_ZOMBIE] == []


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
