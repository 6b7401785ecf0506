"""The ledger against a plain model: random graphs, replicas, kills, skips, drops and interleavings."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, note, settings

from tests.property.graphs import Scenario, scenarios
from tests.property.simulation import Simulation

EXAMPLES = int(os.environ.get("DASKFLOW_EXAMPLES", "300"))
INTERLEAVINGS = 2
"""Runs of each example: to think of a graph takes longer than to run it."""


@pytest.mark.timeout(0 if "DASKFLOW_EXAMPLES" in os.environ else 120)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_every_run_is_as_the_model_says(scenario: Scenario) -> None:
    for i in range(INTERLEAVINGS):
        simulation = Simulation(replace(scenario, seed=scenario.seed + i))
        try:
            simulation.run()
        except BaseException:
            note("\n".join(simulation.story))
            raise
