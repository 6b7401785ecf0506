"""Flows whose bottleneck is known: it is named, and what is expected of the advice comes true."""

from __future__ import annotations

import os
import re

import pytest

from daskflow import REALTIME
from daskflow.monitor.verdict import (
    FEW_CORES,
    FULL_MEMORY,
    SLOW_CONSUMER,
    SLOW_LEDGER,
    SLOW_PROCESSOR,
    SLOW_PRODUCER,
    SLOW_STATEFUL,
    SMALL_EDGE,
)
from tests.cluster import bottlenecks as flows

WITHIN = 0.15
"""How far the rate that was expected may be from the one that is measured."""

CASES = [
    # part of a flow, what is slow, the same as advised: None stands for the number that is advised
    (flows.producer, 0.04, 0.001, SLOW_PRODUCER, "producer"),
    (flows.replicated, 1, None, SLOW_PROCESSOR, "replicated"),
    (flows.stateful, 0.05, 0.003, SLOW_STATEFUL, "stateful"),
    (flows.consumer, 0.05, 0.003, SLOW_CONSUMER, "consumer"),
    (flows.skip_edge, 1, None, SLOW_PROCESSOR, "on the longer path"),
    (flows.small_edge, 1, None, SMALL_EDGE, None),
    (flows.full_memory, flows.SlowDisk, flows.Source, FULL_MEMORY, "on disk"),
]


def test_what_waits_is_named_and_the_forecast_comes_true():
    """All in one flow: these nodes sleep, and have nothing to do with each other."""
    slow = flows.judged(*(part(argument) for part, argument, *_ in CASES))
    named = [(run.verdict.reason, run.verdict.bottleneck) for run in slow]
    assert named == [case[3:] for case in CASES]
    advised = [
        first_number(run.verdict.advice) if advice is None else advice
        for (_, _, advice, *_), run in zip(CASES, slow, strict=True)
    ]
    then = flows.judged(*(case[0](advice) for case, advice in zip(CASES, advised, strict=True)))
    wrong = [
        f"{before.rate:.1f}, then {after.rate:.1f} messages/s: {before.verdict}"
        for before, after in zip(slow, then, strict=True)
        if before.verdict.expected_rate != pytest.approx(after.rate, rel=WITHIN)
        or after.rate < 1.15 * before.rate
    ]
    assert wrong == []


def test_a_node_at_whose_edge_a_camera_loses_messages():
    slow, then = flows.judged(flows.real_time(1), flows.real_time(3), flow_type=REALTIME)
    assert (slow.verdict.reason, slow.verdict.bottleneck) == (SLOW_PROCESSOR, "1 behind")
    assert "dropped" in slow.verdict.words
    assert first_number(slow.verdict.advice) == 3
    assert slow.verdict.expected_rate == pytest.approx(then.rate, rel=WITHIN)


def first_number(advice: str) -> int:
    """How many tasks, or how long a queue."""
    found = re.search(r"\d+", advice)
    assert found, advice
    return int(found[0])


def test_threads_of_the_main_program_that_hold_the_ledger_up():
    part = flows.beside_others()
    with flows.running(part) as flow:
        with flows.BusyThreads(2):
            (held_up,) = flows.watched(flow, part)
        (alone,) = flows.watched(flow, part)
    verdict = held_up.verdict
    assert (verdict.reason, verdict.bottleneck) == (SLOW_LEDGER, None)
    assert "main program" in verdict.words
    assert verdict.expected_rate == pytest.approx(alone.rate, rel=WITHIN)


@pytest.fixture
def one_core():
    """This process and those that it starts share one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


def test_tasks_that_wait_for_a_core(one_core):
    (run,) = flows.judged(flows.few_cores())
    verdict = run.verdict
    assert (verdict.reason, verdict.bottleneck) == (FEW_CORES, None)
    assert "1 core is busy" in verdict.words
    # The slower computes for 20 ms: what others do on the machine meanwhile changes the rate now, not this.
    assert verdict.expected_rate == pytest.approx(50, rel=WITHIN)
