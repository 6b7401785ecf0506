"""What went wrong in a run is in its snapshot: each message that was given up, and each restart."""

from __future__ import annotations

import pytest

from daskflow import BATCH, Flow, OneTaskProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.monitor.parts import Mishap
from daskflow.testing import Fail, Given, Kill, simulate
from tests.simulated.test_policies import line


class Remembers(OneTaskProcessorNode):
    def process(self, value: int) -> int:
        return value


class Refuses(CollectConsumer):
    def deliver(self, result: int) -> None:
        raise ValueError(result)


def shown(mishaps: tuple[Mishap, ...]) -> list[tuple[str, int | None, bool]]:
    return [(mishap.level, mishap.number, mishap.is_dead_letter) for mishap in mishaps]


def test_each_message_that_is_given_up_is_there_and_the_log_says_the_first(caplog) -> None:
    faults = [Fail("node", at=number, error=ValueError("x")) for number in (3, 7)]
    result = simulate(line(nb_tasks=1, on_error="skip"), faults)
    assert shown(result.metrics.mishaps) == [("WARNING", 3, True), ("WARNING", 7, True)]
    first, second = result.metrics.mishaps
    assert (first.node, first.task) == ("node", "node-0")
    assert first.time_s <= second.time_s
    assert first.traceback.endswith("ValueError: x")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "failed at message 3: ValueError: x" in caplog.text


def test_what_fails_a_run_is_the_last_of_its_mishaps() -> None:
    result = simulate(line(nb_tasks=1), [Fail("node", at=3, error=ValueError("x"))], check=False)
    (mishap,) = result.metrics.mishaps
    assert (mishap.level, mishap.number, mishap.is_dead_letter) == ("ERROR", 3, False)
    assert mishap.words == str(result.failure)


@pytest.mark.parametrize("times", [1, 3])
def test_restarts_are_there_and_what_was_given_up_for_them(times: int, caplog) -> None:
    result = simulate(line(nb_tasks=1), [Kill("node", at=3, times=times)])
    restarts = [mishap for mishap in result.metrics.mishaps if not mishap.is_dead_letter]
    assert [(mishap.task, mishap.number) for mishap in restarts] == [("node-0", 3)] * times
    assert "another has taken its place" in restarts[0].words
    dead = [mishap for mishap in result.metrics.mishaps if mishap.is_dead_letter]
    assert [(mishap.level, mishap.number) for mishap in dead] == [("ERROR", 3)] * (times == 3)
    assert ("killed 3 processes" in caplog.text) == (times == 3)


def test_a_death_that_ends_the_run_is_there() -> None:
    source = Given(range(12), name="source")
    flow = Flow([source], [CollectConsumer(name="collect")(Remembers(name="node")(source))], BATCH)
    result = simulate(flow, [Kill("node", at=3)], check=False)
    (mishap,) = result.metrics.mishaps
    assert (mishap.level, mishap.task, mishap.number) == ("ERROR", "node-0", 3)
    assert "the run cannot go on without it" in mishap.words


def test_one_of_the_callers_own_is_told_of_its_consumer() -> None:
    source = Given(range(12), name="source")
    flow = Flow([source], [Refuses(name="refuses")(source)], BATCH)
    result = simulate(flow, check=False)
    (mishap,) = result.metrics.mishaps
    assert (mishap.level, mishap.node, mishap.task) == ("ERROR", "refuses", "refuses (caller)-0")
