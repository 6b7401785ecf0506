"""Tracks that come out of a flow are those of the library in a plain loop, whatever happens to the flow."""

from __future__ import annotations

import pytest

from daskflow.processors.vision.tracking.algorithms import ALGORITHMS
from daskflow.testing import Kill, simulate
from tests.unit.processors.tracked_flow import tracked_flow
from tests.unit.processors.tracks import LIBRARY_DEFAULTS, assert_same_tracks, by_the_library
from tests.unit.shared_data import needs_shared_data

pytestmark = needs_shared_data


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tracks_are_those_of_a_plain_loop(algorithm: str) -> None:
    wanted = by_the_library(ALGORITHMS[algorithm](**LIBRARY_DEFAULTS[algorithm]))
    faults = [Kill("tracker", at=21), Kill("tracker", at=50, point="commit"), Kill("detector", at=30)]
    result = simulate(tracked_flow(algorithm), faults, seed=7)
    assert result.missed == ()
    assert_same_tracks(result.results("tracks"), wanted)
