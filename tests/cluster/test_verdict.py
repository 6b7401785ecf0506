"""Flows whose bottleneck is known: it is named, and what is expected of the advice comes true.

Nodes wait for tens of milliseconds, so that a busy machine changes little, and all cases but one are parts of
the same flow, which is helped while it runs. More of such measurements: ``python -m benchmarks.forecasts``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import (
    FEW_CORES,
    FULL_MEMORY,
    SLOW_CONSUMER,
    SLOW_LEDGER,
    SLOW_PROCESSOR,
    SLOW_PRODUCER,
    SLOW_STATEFUL,
    Verdict,
)
from tests.cluster.bottlenecks import (
    BusyThreads,
    End,
    Part,
    Pause,
    SlowDisk,
    Source,
    Stateful,
    Work,
    chain,
    running,
    snapshot_at,
    snapshot_with,
)
from tests.cluster.conftest import leaving_nothing

pytestmark = pytest.mark.alone

WITHIN = 0.15
"""How far the rate that was expected may be from the one that is measured."""

SLOW_S, NEXT_S = 0.08, 0.03
"""How long the slow node of each part takes for a message, and the one that limits it next."""

NEXT = Pause(NEXT_S)

MOST_S = 1.1 * NEXT_S
"""Where a pause takes longer, other programs decide what is measured, and they do not hold still."""

EVIDENCE = 32
"""The verdict is asked for when so many messages are through everywhere; then the slow nodes are helped."""

SETTLED_S, HELPED_S = 0.4, 2.6
"""From so many seconds after that to so many the rates are measured. Then the ledger is held up."""

HELD_UP_S = 5.8
"""When the verdict on that is asked for."""

RECENT_S = 1.0
"""So that what was before the ledger was held up is no longer recent then: samples are a second apart."""


def beside_a_skip_edge(slow: Pause) -> Part:
    fork = Source(NEXT, name="fork")
    return Part(fork, End(name="join")(fork, Stateful(slow, name="stateful")(fork)))


PARTS: dict[str, Callable[[Pause], Part]] = {
    SLOW_PRODUCER: lambda slow: chain(Source(slow, name="producer"), Work(NEXT)),
    SLOW_PROCESSOR: lambda slow: chain(Source(NEXT), Work(Pause(SLOW_S), name="replicated")),
    SLOW_STATEFUL: beside_a_skip_edge,
    SLOW_CONSUMER: lambda slow: chain(Source(NEXT), End(slow, name="consumer")),
    FULL_MEMORY: lambda slow: chain(SlowDisk(slow, shape=(480, 640, 3), name="on disk"), Work(NEXT)),
    "3 tasks": lambda slow: chain(Source(NEXT), Work(Pause(SLOW_S), nb_tasks=3)),  # as the second is advised
    SLOW_LEDGER: lambda slow: chain(Source(), Work(Pause(0.01))),
}


@dataclass(frozen=True)
class Watched:
    """A flow of all parts: as it was, then helped, and at last with the main program's threads in its way."""

    parts: dict[str, Part]
    slow: RunSnapshot
    settled: RunSnapshot
    helped: RunSnapshot
    held_up: RunSnapshot

    def verdict(self, name: str) -> Verdict:
        return self.parts[name].verdict(self.held_up if name == SLOW_LEDGER else self.slow)

    def rate(self, name: str) -> float:
        return self.parts[name].rate(self.settled, self.helped)

    def pauses_s(self) -> tuple[float, float]:
        """What a pause of `NEXT_S` took at a node that nobody helped: before and after, in seconds."""
        control = self.parts["3 tasks"].first
        since, until = (shot[control].whole.process_time for shot in (self.settled, self.helped))
        before_s = self.slow[control].recent.process_time.mean_s
        return before_s, (until.sum_s - since.sum_s) / (until.count - since.count)


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Watched:
    switch: Path = tmp_path_factory.mktemp("verdict") / "helped"
    slow = Pause(SLOW_S, 0.002, switch)
    parts = {name: part(slow) for name, part in PARTS.items()}
    with leaving_nothing(), pytest.MonkeyPatch.context() as patch, running(*parts.values()) as flow:
        judged = snapshot_with(flow, EVIDENCE, *parts.values())
        switch.touch()
        patch.setattr("daskflow.cluster.monitoring.RECENT_S", RECENT_S)
        settled, helped = (snapshot_at(flow, judged.elapsed_s + after_s) for after_s in (SETTLED_S, HELPED_S))
        with BusyThreads(2):
            held_up = snapshot_at(flow, judged.elapsed_s + HELD_UP_S)
    return Watched(parts, judged, settled, helped, held_up)


@pytest.mark.parametrize(
    ("reason", "bottleneck", "words"),
    [
        (SLOW_PRODUCER, "producer", "A faster source: up to"),
        (SLOW_PROCESSOR, "replicated", "3 tasks: "),
        (SLOW_STATEFUL, "stateful", "what waits in the edge from `fork` to `join` waits for it too"),
        (SLOW_CONSUMER, "consumer", "less to do for each message"),
        (FULL_MEMORY, "on disk", "--shm-size"),
        (SLOW_LEDGER, None, "the main program's own threads"),
    ],
)
def test_what_limits_a_flow_is_named_and_the_forecast_comes_true(watched, reason, bottleneck, words):
    verdict = watched.verdict(reason)
    assert (verdict.reason, verdict.bottleneck) == (reason, bottleneck), verdict
    assert words in str(verdict)
    if max(watched.pauses_s()) > MOST_S:
        pytest.skip(f"the machine is too busy to measure: a pause of {NEXT_S} s took {watched.pauses_s()}")
    then = watched.rate("3 tasks" if reason == SLOW_PROCESSOR else reason)
    assert then > 1.15 * verdict.rate
    assert verdict.expected_rate == pytest.approx(then, rel=WITHIN), verdict


@pytest.fixture
def one_core() -> Iterator[None]:
    """This process and those that it starts share one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    yield
    os.sched_setaffinity(0, cores)


def test_tasks_that_wait_for_a_core(own_fork_server, one_core):  # workers have the cores of their server
    part = chain(Source(), Work(compute_s=0.02, name="a"), Work(compute_s=0.012, name="b"))
    with running(part) as flow:
        verdict = part.verdict(snapshot_with(flow, 2 * EVIDENCE, part))
    assert (verdict.reason, verdict.bottleneck) == (FEW_CORES, None), verdict
    assert "1 core is busy" in verdict.words
    # The rate that is forecast is not looked at: on the one core what other programs do counts for too much.
    # On a quiet machine `python -m benchmarks.forecasts` does.
