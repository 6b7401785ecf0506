"""Random flows under random faults against the same flows undisturbed."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, note, settings

from daskflow import REALTIME
from daskflow.testing import SimulationResult, simulate
from tests.simulated.random_flows import Case, cases

EXAMPLES = int(os.environ.get("DASKFLOW_EXAMPLES", "30"))

COUNTED = ("received", "emitted", "skipped", "dropped", "failed", "voided", "in_flight", "waiting")


def counts(result: SimulationResult) -> dict[str, list[int]]:
    return {name: [getattr(node, c) for c in COUNTED] for name, node in result.metrics.items()}


@pytest.mark.timeout(0 if "DASKFLOW_EXAMPLES" in os.environ else 120)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_faults_change_nothing_of_what_a_flow_gives(case: Case) -> None:
    quiet = simulate(case.flow())
    try:
        rough = simulate(case.flow(), case.faults, seed=case.seed, max_restarts=100)
    except Exception as error:
        note("\n".join(getattr(error, "__notes__", [])))
        raise
    note(str(rough.story))
    for consumer in [name for name in rough.metrics if name.startswith("c")]:
        assert rough.results(consumer) == quiet.results(consumer)
    if len(set(case.counts)) == 1:  # else it is a matter of time how far the longer one gets
        assert counts(rough) == counts(quiet)
    assert not rough.dead
    noted = [repr(value) for value in rough.inputs("notes")]
    wanted = [repr(value) for value in quiet.inputs("notes")]
    assert [text for text, _ in groupby(noted)] == [text for text, _ in groupby(wanted)]


@settings(max_examples=EXAMPLES // 8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_the_same_seed_tells_the_same_story(case: Case) -> None:
    runs = [simulate(case.flow(), case.faults, seed=case.seed, max_restarts=100) for _ in range(2)]
    assert runs[0].story == runs[1].story
    assert runs[0].metrics == runs[1].metrics
    assert replace(runs[0], _results={}, _inputs={}) == replace(runs[1], _results={}, _inputs={})


@settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_in_real_time_each_message_is_accounted_for(case: Case) -> None:
    result = simulate(case.flow(REALTIME), case.faults, seed=case.seed, max_restarts=100)
    note(str(result.story))
    for name, node in result.metrics.items():
        assert node.in_flight == node.waiting == node.failed == 0
        if len(set(case.counts)) == 1:
            resolved = node.emitted if node.kind == "producer" else node.received
            assert resolved + node.dropped + node.voided == case.counts[0], name
