"""Where the time of tasks went."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daskflow.core.histogram import Histogram
from daskflow.ledger import LedgerCounts, TaskCounts
from daskflow.ledger.state import BLOCKED, BUSY, STARVED
from daskflow.monitor.sampling.spending import Spending, spending_of
from daskflow.transport.observations import TaskTimes
from daskflow.transport.reading import Reading

IDLE = {"starved_s": 0.0, "blocked_s": 0.0}


def task(**known: Any) -> TaskCounts:
    fields = {"mode": STARVED, "is_attached": True, "is_closed": False, "in_hand": 0, "done": 0, **IDLE}
    fields.update(name="t", node=0, restarts=0, has_left=False, here_s=10.0)
    return TaskCounts(**{**fields, **known})


def spent(counts: TaskCounts, times: TaskTimes, elapsed_s: float = 10.0, gathers: bool = False) -> Spending:
    counts = replace(counts, here_s=elapsed_s)
    reading = Reading(110.0, LedgerCounts(elapsed_s, (), (counts,)), (times,))
    return spending_of(reading, [0], gathers=gathers)


def told(at_s: float = 110.0, span_s: float = 10.0, waited_s: float = 0.0, *busy_s: float) -> TaskTimes:
    return TaskTimes(at_s, span_s, waited_s, Histogram.of(busy_s))


def parts(spending: Spending) -> tuple[float, ...]:
    return tuple(
        round(seconds, 9)
        for seconds in (
            spending.busy_s,
            spending.copying_s,
            spending.wire_s,
            spending.blocked_s,
            spending.starved_s,
        )
    )


def test_waiting_that_the_ledger_explains_is_starving_or_blocking_and_the_rest_is_the_wire():
    counts = task(starved_s=1.0, blocked_s=3.0)
    assert parts(spent(counts, told(110.0, 10.0, 5.0, 2.0, 2.5))) == (4.5, 0.5, 1.0, 3.0, 1.0)


def test_the_ledger_may_count_more_waiting_than_the_task():
    counts = task(starved_s=2.0, blocked_s=6.0)
    assert parts(spent(counts, told(110.0, 10.0, 4.0, 6.0))) == (6.0, 0.0, 0.0, 3.0, 1.0)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [(BUSY, (5.0, 0, 0, 0, 5.0)), (BLOCKED, (1.0, 0, 0, 4.0, 5.0)), (STARVED, (1.0, 0, 0, 0, 9.0))],
)
def test_a_task_that_is_silent_for_long_is_in_a_call_or_waits_as_the_ledger_says(mode, expected):
    known = {"starved_s": 5.0, "blocked_s": 0.0}
    if mode == STARVED:
        known["starved_s"] = 9.0
    if mode == BLOCKED:
        known["blocked_s"] = 4.0
    counts = task(mode=mode, **known)
    assert parts(spent(counts, told(106.0, 6.0, 5.0, 1.0))) == expected


def test_a_short_silence_says_nothing():
    assert parts(spent(task(mode=BUSY), told(109.8, 9.8, 0.0, 9.8))) == (9.8, 0, 0, 0, 0)


def test_who_has_closed_has_nothing_to_do():
    counts = task(is_closed=True, starved_s=1.0)
    assert parts(spent(counts, told(104.0, 4.0, 1.0, 3.0))) == (3.0, 0, 0, 0, 7.0)


def test_who_waits_for_more_messages_with_some_in_hand_is_starving():
    assert parts(spent(task(blocked_s=1.0), told(110.0, 10.0, 6.0, 4.0), gathers=True)) == (4, 0, 0, 1, 5)


def test_what_nobody_has_told_of_since_the_process_died_is_starving():
    counts = task(mode=BUSY, starved_s=6.0)
    assert parts(spent(counts, told(110.0, 4.0, 0.0, 4.0))) == (4.0, 0, 0, 0, 6.0)


def test_before_the_start_nothing_is_spent():
    assert spent(task(mode=STARVED), TaskTimes(), elapsed_s=0.0).total_s == 0.0


def test_a_span_is_a_difference():
    assert Spending(3, 2, 1, 0, 5) - Spending(1, 2.5, 1, 0, 1) == Spending(2, 0, 0, 0, 4)
