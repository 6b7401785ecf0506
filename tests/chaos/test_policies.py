"""Errors, hangs and deaths under each policy, in real processes."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from daskflow import BATCH, Flow, ProcessorNode, ProducerNode
from daskflow.consumers import CollectConsumer
from daskflow.deadletters import DeadLetterFolder
from daskflow.errors import ClusterError, NodeError, TaskLostError
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD, children


class Trips(ProcessorNode):
    """Does something about the messages that it is told to stumble over."""

    def __init__(self, *over: int, **options: Any) -> None:
        super().__init__(name="trips", **options)
        self._over = over

    def process(self, value: int) -> int:
        if value in self._over:
            self.trip(value)
        return value

    def trip(self, value: int) -> None:
        raise LookupError(f"{value} is refused")


class Crashes(Trips):
    def trip(self, value: int) -> None:
        logging.getLogger("mine").warning("about to crash on %d", value)
        signal.raise_signal(signal.SIGSEGV)


class HoldsTheInterpreter(Trips):
    def trip(self, value: int) -> None:
        ctypes.PyDLL(None).usleep(int(2e6))  # without letting go of it


class RunsOutOfMemory(Trips):
    def trip(self, value: int) -> None:
        hoard = [b"x" * 10_000_000 for _ in range(30)]
        time.sleep(20)
        del hoard


def run(node: ProcessorNode, count: int = 20, **options: Any) -> tuple[list[Any], Flow]:
    """What comes out, once the flow has ended well."""
    numbers = IntProducer(0, count - 1)
    collect = CollectConsumer()(node(numbers))
    flow = Flow([numbers], [collect], BATCH)
    flow.run(cluster=NO_DASHBOARD, **options)
    flow.join()
    return flow.results(collect), flow


def test_skipping_gives_the_message_up_and_keeps_it(tmp_path: Path) -> None:
    results, flow = run(Trips(3, 11, nb_tasks=2, on_error="skip"), dead_letters=tmp_path / "letters")
    assert results == [i for i in range(20) if i not in (3, 11)]
    assert flow.metrics()["trips"].failed == 2
    assert flow.metrics()["collect_consumer"].voided == 2
    folder = DeadLetterFolder(tmp_path / "letters")
    letters = list(folder.letters())
    assert [(letter.node, letter.number, letter.error) for letter in letters] == [
        ("trips", 3, "LookupError: 3 is refused"),
        ("trips", 11, "LookupError: 11 is refused"),
    ]
    assert folder.inputs(letters[0])[0][0] == 3
    assert letters[0].run_id == flow.run_id


def test_retrying_succeeds_in_the_end(tmp_path: Path) -> None:
    class TripsTwice(Trips):
        def trip(self, value: int) -> None:
            with open(tmp_path / "tries", "a") as file:
                file.write("x")
            if (tmp_path / "tries").stat().st_size < 3:
                raise LookupError

    results, flow = run(TripsTwice(5, on_error="retry"))
    assert results == list(range(20))
    assert (tmp_path / "tries").read_text() == "xxx"
    assert flow.metrics()["trips"].failed == 0


def test_a_message_that_kills_its_processes_is_given_up(tmp_path: Path) -> None:
    results, flow = run(Crashes(7), dead_letters=tmp_path / "letters")
    assert results == [i for i in range(20) if i != 7]
    assert flow.metrics()["trips"].failed == 1
    assert flow.metrics()["trips"].restarts == 3
    folder = DeadLetterFolder(tmp_path / "letters")
    (letter,) = folder.letters()
    assert (letter.number, letter.error) == (7, "the message killed 3 processes")
    assert folder.inputs(letter)[0][0] == 7
    assert len(letter.inputs) == 1, "as many as the node has parents, or it cannot be fed back"
    assert "in trip" in letter.traceback


def test_a_node_that_always_crashes_fails_the_run_with_its_last_words() -> None:
    with pytest.raises(TaskLostError) as caught:
        run(Crashes(*range(20), max_restarts=1))
    error = caught.value
    assert (error.node, error.task, error.exit_code) == ("trips", "trips-0", -signal.SIGSEGV)
    text = str(error)
    assert "died at message 0: it crashed with SIGSEGV" in text
    assert "2nd process of the task to die within 60 s, and max_restarts is 1" in text
    assert text.count("WARNING mine: about to crash on 0") == 2
    assert "in trip" in text


def test_a_hang_that_holds_the_interpreter_fails_the_run() -> None:
    with pytest.raises(
        NodeError, match=r"process\(\) of node 'trips'.*process_timeout_s=0.5 at message 4"
    ) as caught:
        run(HoldsTheInterpreter(4, process_timeout_s=0.5))
    assert "in trip" in str(caught.value)
    assert caught.value.sequence_number == 4


def test_a_hang_is_skipped_by_the_same_policy() -> None:
    results, flow = run(HoldsTheInterpreter(4, process_timeout_s=0.5, on_error="skip"))
    assert results == [i for i in range(20) if i != 4]
    assert (flow.metrics()["trips"].failed, flow.metrics()["trips"].restarts) == (1, 1)


def test_who_holds_the_interpreter_for_long_is_not_declared_dead() -> None:
    results, flow = run(HoldsTheInterpreter(4))
    assert results == list(range(20))
    assert flow.metrics()["trips"].restarts == 0


def test_too_much_memory_of_its_own_ends_a_process() -> None:
    with pytest.raises(TaskLostError, match="it was killed because it took more memory than memory_limit"):
        run(RunsOutOfMemory(4, memory_limit="250MB", max_restarts=0))


def test_a_producers_next_is_skipped_too() -> None:
    class Stutters(ProducerNode):
        def __init__(self) -> None:
            super().__init__(on_error="skip")
            self._next = -1

        def next(self) -> int:
            self._next += 1
            if self._next == 8:
                raise StopIteration
            if self._next % 3 == 1:
                raise OSError("no picture")
            return self._next

    source = Stutters()
    collect = CollectConsumer()(source)
    flow = Flow([source], [collect], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    assert flow.results(collect) == [0, 2, 3, 5, 6]
    assert flow.metrics()[source].failed == 3


def test_a_module_that_is_missing_in_the_worker_is_named_by_run(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "elsewhere.py").write_text(
        "from daskflow import ProcessorNode\n\n\nclass Node(ProcessorNode):\n    pass\n"
    )
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        import elsewhere  # type: ignore[import-not-found]

    numbers = IntProducer(0, 3)
    flow = Flow([numbers], [CollectConsumer()(elsewhere.Node(name="lost")(numbers))], BATCH)
    before = children()
    with pytest.raises(
        ClusterError, match=r"node 'lost' cannot be loaded in the worker of task lost-0.*elsewhere"
    ):
        flow.run(cluster=NO_DASHBOARD)
    assert not flow.is_running
    assert children() == before


def test_a_live_producer_goes_on_and_counts_the_gap(tmp_path: Path) -> None:
    class Camera(ProducerNode):
        is_live = True

        def next(self, ctx: Any) -> tuple[int, int]:
            if ctx.sequence_number == 10 and ctx.incarnation == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            if ctx.sequence_number == 20:
                raise StopIteration
            return ctx.incarnation, ctx.sequence_number

    camera = Camera()
    collect = CollectConsumer()(camera)
    flow = Flow([camera], [collect], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    assert [number for _, number in flow.results(collect)] == list(range(20))
    assert flow.results(collect)[10] == (1, 10)
    assert flow.metrics()[camera].gaps == 1
