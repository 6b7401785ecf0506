"""What is counted in a flow is the same when the processes that count are lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer
from daskflow.processors.vision import HeatMap, LineCounter, SpeedEstimator, Tracker, ZoneCounter
from daskflow.producers import IntProducer
from daskflow.scene import Zone
from daskflow.testing import Kill, SimulationResult, simulate

COUNT = 40

ANALYSTS = ("line", "zone", "heat", "speed")


class Walkers(ProcessorNode):
    """Two who walk towards each other, ten frames a second."""

    def process(self, number: int, ctx: Any) -> sv.Detections:
        ctx.metadata["event_time"] = number / 10
        lefts, tops = [10 + 4 * number, 200 - 5 * number], [20, 110]
        boxes = [[left, top, left + 30, top + 80] for left, top in zip(lefts, tops, strict=True)]
        return sv.Detections(xyxy=np.array(boxes, np.float32), class_id=np.array([0, 1]))


def analysed() -> Flow:
    numbers = IntProducer(0, COUNT - 1, name="numbers")
    tracked = Tracker(name="tracker", snapshot_every=6)(Walkers(nb_tasks=2, name="walkers")(numbers))
    options: dict[str, Any] = {"snapshot_every": 7}
    analysts = [
        LineCounter((100, 0), (100, 240), minimum_crossing_threshold=2, name="line", **options),
        ZoneCounter(zone=Zone([(60, 0), (160, 0), (160, 240), (60, 240)]), name="zone", **options),
        HeatMap((240, 260), half_life_s=2, name="heat", **options),
        SpeedEstimator(np.diag([0.01, 0.01, 1]), name="speed", **options),
    ]
    collected = [CollectConsumer(name=f"{analyst.name}s")(analyst(tracked)) for analyst in analysts]
    return Flow([numbers], collected, BATCH)


def results(result: SimulationResult) -> list[list[Any]]:
    return [result.results(f"{name}s") for name in ANALYSTS]


def test_a_lost_process_changes_no_count() -> None:
    lines, zones, maps, speeds = results(simulate(analysed()))
    assert (lines[-1].in_count, lines[-1].out_count) == (1, 1)
    assert (zones[-1].entered, zones[-1].left) == (2, 2)
    assert sorted(zone.mean_dwell_s for zone in zones)[-1] > 1
    np.testing.assert_allclose(sorted(speeds[-1].data["speed"]), [0.4, 0.5], rtol=1e-3)

    faults = [Kill(name, at=11 + 4 * i) for i, name in enumerate((*ANALYSTS, "tracker"))]
    disturbed = simulate(analysed(), faults, seed=3)
    assert disturbed.missed == ()
    other_lines, other_zones, other_maps, other_speeds = results(disturbed)
    assert other_lines == lines
    assert other_zones == zones
    np.testing.assert_array_equal(other_maps, maps)
    for one, other in zip(other_speeds, speeds, strict=True):
        np.testing.assert_array_equal(one.data["speed"], other.data["speed"])
