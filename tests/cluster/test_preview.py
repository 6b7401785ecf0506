"""Looking at the edges of a running flow, over both carriers."""

from __future__ import annotations

import time
from itertools import islice

import av
import cv2
import numpy as np

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.monitor.runs import RUNS, Picture, WatchedRun
from daskflow.processors.vision import BoundingBoxAnnotator, MotionDetector
from daskflow.processors.vision.thumbnail import thumbnail
from daskflow.producers import VideofileReader
from tests.cluster.conftest import NO_DASHBOARD
from tests.unit.media import PEDESTRIANS
from tests.unit.shared_data import needs_shared_data

PATIENCE_S = 30
WARMED_UP = 15  # frames; after them the detector finds somebody

READ, ANNOTATED, DETECTED = ("reader", "boxes"), ("boxes", "sink"), ("motion", "boxes")


def watch(run: WatchedRun, edges: list[tuple[str, str]]) -> dict[tuple[str, str], Picture]:
    """A picture of each edge, when there is something to see."""
    pictures: dict[tuple[str, str], Picture] = {}
    end_s = time.monotonic() + PATIENCE_S
    while len(pictures) < len(edges) and time.monotonic() < end_s:
        for edge in edges:
            picture = run.picture(*edge)
            if picture is not None and picture.number > WARMED_UP:
                pictures[edge] = picture
        time.sleep(0.02)
    return pictures


def pixels(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).astype(int)


@needs_shared_data
def test_who_looks_sees_frames_with_boxes(carrier) -> None:
    reader = VideofileReader(PEDESTRIANS, name="reader")
    motion = MotionDetector(name="motion")(reader)
    boxes = BoundingBoxAnnotator(name="boxes", nb_tasks=2)(reader, motion)
    flow = Flow([reader], [VoidConsumer(name="sink")(boxes)], BATCH)
    flow.run(cluster=NO_DASHBOARD)
    (run,) = [run for run in RUNS.all() if run.run_id == flow.run_id]
    pictures = watch(run, [READ, ANNOTATED])
    nothing = run.picture(*DETECTED)
    flow.stop(drain=False)
    assert list(pictures) in ([READ, ANNOTATED], [ANNOTATED, READ])
    assert nothing is None
    assert run.latest().can_preview
    with av.open(str(PEDESTRIANS)) as video:
        last = max(picture.number for picture in pictures.values())
        frames = [frame.to_ndarray(format="bgr24") for frame in islice(video.decode(video=0), last + 1)]
    for picture in pictures.values():
        assert (picture.width, picture.height) == (480, 360)
        plain = pixels(thumbnail(frames[picture.number]).jpeg)
        differences = np.abs(pixels(picture.jpeg) - plain).max(axis=2) > 60
        assert 100 < differences.sum() < 0.1 * differences.size  # lines, and the scene is the same
