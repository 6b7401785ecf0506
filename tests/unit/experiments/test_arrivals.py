"""The rule by which both sides are timed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from daskflow.experiments.bench import arrivals, meter, spec
from daskflow.experiments.bench.arrivals import Arrivals, percentile
from daskflow.experiments.bench.frames import WrongMessage
from daskflow.experiments.bench.meter import CpuHistory, CpuMeter
from daskflow.experiments.bench.payloads import payload_of
from daskflow.experiments.bench.spec import LEAST_MESSAGES, Pacer, StreamSpec


class Clock(SimpleNamespace):
    def __init__(self) -> None:
        super().__init__(now=100.0, cpu=0.0)

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.cpu

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    for module in (arrivals, meter, spec):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_the_rate_is_that_after_the_warm_up(clock):
    stream = StreamSpec("dicts", 1.0, warm_s=1.0)
    payload = payload_of(stream)
    noted = Arrivals(stream, payload)
    for number, at in enumerate([0.0, 0.9, 1.5, 2.0, 2.5, 3.5]):
        clock.now = 100.0 + at
        noted.add(payload.make(number), 0, 0)
    assert noted.figures() == {"rate_per_s": pytest.approx(3 / 2.0)}
    assert noted.messages == 6


def test_latencies_of_a_paced_stream(clock):
    stream = StreamSpec("dicts", 1.0, warm_s=0.5, per_s=1.0)
    payload = payload_of(stream)
    noted = Arrivals(stream, payload)
    for number, latency_ms in enumerate([90, 80, 1, 3, 2]):  # the first two are the warm-up
        clock.now += 1.0
        noted.add(payload.make(number), 5_000, 5_000 + latency_ms * 1_000_000)
    assert noted.figures() == {
        "rate_per_s": pytest.approx(1.0), "latency_ms": 2.0, "latency_p95_ms": pytest.approx(2.9),
        "latency_p99_ms": pytest.approx(2.98),
    }  # fmt: skip


def test_a_wrong_or_missing_message_is_no_figure(clock):
    stream = StreamSpec("dicts", 1.0, warm_s=1.0)
    payload = payload_of(stream)
    noted = Arrivals(stream, payload)
    noted.add(payload.make(0), 0, 0)
    with pytest.raises(WrongMessage, match="'number': 1"):
        noted.add(payload.make(2), 0, 0)
    with pytest.raises(WrongMessage, match="only 1 messages"):
        noted.figures()


def test_percentiles_lie_between_neighbours():
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile([5.0], 99) == 5.0
    assert percentile(range(101), 95) == 95.0


def test_a_paced_stream_sends_when_it_is_due_and_ends_with_its_time(clock):
    pacer = Pacer(StreamSpec("dicts", seconds=10.0, warm_s=0.0, per_s=4.0))
    sent = []
    while pacer.has(len(sent)):
        sent.append(clock.now - 100.0)
    assert sent == pytest.approx([i / 4 for i in range(41)])


def test_a_stream_is_never_too_short(clock):
    pacer = Pacer(StreamSpec("dicts", seconds=0.0, warm_s=0.0))
    sent = 0
    while pacer.has(sent):
        clock.now += 1.0
        sent += 1
    assert sent == LEAST_MESSAGES


def test_cpu_of_messages_after_the_warm_up(clock):
    metered = CpuMeter(warm_s=1.0)
    for at, cpu in [(0.0, 1.0), (0.5, 9.0), (1.0, 10.0), (2.0, 10.5), (3.0, 12.0)]:
        clock.now, clock.cpu = 100.0 + at, cpu
        metered.tick()
    assert metered.figures() == {"begin_s": 101.0, "end_s": 103.0, "cpu_s": 2.0, "messages": 2.0}


def test_cpu_of_a_span_that_begins_and_ends_between_two_readings(clock):
    history = CpuHistory()
    for at, cpu in [(0.0, 0.0), (1.0, 2.0), (2.0, 2.0), (3.0, 6.0)]:
        clock.now, clock.cpu = at, cpu
        history._read()
    assert history.spent_s(0.5, 2.5) == pytest.approx(3.0)
    assert history.spent_s(-1.0, 9.0) == pytest.approx(6.0)
