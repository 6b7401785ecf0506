"""Tracks out of real processes."""

from __future__ import annotations

from daskflow.processors.vision.tracking.algorithms import ALGORITHMS
from tests.cluster.conftest import NO_DASHBOARD
from tests.unit.processors.tracked_flow import tracked_flow
from tests.unit.processors.tracks import LIBRARY_DEFAULTS, assert_same_tracks, by_the_library
from tests.unit.shared_data import needs_shared_data


@needs_shared_data
def test_tracks_are_those_of_a_plain_loop() -> None:
    flow = tracked_flow("ocsort", dawdle_s=0.004)
    flow.run(cluster=NO_DASHBOARD)
    flow.join()
    wanted = by_the_library(ALGORITHMS["ocsort"](**LIBRARY_DEFAULTS["ocsort"]))
    (collect,) = [node for node in flow.nodes if node.name == "tracks"]
    assert_same_tracks(flow.results(collect), wanted)
