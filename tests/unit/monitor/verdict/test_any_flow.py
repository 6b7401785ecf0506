"""In any flow the node is named that can do the least of its messages."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from daskflow.monitor.verdict import verdict_of
from tests.unit.monitor.verdict.steady import Station, steady

SECONDS = st.floats(0.001, 0.5)


@st.composite
def flows(draw):
    """Producers, processors and a consumer; each node reads some of those before it."""
    stations = [Station(f"source{i}", draw(SECONDS), kind="producer") for i in range(draw(st.integers(1, 2)))]
    edges = []
    for i in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["processor", "stateful processor"]))
        nb_tasks = draw(st.integers(1, 4)) if kind == "processor" else 1
        gives = draw(st.sampled_from([1.0, 1.0, 0.5]))
        parents = draw(st.lists(st.sampled_from(stations), min_size=1, max_size=2, unique=True))
        station = Station(f"n{i}", draw(SECONDS), nb_tasks, kind, gives)
        edges.extend((parent.name, station.name) for parent in parents)
        stations.append(station)
    ends = {s.name for s in stations} - {source for source, _ in edges}
    edges.extend((end, "sink") for end in sorted(ends))
    return [*stations, Station("sink", draw(SECONDS), kind="consumer")], edges


@given(flows())
@settings(max_examples=100, deadline=None)
def test_the_node_with_the_lowest_limit_is_named(flow):
    stations, edges = flow
    parts = {}
    for station in stations:
        above = [(parts[s.name], s.gives) for s in stations if (s.name, station.name) in edges]
        parts[station.name] = min((part * gives for part, gives in above), default=1.0)
    limits = {s.name: s.nb_tasks / s.seconds / parts[s.name] for s in stations}
    lowest, second, *_ = sorted(limits.values())
    assume(second > 1.15 * lowest)  # of two that are alike either is right
    run = steady(stations, edges)
    verdict = verdict_of(run)
    assert limits[verdict.bottleneck] == lowest
    assert abs(verdict.rate / lowest - 1) < 0.01
    assert verdict.expected_rate is None or lowest * 1.04 < verdict.expected_rate <= second * 8
    if verdict.expected_rate is not None:
        others = min(limit for name, limit in limits.items() if name != verdict.bottleneck)
        assert verdict.expected_rate <= others * 1.06 or "tasks of" in verdict.advice
