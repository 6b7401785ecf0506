"""Calls of a node that go on elsewhere after they have returned."""

from __future__ import annotations

from typing import Any

import pytest

from daskflow import Context, ProcessorNode
from daskflow.runtime.clock import Clock
from daskflow.runtime.runner import NodeRunner


class Doubles(ProcessorNode):
    def open(self) -> None:
        self.is_open = True

    def process(self, value: int, ctx: Any) -> int:
        ctx.metadata["seen"] = value
        return 2 * value


@pytest.fixture
def clock():
    seconds = iter(range(100))
    return Clock(lambda: next(seconds), lambda: 0.0)


@pytest.fixture
def runner(clock):
    return NodeRunner(Doubles(), Context("flow", "run", "node"), clock)


def test_the_wait_counts_to_the_call(runner, clock):
    runner.end_calls_with(clock.now_s)  # takes a second of this clock
    runner.open()
    assert runner.node.is_open
    assert runner.work([(4, {})]) == (8, {"seen": 4})
    assert runner.busy_s == 2


def test_without_one_there_is_none(runner):
    assert runner.work([(4, {})]) == (8, {"seen": 4})
    assert runner.busy_s == 1


def test_what_it_raises_is_the_calls_error(runner):
    def fail() -> None:
        raise RuntimeError("illegal address")

    runner.end_calls_with(fail)
    with pytest.raises(RuntimeError, match="illegal address"):
        runner.work([(4, {})])
    with pytest.raises(RuntimeError, match="illegal address"):
        runner.open()
