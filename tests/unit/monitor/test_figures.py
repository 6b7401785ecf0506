"""Figures of a flow as a whole."""

from __future__ import annotations

import pytest

from daskflow.core.histogram import Histogram
from daskflow.monitor.figures import (
    Progress,
    clock_words,
    flow_length,
    latency_of,
    limit_of,
    progress_of,
    rate_of,
)
from daskflow.monitor.parts import PathMetrics
from daskflow.monitor.verdict import FEW_CORES, SLOW_PROCESSOR, UNKNOWN, Verdict
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.unit.monitor.snapshots import metrics, snapshot


def test_a_message_is_done_when_every_consumer_has_resolved_it():
    now = progress_of(
        snapshot(
            metrics("source", "producer", emitted=20),
            metrics("work", "processor", received=15, emitted=12, dropped=2, failed=3),
            metrics("fast", "consumer", received=9, voided=3, dropped=1),
            metrics("slow", "consumer", received=8, voided=2),
            elapsed_s=4.0,
        ),
        30,
    )
    assert now == Progress(produced=20, done=10, dropped=3, elapsed_s=4.0, total=30, failed=3)


def test_a_flow_without_consumers_is_done_when_its_processors_are():
    source = metrics("source", "producer", emitted=7)
    assert progress_of(snapshot(source, metrics("work", "processor", received=4))).done == 4
    assert progress_of(snapshot(source)).done == 7


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Progress(0, 0, 0, 0.0, 300), "starting"),
        (Progress(9, 7, 0, 1.0, 300), "7 of 300 messages, 3.5 per second"),
        (Progress(9, 7, 2, 1.0), "7 messages, 3.5 per second, 2 dropped"),
        (Progress(9, 7, 2, 1.0, None, 1), "7 messages, 3.5 per second, 2 dropped, 1 failed"),
    ],
)
def test_words(now, words):
    assert now.words(3.5) == words


def test_the_shortest_producer_that_knows_gives_the_length():
    one = IntProducer(0, 9)
    assert flow_length([one, IntProducer(0, 4), IntProducer(0), IdentityProcessor()(one)]) == 5
    assert flow_length([IntProducer(0)]) is None


def test_the_total_is_that_of_the_snapshot_unless_one_is_given():
    assert progress_of(snapshot(total=5)).total == 5
    assert progress_of(snapshot(total=5), 7).total == 7


def test_the_rate_is_that_of_the_slowest_end():
    fast, slow = metrics("fast", "consumer", rate=9.0), metrics("slow", "consumer", rate=4.0)
    assert rate_of(snapshot(metrics("source", "producer", rate=1.0), fast, slow)) == 4.0
    assert rate_of(snapshot()) == 0.0


def test_latencies_of_all_paths_are_taken_together_and_after_the_end_those_of_the_whole_run():
    paths = {
        ("a", "c"): PathMetrics("a", "c", latency=Histogram.of([1.0] * 5), recent=Histogram.of([2.0])),
        ("b", "c"): PathMetrics("b", "c", latency=Histogram.of([1.0] * 4), recent=Histogram.of([2.0, 2.0])),
    }
    assert latency_of(snapshot(paths=paths)).count == 3
    assert latency_of(snapshot(paths=paths, state="ended")).count == 9


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(SLOW_PROCESSOR, "detector", 4.0, "detector is slow"), "detector"),
        (Verdict(FEW_CORES, None, 4.0, "there are too few cores"), "too few cores"),
        (Verdict(UNKNOWN, None, 0.0, "nothing has been finished yet"), ""),
    ],
)
def test_what_limits_a_flow_in_a_word_or_two(monkeypatch, verdict, words):
    monkeypatch.setattr("daskflow.monitor.verdict.verdict_of", lambda snapshot: verdict)
    assert limit_of(snapshot()) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "0:00"), (83.9, "1:23"), (3600.0, "1:00:00"), (360_000.0, "100:00:00")]
)
def test_lengths_of_time(seconds, words):
    assert clock_words(seconds) == words
