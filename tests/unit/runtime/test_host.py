"""Calls of a node that go on elsewhere after they have returned."""

from __future__ import annotations

from typing import Any

import pytest

from daskflow import Context, ProcessorNode
from daskflow.runtime.clock import Clock
from daskflow.runtime.host import NodeHost


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
def host(clock):
    return NodeHost(Doubles(), Context("flow", "run", "node"), clock)


def test_the_wait_counts_to_the_call(host, clock):
    host.end_calls_with(clock.now_s)  # takes a second of this clock
    host.open()
    assert host.node.is_open
    assert host.work([(4, {})]) == (8, {"seen": 4})
    assert host.busy_s == 2


def test_without_one_there_is_none(host):
    assert host.work([(4, {})]) == (8, {"seen": 4})
    assert host.busy_s == 1


def test_what_it_raises_is_the_calls_error(host):
    def fail() -> None:
        raise RuntimeError("illegal address")

    host.end_calls_with(fail)
    with pytest.raises(RuntimeError, match="illegal address"):
        host.work([(4, {})])
    with pytest.raises(RuntimeError, match="illegal address"):
        host.open()
