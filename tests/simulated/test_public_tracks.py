"""From a file of public detections to a file of tracks: what is read back is what a plain loop gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from daskflow import BATCH, Flow, FunctionProcessorNode
from daskflow.consumers import CollectConsumer, DetectionsFileWriter
from daskflow.processors.vision import Tracker
from daskflow.processors.vision.tracking.algorithms import ALGORITHMS
from daskflow.producers import DetectionsFileReader
from daskflow.testing import Kill, simulate
from tests.unit.processors.campus import FRAMES
from tests.unit.processors.tracks import LIBRARY_DEFAULTS, assert_same_tracks, by_the_library, mota
from tests.unit.shared_data import SHARED_DATA, needs_shared_data

pytestmark = needs_shared_data


def read_back(file: Path) -> list:
    reader = DetectionsFileReader(file, frames=FRAMES, name="reader")
    consumer = CollectConsumer(name="read")(reader)
    return simulate(Flow([reader], [consumer], BATCH)).results("read")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_file_of_tracks_is_that_of_a_plain_loop(algorithm, tmp_path):
    detections = DetectionsFileReader(SHARED_DATA / "mot" / "TUD-Campus" / "det.txt", frames=FRAMES)
    first = FunctionProcessorNode(lambda found: found, nb_tasks=3, name="first")(detections)
    second = FunctionProcessorNode(lambda found: found, nb_tasks=2, name="second")(first)
    tracker = Tracker(algorithm, name="tracker")(second)
    writer = DetectionsFileWriter(tmp_path / "tracks.txt", name="writer")(tracker)
    kills = [Kill("first", at=10), Kill("tracker", at=33), Kill("writer", at=40, point="commit")]
    simulate(Flow([detections], [writer], BATCH), kills, seed=3)
    tracks = read_back(tmp_path / "tracks.txt")
    assert_same_tracks(tracks, by_the_library(ALGORITHMS[algorithm](**LIBRARY_DEFAULTS[algorithm])))
    assert mota(tracks) >= {"sort": 0.58, "bytetrack": 0.57, "ocsort": 0.57}[algorithm]
