"""Which part of a run is measured, by what is seen of it."""

from __future__ import annotations

import pytest

from daskflow.experiments.sweeps.span import Limits, Span, arrived
from tests.unit.monitor.snapshots import metrics, snapshot


def seen(received: int, elapsed_s: float, other: int | None = None):
    ends = [metrics("sink", "consumer", received=received)]
    if other is not None:
        ends.append(metrics("slow", "consumer", received=other))
    return snapshot(metrics("numbers", "producer", emitted=received + 5), *ends, elapsed_s=elapsed_s)


def span_of(limits: Limits, *moments) -> Span:
    span = Span(limits)
    for moment in moments:
        span.see(moment)
    return span


RUN = [seen(0, 0.0), seen(5, 1.0), seen(12, 2.0), seen(20, 3.0), seen(31, 4.0)]


def test_without_a_word_the_whole_run_counts_and_nobody_needs_to_look():
    span = span_of(Limits(), *RUN)
    assert (span.begin, span.end, span.is_watching) == (None, None, False)


def test_after_the_warm_up_it_counts_up_to_the_run_s_own_end():
    span = Span(Limits(warmup_messages=10))
    assert span.is_watching
    for moment in RUN:
        span.see(moment)
    assert (span.begin, span.end, span.is_watching) == (RUN[2], None, False)


@pytest.mark.parametrize(
    ("limits", "begin", "end"),
    [
        (Limits(messages=12), None, 2),
        (Limits(duration_s=2.0), None, 2),
        (Limits(warmup_messages=10, messages=8), 2, 3),
        (Limits(warmup_messages=10, duration_s=1.5), 2, 4),
        (Limits(warmup_messages=10, messages=100, duration_s=1.0), 2, 3),
        (Limits(warmup_messages=10, messages=100), 2, None),
        (Limits(warmup_messages=100, duration_s=1.0), None, None),
    ],
)
def test_limits_count_from_the_end_of_the_warm_up(limits, begin, end):
    span = span_of(limits, *RUN)
    assert span.begin is (None if begin is None else RUN[begin])
    assert span.end is (None if end is None else RUN[end])
    assert span.is_watching is (end is None)


def test_while_nodes_open_there_is_nothing_to_measure():
    assert span_of(Limits(duration_s=1e-9), RUN[0]).end is None


def test_of_several_ends_the_slowest_counts():
    assert arrived(seen(9, 1.0, other=4)) == 4
    assert span_of(Limits(messages=9), seen(9, 1.0, other=4)).end is None
