"""Tracks and tiles out of real processes, in one run: its start costs more than all of its work."""

from __future__ import annotations

from itertools import islice

import av
import numpy as np

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import GaussianBlur, TileJoiner
from daskflow.processors.vision.tracking.algorithms import ALGORITHMS
from daskflow.producers import TileReader, VideofileReader
from tests.cluster.conftest import NO_DASHBOARD
from tests.unit.media import PEDESTRIANS, context
from tests.unit.processors.tracked_flow import tracked
from tests.unit.processors.tracks import LIBRARY_DEFAULTS, assert_same_tracks, by_the_library
from tests.unit.shared_data import needs_shared_data

COUNT = 4


@needs_shared_data
def test_tracks_are_those_of_a_plain_loop_and_tiles_become_their_frames() -> None:
    frames, tracks = tracked("ocsort", dawdle_s=0.004)
    tiles = TileReader(VideofileReader(PEDESTRIANS, max_frames=COUNT), columns=2, rows=2, overlap=30)
    pictures = CollectConsumer()(TileJoiner()(GaussianBlur(2, nb_tasks=2)(tiles)))
    flow = Flow([frames, tiles], [tracks, pictures], BATCH)
    flow.run(cluster=NO_DASHBOARD).join()
    wanted = by_the_library(ALGORITHMS["ocsort"](**LIBRARY_DEFAULTS["ocsort"]))
    assert_same_tracks(flow.results(tracks), wanted)
    with av.open(str(PEDESTRIANS)) as video:
        whole = [frame.to_ndarray(format="bgr24") for frame in islice(video.decode(video=0), COUNT)]
    # 15 pixels of each other tile are more than the blur reaches: it is as that of the whole.
    whole = [GaussianBlur(2).process(frame, context()) for frame in whole]
    np.testing.assert_array_equal(flow.results(pictures), whole)
