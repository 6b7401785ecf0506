"""Large frames as tiles, through processes of their own and back."""

from __future__ import annotations

import numpy as np

from daskflow import BATCH, Flow
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import GaussianBlur, TileJoiner
from daskflow.producers import TileReader, VideofileReader
from tests.cluster.conftest import NO_DASHBOARD
from tests.unit.media import PEDESTRIANS, context, read_video

COUNT = 8


def test_tiles_of_a_video_come_back_as_its_frames():
    tiles = TileReader(VideofileReader(PEDESTRIANS, max_frames=COUNT), columns=2, rows=2, overlap=30)
    whole = TileJoiner()(GaussianBlur(2, nb_tasks=2)(tiles))
    collected = CollectConsumer()(whole)
    flow = Flow([tiles], [collected], BATCH)
    flow.run(cluster=NO_DASHBOARD).join()
    frames = flow.results(collected)
    assert len(frames) == COUNT
    for frame, picture in zip(frames, read_video(PEDESTRIANS)[0], strict=False):
        # 15 pixels of each other tile are more than the blur reaches: it is as that of the whole.
        np.testing.assert_array_equal(frame, GaussianBlur(2).process(picture, context()))
