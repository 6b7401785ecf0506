"""Batches in which something is wrong: the message that is to blame is named, and nobody waits for it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from daskflow import BATCH, REALTIME, BatchProcessorNode, Flow, ProcessorNode, TaskModuleNode
from daskflow.consumers import CollectConsumer
from daskflow.errors import NodeError
from daskflow.testing import DeadMessage, Fail, Given, Hang, Kill, simulate

COUNT = 24
OPTIONS: dict[str, Any] = {"batch_size": 4, "max_wait_s": 0.5, "name": "node"}


def refuse() -> None:
    raise ValueError("it cannot be read")


class Sealed:
    def __reduce__(self) -> Any:
        return refuse, ()


class Stays:
    def __reduce__(self) -> Any:
        raise ValueError("it cannot be pickled")


class SealsTheFourth(ProcessorNode):
    def process(self, value: int) -> Any:
        return Sealed() if value == 4 else value


class Passes(BatchProcessorNode):
    def process_batch(self, values: list[Any], ctx: Any) -> list[Any]:
        assert len(ctx.batch_numbers) == len(values)
        return values


class KeepsTheSeventh(BatchProcessorNode):
    def process_batch(self, values: list[int]) -> list[Any]:
        return [Stays() if value == 7 else value for value in values]


class OneAtATime(BatchProcessorNode):
    calls: list[tuple[str, tuple[int, ...]]] = []  # of all copies: this is one process

    def process_batch(self, values: list[int], ctx: Any) -> list[int]:
        self.calls.append((ctx.task_name, ctx.batch_numbers))
        if len(values) > 1 or values[0] == 0:
            raise ValueError("not rtsp://user:secret@camera")
        return values


class Counts(BatchProcessorNode):
    def process_batch(self, values: list[int]) -> list[int]:
        return [len(values)] * len(values)


class Generates(BatchProcessorNode):
    def process_batch(self, values: list[int]) -> Any:
        return (value for value in values)


@pytest.fixture
def calls():
    OneAtATime.calls.clear()
    return OneAtATime.calls


def flow(node: ProcessorNode, before: ProcessorNode | None = None, flow_type: str = BATCH) -> Flow:
    source = Given(range(COUNT), name="source")
    parent = source if before is None else before(source)
    return Flow([source], [CollectConsumer(name="collect")(node(parent))], flow_type)


@pytest.mark.parametrize("fault", [Kill("node", at=6, times=3), Hang("node", at=6, times=2)])
def test_the_others_of_one_that_cannot_be_unpickled_are_watched(fault):
    node = Passes(**OPTIONS, on_error="skip", process_timeout_s=1.0)
    result = simulate(flow(node, SealsTheFourth(name="seals")), [fault])
    assert set(result.dead) == {DeadMessage("node", 4), DeadMessage("node", 6)}
    assert len(result.results("collect")) == COUNT - 2


def test_a_result_that_cannot_be_pickled_is_that_of_its_message():
    result = simulate(flow(KeepsTheSeventh(**OPTIONS, on_error="skip")))
    assert result.dead == (DeadMessage("node", 7),)
    with pytest.raises(NodeError, match=r"pickling a result of .* at message 7"):
        simulate(flow(KeepsTheSeventh(**OPTIONS)))


def test_what_comes_while_each_is_tried_alone_is_for_the_sibling(calls):
    node = OneAtATime(batch_size=4, max_wait_s=5.0, nb_tasks=2, on_error="skip", name="node")
    simulate(flow(node), call_s={"source": 0.4, "node": 1.0})
    batches = [numbers for _, numbers in calls if len(numbers) > 1]
    assert batches[:2] == [(0, 1, 2, 3), (4, 5, 6, 7)]


def test_the_run_ends_without_trying_each_of_the_batch(calls):
    with pytest.raises(NodeError, match="message 0"):
        simulate(flow(OneAtATime(**OPTIONS)), call_s={"source": 0.001, "node": 1.0})
    assert [numbers for _, numbers in calls] == [(0, 1, 2, 3), (0,), (1,)]


def test_the_log_has_no_secrets(calls, caplog):
    caplog.set_level(logging.INFO, "daskflow")
    simulate(flow(OneAtATime(**OPTIONS, on_error="skip")))
    assert "each is tried alone" in caplog.text
    assert "secret" not in caplog.text


def test_results_are_a_list():
    with pytest.raises(NodeError, match="gives a list with one result per message: 1, got generator"):
        simulate(flow(Generates(**OPTIONS)))


def test_in_real_time_the_next_batch_waits_whatever_the_queue_size():
    node = Counts(batch_size=8, queue_size=2, name="node")
    result = simulate(flow(node, flow_type=REALTIME), call_s={"source": 0.001, "node": 0.02})
    assert result.results("collect").count(8) >= 8


def test_a_fault_in_a_module_is_for_its_message():
    source = Given(range(COUNT), name="source")
    entry, inner = SealsTheFourth(name="entry")(source), Passes(name="inner")
    end = CollectConsumer(name="collect")(inner(entry))
    TaskModuleNode(entry, inner, name="node", on_error="skip")
    result = simulate(Flow([source], [end], BATCH), [Fail("node", at=5), Fail("node", at=4)])
    assert result.dead == (DeadMessage("node", 4), DeadMessage("node", 5))
