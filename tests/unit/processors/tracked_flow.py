"""A flow with a tracker behind replicated nodes, for the simulation and for real processes."""

from __future__ import annotations

import random
import time

import supervision as sv

from daskflow import BATCH, Flow, FunctionProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import Tracker
from daskflow.producers import IntProducer
from tests.unit.processors.campus import FRAMES, published


class Dawdles(ProcessorNode):
    """Passes detections on after a while that nobody can foretell."""

    def process(self, detections: sv.Detections) -> sv.Detections:
        time.sleep(random.uniform(0, 0.004))
        return detections


def passed_on(detections: sv.Detections) -> sv.Detections:
    return detections


def tracked_flow(algorithm: str, *, really_dawdles: bool = False) -> Flow:
    frames = IntProducer(0, FRAMES - 1, name="frames")
    detector = FunctionProcessorNode(published, nb_tasks=2, name="detector")(frames)
    dawdling = (
        Dawdles(nb_tasks=2, name="dawdling")
        if really_dawdles
        else FunctionProcessorNode(passed_on, nb_tasks=2, name="dawdling")
    )(detector)
    tracker = Tracker(algorithm, name="tracker", snapshot_every=8)(dawdling)
    return Flow([frames], [CollectConsumer(name="tracks")(tracker)], BATCH)
