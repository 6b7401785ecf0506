"""Several layers on one copy, and the display of the flow's own figures."""

from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pytest

from daskflow import BATCH, Flow, FunctionProcessorNode, TaskModuleNode
from daskflow.consumers import CollectConsumer
from daskflow.processors import IdentityProcessor
from daskflow.processors.vision import (
    BoundingBoxAnnotator,
    HeadsUpDisplay,
    LabelAnnotator,
    LineAnnotator,
    MotionDetector,
    RegionBlurrer,
    SceneAnnotator,
    TraceAnnotator,
    ZoneAnnotator,
)
from daskflow.testing import Given, Kill, simulate
from tests.unit.media import context
from tests.unit.processors.scenery import changed, line_count, plain, tracked, zone_count


class TestScene:
    def test_is_the_same_as_the_layers_one_after_the_other(self) -> None:
        boxes, count = tracked(), line_count(in_count=3)
        one_by_one = BoundingBoxAnnotator().process(plain(), boxes)
        one_by_one = LabelAnnotator().process(one_by_one, boxes)
        one_by_one = LineAnnotator().process(one_by_one, count)
        for values in ((boxes, count), (count, boxes), (boxes, [count]), (boxes, count, [])):
            scene = SceneAnnotator(BoundingBoxAnnotator(), LabelAnnotator(), LineAnnotator())
            np.testing.assert_array_equal(scene.process(plain(), *values), one_by_one)

    def test_makes_one_copy(self) -> None:
        ctx, made = context(), []
        ctx.allocate = lambda shape, dtype: made.append(np.empty(shape, dtype)) or made[-1]
        scene = SceneAnnotator(BoundingBoxAnnotator(), LabelAnnotator(), ZoneAnnotator())
        result = scene.process(plain(), tracked(), zone_count(), ctx=ctx)
        assert [result is one for one in made] == [True]

    def test_says_what_does_not_fit(self) -> None:
        scene = SceneAnnotator(BoundingBoxAnnotator(), LineAnnotator(name="lines"), name="scene")
        with pytest.raises(
            TypeError, match="no layer of scene draws a ZoneCount: they take Detections, LineCount"
        ):
            scene.process(plain(), tracked(), zone_count())
        with pytest.raises(ValueError, match="lines in scene draws LineCount, and no parent gives any"):
            scene.process(plain(), tracked())
        with pytest.raises(ValueError, match="at least one layer"):
            SceneAnnotator()
        with pytest.raises(TypeError, match="annotators"):
            SceneAnnotator(MotionDetector())  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="no layer of another"):
            SceneAnnotator(SceneAnnotator(LineAnnotator()))
        with pytest.raises(ValueError, match=r"TraceAnnotator keeps state.*nb_tasks=1, got 2"):
            SceneAnnotator(TraceAnnotator(), nb_tasks=2)
        with pytest.raises(ValueError, match="has parents"):
            SceneAnnotator(LineAnnotator()(Given([1])))

    def test_what_layers_remember_outlives_the_process(self) -> None:
        def flow() -> Flow:
            source = Given([plain()] * 20, name="source")
            numbers = Given(range(20), name="numbers")
            boxes = FunctionProcessorNode(_moving, name="boxes")(numbers)
            layers = RegionBlurrer(), TraceAnnotator(), BoundingBoxAnnotator()
            scene = SceneAnnotator(*layers, name="scene", snapshot_every=4)(source, boxes)
            return Flow([source, numbers], [CollectConsumer(name="c")(scene)], BATCH)

        quiet = simulate(flow()).results("c")
        disturbed = simulate(flow(), [Kill("scene", at=13)], seed=1)
        assert disturbed.restarts == 1
        np.testing.assert_array_equal(np.stack(disturbed.results("c")), np.stack(quiet))
        assert changed(quiet[-1])[110, 60:180].any()

    def test_resumes_as_its_layers_do(self) -> None:
        assert SceneAnnotator(BoundingBoxAnnotator()).resumable
        assert not SceneAnnotator(BoundingBoxAnnotator()).keeps_snapshots
        assert SceneAnnotator(HeadsUpDisplay()).resumable
        traced = SceneAnnotator(BoundingBoxAnnotator(), TraceAnnotator())
        assert (traced.resumable, traced.keeps_snapshots) == (False, True)

    def test_a_module_of_several_tasks_has_no_memory_in_it(self) -> None:
        def module(layer: Any) -> TaskModuleNode:
            entry = IdentityProcessor()(Given([1]))
            return TaskModuleNode(entry, SceneAnnotator(layer)(entry), nb_tasks=2)

        assert module(RegionBlurrer(zones=[zone_count().zone])).nb_tasks == 2
        with pytest.raises(ValueError, match="SceneAnnotator keeps state: a module with it has nb_tasks=1"):
            module(TraceAnnotator())


def _moving(number: int) -> Any:
    return tracked((number * 10, 60, number * 10 + 30, 110))


class TestDisplay:
    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        monkeypatch.setattr(time, "time", lambda: now[0] + 1e9)
        return now

    def say(self, node: HeadsUpDisplay, number: int, **metadata: Any) -> list[str]:
        ctx = context(**metadata)
        ctx.sequence_number = number
        node.process(plain(), ctx=ctx)
        return node._lines(ctx)

    def test_the_rate_is_that_of_the_last_seconds(self, clock: list[float]) -> None:
        node = HeadsUpDisplay(window_s=2)
        node.open()
        node.process(plain())
        assert node.frames_per_s == 0
        for _ in range(100):
            clock[0] += 0.04
            node.process(plain())
        assert node.frames_per_s == pytest.approx(25)
        for _ in range(30):
            clock[0] += 0.1
            node.process(plain())
        assert node.frames_per_s == pytest.approx(10)
        assert len(node._came_s) <= 22

    def test_what_it_says(self, clock: list[float]) -> None:
        node = HeadsUpDisplay()
        node.open()
        assert self.say(node, 5, production_time=clock[0] + 1e9 - 0.043) == ["latency 43 ms", "frame 5"]
        assert self.say(node, 6) == ["frame 6"]
        assert self.say(node, 10, gap=2, production_time=1e9 - 3) == [
            "latency 1003.0 s",
            "frame 10, 5 missing",
        ]
        assert self.say(node, 11, reconnects=2) == ["frame 11, 5 missing", "2 reconnects"]

    def test_frames_made_of_tiles_are_counted_and_not_the_tiles(self, clock: list[float]) -> None:
        node = HeadsUpDisplay()
        node.open()
        assert self.say(node, 3, frame_number=0) == ["frame 0"]
        assert self.say(node, 7, frame_number=1) == ["frame 1"]
        assert self.say(node, 15, frame_number=3) == ["frame 3, 1 missing"]

    def test_is_bounded_and_starts_anew(self, clock: list[float]) -> None:
        node = HeadsUpDisplay(window_s=1e6)
        node.open()
        for _ in range(5000):
            node._note(clock[0])
        assert len(node._came_s) == 4096
        node.open()
        assert node.frames_per_s == 0

    @pytest.mark.parametrize(
        ("corner", "rows", "columns"),
        [
            ("top_left", slice(0, 26), slice(0, 40)),
            ("top_right", slice(0, 26), slice(280, 320)),
            ("bottom_left", slice(214, 240), slice(0, 40)),
            ("bottom_right", slice(214, 240), slice(280, 320)),
        ],
    )
    def test_stands_in_its_corner_of_a_copy(self, corner: str, rows: slice, columns: slice) -> None:
        frame, node = plain(), HeadsUpDisplay(corner=corner, title="gate")
        drawn = changed(pickle.loads(pickle.dumps(node)).process(frame, ctx=context()))
        assert drawn[rows, columns].mean() > 0.95  # letters may have the grey of the frame
        assert drawn.mean() < 0.3
        assert (frame == 40).all()

    def test_options_that_make_no_sense(self) -> None:
        with pytest.raises(ValueError, match="window_s"):
            HeadsUpDisplay(window_s=0)
        with pytest.raises(ValueError, match="bottom_right"):
            HeadsUpDisplay(corner="middle")
