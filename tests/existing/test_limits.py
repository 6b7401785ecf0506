"""Calls that hang, processes that grow or die, and what is said and kept of their messages."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.deadletters import DeadLetterFolder
from daskflow.errors import NodeError, TaskLostError
from daskflow.producers import IntProducer
from tests.cluster.nodes import Frames, Slow
from tests.existing.clusters import local_cluster


class Trips(ProcessorNode):
    """Stumbles over one message, given as a number or as a picture filled with it."""

    def __init__(self, over: int, name: str = "trips", **options: Any) -> None:
        super().__init__(name=name, **options)
        self._over = over

    def process(self, value: Any) -> int:
        number = int(value if isinstance(value, int) else value.max())
        if number == self._over:
            self.trip()
        return number

    def trip(self) -> None:
        raise NotImplementedError


class HoldsTheInterpreter(Trips):
    def __init__(self, over: int, for_s: float = 8.0, **options: Any) -> None:
        super().__init__(over, **options)
        self._for_s = for_s

    def trip(self) -> None:
        ctypes.PyDLL(None).usleep(int(self._for_s * 1e6))  # without letting go of it


class HangsOnce(Trips):
    def __init__(self, over: int, marker: Path, **options: Any) -> None:
        super().__init__(over, **options)
        self._marker = marker

    def trip(self) -> None:
        if not self._marker.exists():
            self._marker.touch()
            time.sleep(60)


class Grows(Trips):
    def trip(self) -> None:
        hoard = [b"x" * 10_000_000 for _ in range(40)]
        time.sleep(60)
        del hoard


class Crashes(Trips):
    def trip(self) -> None:
        logging.getLogger("mine").warning("about to crash")
        signal.raise_signal(signal.SIGSEGV)


def run(cluster: Any, node: ProcessorNode, source: Any = None, **options: Any) -> tuple[list[Any], Flow]:
    """What comes out, once the flow has ended well."""
    source = source or IntProducer(0, 11)
    collect = CollectConsumer()(node(source))
    flow = Flow([source], [collect], BATCH)
    flow.run(cluster=cluster, **options)
    flow.join()
    return flow.results(collect), flow


def all_but(number: int, count: int = 12) -> list[int]:
    return [each for each in range(count) if each != number]


def test_a_call_that_takes_too_long_fails_the_run_in_the_words_of_a_local_one(cluster, client):
    with pytest.raises(
        NodeError,
        match=r"process\(\) of node 'trips' \(task trips-0\) took longer than process_timeout_s=0.5 "
        "at message 4; its process was killed",
    ) as caught:
        run(cluster, HoldsTheInterpreter(4, process_timeout_s=0.5))
    assert (caught.value.node, caught.value.task, caught.value.sequence_number) == ("trips", "trips-0", 4)
    assert "in trip" in str(caught.value)


def test_a_call_that_takes_too_long_is_skipped_where_that_is_the_policy(cluster, client, caplog):
    node = HoldsTheInterpreter(4, process_timeout_s=0.5, on_error="skip", max_restarts=0)
    with caplog.at_level(logging.WARNING, "daskflow"):
        results, flow = run(cluster, node)
    assert results == all_but(4)
    assert (flow.metrics()["trips"].failed, flow.metrics()["trips"].restarts) == (1, 1)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "a call takes longer than process_timeout_s=0.5" in said
    assert "another has taken its place: it was killed because a call took longer" in said
    assert "the message is given up: process() took longer than process_timeout_s=0.5" in said


def test_a_call_that_took_too_long_is_made_again_elsewhere(cluster, client, tmp_path):
    node = HangsOnce(4, tmp_path / "hung", process_timeout_s=0.5, retries=1)
    results, flow = run(cluster, node)
    assert results == list(range(12))
    assert flow.metrics()["trips"].failed == 0


def test_a_process_that_takes_too_much_memory_ends(cluster, client):
    with pytest.raises(
        TaskLostError,
        match="'trips' died at message 4: it was killed because it took more memory than memory_limit",
    ):
        run(cluster, Grows(4, memory_limit="300MB", max_restarts=0))


def test_a_crash_names_node_task_and_message_with_its_last_words(cluster, client):
    with pytest.raises(TaskLostError) as caught:
        run(cluster, Crashes(4, max_restarts=0))
    error = caught.value
    assert (error.node, error.task, error.exit_code) == ("trips", "trips-0", -signal.SIGSEGV)
    assert "the process of task trips-0 of node 'trips' died at message 4: it crashed with SIGSEGV" in str(
        error
    )
    assert "WARNING mine: about to crash" in str(error)
    assert "in trip" in str(error)


def test_a_message_that_kills_its_processes_is_kept_with_the_picture_in_it(cluster, client, tmp_path):
    results, flow = run(cluster, Crashes(3), Frames(8), dead_letters=tmp_path / "letters")
    assert results == all_but(3, 8)
    assert (flow.metrics()["trips"].failed, flow.metrics()["trips"].restarts) == (1, 3)
    folder = DeadLetterFolder(tmp_path / "letters")
    (letter,) = folder.letters()
    assert (letter.node, letter.number, letter.error) == ("trips", 3, "the message killed 3 processes")
    assert "in trip" in letter.traceback
    ((frame, _),) = folder.inputs(letter)
    assert letter.inputs[0].shape == frame.shape == (480, 640, 3)
    assert np.all(frame == 3)


def test_nobody_is_killed_once_the_task_has_ended(cluster, client):
    before = client.run(os.getpid)
    results, flow = run(cluster, Slow(0.02, name="slow", process_timeout_s=0.5, memory_limit="1GB"))
    assert results == list(range(12))
    time.sleep(1)
    assert client.run(os.getpid) == before
    assert not wardens(flow.run_id)


def wardens(run_id: str | None) -> list[str]:
    """The processes that see to the limits of a run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_text()
            if "daskflow.runtime.warden" in line and str(run_id) in line:
                found.append(line)
    return found


def test_tasks_of_one_process_go_with_it_and_their_messages_go_on(tmp_path, caplog):
    numbers = IntProducer(0, 59, name="numbers")
    slow = Slow(0.05, name="slow", max_restarts=9)(numbers)
    trips = HangsOnce(4, tmp_path / "hung", process_timeout_s=0.5, retries=1)(slow)
    collect = CollectConsumer()(trips)
    flow = Flow([numbers], [collect], BATCH)
    with (
        local_cluster(1, threads_per_worker=4) as cluster,
        caplog.at_level(logging.WARNING, "daskflow"),
    ):
        flow.run(cluster=cluster, tasks_per_worker=4)
        flow.join()
    assert flow.results(collect) == list(range(60))
    metrics = flow.metrics()
    assert (metrics["slow"].restarts, metrics["trips"].restarts) == (1, 1)
    assert (metrics["slow"].failed, metrics["trips"].failed) == (0, 0)
    assert "another task in it went beyond process_timeout_s" in caplog.text


def test_nobody_is_killed_in_the_process_of_the_scheduler(tmp_path, caplog):
    with (
        local_cluster(3, processes=False) as cluster,
        caplog.at_level(logging.WARNING, "daskflow"),
    ):
        node = HoldsTheInterpreter(4, process_timeout_s=0.2, for_s=1.0)
        assert run(cluster, node)[0] == list(range(12))
    assert "limits of node trips are not kept to" in caplog.text
    assert "no nanny" not in caplog.text
