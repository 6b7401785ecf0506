"""What nodes did with their time, where calls fail, are tried again, or work together, or a process dies."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from daskflow import BATCH, BatchProcessorNode, Flow, ProcessorNode
from daskflow.consumers import VoidConsumer
from daskflow.monitor.activity import Activity
from daskflow.producers import IntProducer
from daskflow.testing import Kill, simulate

COUNT = 30


class Fails(ProcessorNode):
    def process(self, value: int) -> int:
        raise ValueError(value)


class FailsAtFirst(ProcessorNode):
    def open(self) -> None:
        self._tried: Counter[int] = Counter()

    def process(self, value: int) -> int:
        self._tried[value] += 1
        if self._tried[value] == 1:
            raise ValueError(value)
        return value


class FailsTogether(BatchProcessorNode):
    def process_batch(self, values: list[int]) -> list[int]:
        if len(values) > 1:
            raise ValueError(values)
        return values


class Unreadable:
    def __reduce__(self) -> Any:
        return _refuse, ()


def _refuse() -> None:
    raise ValueError("nobody can read this")


class MakesUnreadable(ProcessorNode):
    def process(self, value: int) -> Any:
        return value if value % 2 else Unreadable()


class Works(ProcessorNode):
    def process(self, value: Any) -> Any:
        return value


def activity(*nodes: Any, call_s: float = 0.1, faults: Any = ()) -> Activity:
    """What the last of some nodes in a row did, which takes long, with whatever comes from the others."""
    source = last = IntProducer(0, COUNT - 1)
    for node in nodes:
        last = node(last)
    flow = Flow([source], [VoidConsumer(name="end")(last)], BATCH)
    return simulate(flow, faults, call_s={source: 0.001, "end": 0.001, nodes[-1]: call_s}).metrics[last].whole


def test_calls_that_raise_take_time_in_the_nodes_code_too():
    whole = activity(Fails(on_error="skip"))
    assert whole.process_time.count == COUNT
    assert whole.busy > 0.9
    assert whole.possible_rate == pytest.approx(10, rel=0.05)


def test_a_message_that_is_tried_again_takes_all_attempts():
    whole = activity(FailsAtFirst(retries=1))
    assert whole.process_time.mean_s == pytest.approx(0.2, rel=0.05)
    assert whole.busy > 0.9
    assert whole.possible_rate == pytest.approx(5, rel=0.05)


def test_a_message_whose_batch_has_failed_takes_its_part_of_that_and_its_own_call():
    whole = activity(FailsTogether(batch_size=5, max_wait_s=1.0))
    assert whole.process_time.count == COUNT
    assert whole.process_time.mean_s == pytest.approx(0.12, rel=0.1)


def test_a_message_that_cannot_be_read_takes_no_time_in_the_nodes_code():
    whole = activity(MakesUnreadable(), Works(on_error="skip"))
    assert whole.process_time.count == COUNT
    assert whole.process_time.sum_s == pytest.approx(COUNT / 2 * 0.1, rel=0.05)


def test_the_time_in_which_a_task_has_no_process_is_no_work():
    whole = activity(Works(), faults=[Kill("works", at=10)])
    assert whole.busy + whole.starved > 0.97
    assert whole.busy < 0.98
