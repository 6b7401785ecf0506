"""A flow with a tracker behind replicated nodes, for the simulation and for real processes."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from daskflow import BATCH, Flow, FunctionProcessorNode, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import Tracker
from daskflow.producers import IntProducer
from tests.unit.processors.campus import FRAMES, Rows, detections_of, published_rows

if TYPE_CHECKING:
    import supervision as sv


class Detector(ProcessorNode):
    """Makes detections of rows, in a time that nobody can foretell."""

    def __init__(self, dawdle_s: float, nb_tasks: int, name: str) -> None:
        super().__init__(nb_tasks, name=name)
        self._dawdle_s = dawdle_s

    def process(self, rows: Rows) -> sv.Detections:
        time.sleep(random.uniform(0, self._dawdle_s))
        return detections_of(rows)


def tracked(algorithm: str, *, dawdle_s: float = 0.0) -> tuple[IntProducer, CollectConsumer]:
    """The producer and the consumer of the flow."""
    frames = IntProducer(0, FRAMES - 1, name="frames")
    rows = FunctionProcessorNode(published_rows, nb_tasks=2, name="rows")(frames)
    detector = Detector(dawdle_s, nb_tasks=2, name="detector")(rows)
    tracker = Tracker(algorithm, name="tracker", snapshot_every=8)(detector)
    return frames, CollectConsumer(name="tracks")(tracker)


def tracked_flow(algorithm: str) -> Flow:
    frames, tracks = tracked(algorithm)
    return Flow([frames], [tracks], BATCH)
