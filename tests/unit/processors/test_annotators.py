"""What all annotators have in common, and what each draws."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow import OneTaskProcessorNode
from daskflow.processors import vision
from daskflow.processors.vision.annotators.labels import label_texts
from daskflow.processors.vision.annotators.text import DARK, draw_text
from daskflow.scene import Line, Zone
from tests.unit.media import context
from tests.unit.processors.scenery import (
    body,
    changed,
    found,
    heat,
    line_count,
    masked,
    plain,
    tracked,
    zone_count,
)

DRAWN: dict[str, tuple[Any, Any]] = {
    "boxes": (vision.BoundingBoxAnnotator, found()),
    "labels": (vision.LabelAnnotator, tracked()),
    "masks": (vision.MaskAnnotator, masked()),
    "key points": (vision.KeypointAnnotator, body()),
    "zones": (vision.ZoneAnnotator, zone_count(count=3)),
    "lines": (vision.LineAnnotator, line_count(in_count=3)),
    "heat": (vision.HeatMapAnnotator, heat()),
}
NOTHING: dict[str, Any] = {
    "boxes": sv.Detections.empty(),
    "labels": sv.Detections.empty(),
    "masks": sv.Detections.empty(),
    "key points": sv.KeyPoints.empty(),
    "heat": np.zeros((240, 320), np.float32),
    "zones": [],
    "lines": (),
}


@pytest.mark.parametrize("kind", DRAWN)
class TestEach:
    def test_draws_on_a_copy_made_where_readers_look(self, kind: str) -> None:
        make, value = DRAWN[kind]
        frame, ctx, given = plain(), context(), []
        ctx.allocate = lambda shape, dtype: given.append(np.empty(shape, dtype)) or given[-1]
        result = make().process(frame, value, ctx=ctx)
        assert [result is one for one in given] == [True]
        assert (frame == 40).all()
        assert changed(result).any()
        np.testing.assert_array_equal(make().process(frame, value), result)

    def test_draws_nothing_where_nothing_is(self, kind: str) -> None:
        assert not changed(DRAWN[kind][0]().process(plain(), NOTHING[kind])).any()

    @pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (1080, 1920)])
    def test_takes_frames_of_any_size(self, kind: str, size: tuple[int, int]) -> None:
        make, value = DRAWN[kind]
        value = {"masks": masked(*size), "heat": heat(*size)}.get(kind, value)
        assert make().process(plain(*size), value).shape == (*size, 3)

    def test_refuses_what_it_cannot_draw_by_name(self, kind: str) -> None:
        node = DRAWN[kind][0](name="node")
        with pytest.raises(TypeError, match=r"^node takes .*got "):
            node.process(plain(), "something")
        with pytest.raises(TypeError, match=r"^node takes frames"):
            node.process(DRAWN[kind][1], plain())

    def test_travels_and_has_replicas(self, kind: str) -> None:
        make, value = DRAWN[kind]
        node = make(nb_tasks=3, name="node", queue_size=2)
        assert (node.nb_tasks, node.name, node.queue_size, node.devices) == (3, "node", 2, ("cpu",))
        np.testing.assert_array_equal(
            pickle.loads(pickle.dumps(node)).process(plain(), value), node.process(plain(), value)
        )
        assert not isinstance(node, OneTaskProcessorNode)


@pytest.mark.parametrize("make", [vision.BoundingBoxAnnotator, vision.LabelAnnotator])
def test_boxes_that_opencv_or_a_reader_could_not_follow(make: Any) -> None:
    outside = tracked((-500, 5, -10, 50), (400, 0, 500, 9), (5, -90, 9, -2), (0, 0, 9, 9), (5, 5, 9, 9))
    outside.xyxy[3, 0], outside.xyxy[4, 2] = np.nan, np.inf  # supervision refuses them when it makes them
    assert not changed(make().process(plain(), outside)).any()
    huge = tracked((-1e12, 100, 1e12, 140))
    before = huge.xyxy.copy()
    assert changed(make().process(plain(), huge)).any()
    np.testing.assert_array_equal(huge.xyxy, before)


@pytest.mark.parametrize("corner", [(-20, -20, 40, 20), (300, 220, 360, 260), (300, -20, 360, 20)])
def test_labels_are_seen_whole_at_the_edges(corner: tuple[float, float, float, float]) -> None:
    def area(box: tuple[float, float, float, float]) -> int:
        return int(changed(vision.LabelAnnotator().process(plain(), tracked(box))).sum())

    assert area(corner) == area((150, 100, 200, 200))


@pytest.mark.parametrize("size", [(20, 60), (240, 320), (1080, 1920)])
def test_text_is_made_smaller_rather_than_cut_off(size: tuple[int, int]) -> None:
    canvas = plain(*size).copy()
    draw_text(canvas, ["a line that is long, much longer than the frame is wide" * 3] * 3, (0, 0), 1.0)
    last = changed(canvas).any(axis=0).nonzero()[0][-1]
    assert (canvas[changed(canvas)[:, last], last] == DARK).all()  # the box's padding: no letter is cut off
    canvas = plain(*size).copy()
    draw_text(canvas, ["ag"], (1e6, 1e6), 0.4)
    assert changed(canvas)[-1, -1]


def test_what_labels_say() -> None:
    known = found(confidence=np.array([0.5, 0.25]), class_id=np.array([3, 4]), tracker_id=np.array([7, -1]))
    known.data = {"class_name": np.array(["dog", "cat"]), "speed": np.array([1.26, 3.0])}
    assert label_texts(known) == ["dog #7 0.50", "cat 0.25"]
    assert label_texts(known, ("speed", "class")) == ["1.3 dog", "3.0 cat"]
    known.data["speed"] = np.array([np.nan, 3.0], np.float32)  # as of one that is new
    assert label_texts(known, ("class", "speed")) == ["dog", "cat 3.0"]
    assert label_texts(found()) == ["", ""]


def test_sizes_follow_the_frame_unless_given() -> None:
    def share(make: Any, height: int, width: int) -> float:
        box = tracked((width / 4, height / 4, width / 2, height / 2))
        return float(changed(make.process(plain(height, width), box)).sum()) / height

    assert share(vision.BoundingBoxAnnotator(), 1080, 1920) > 3 * share(
        vision.BoundingBoxAnnotator(), 240, 320
    )
    fixed = vision.BoundingBoxAnnotator(thickness=2)
    assert share(fixed, 1080, 1080) == pytest.approx(share(fixed, 240, 240), rel=0.1)


class TestTraces:
    def run(self, node: Any, steps: range, **more: Any) -> np.ndarray:
        for x in steps:
            result = node.process(plain(), tracked((x, 100, x + 20, 140), **more), ctx=context())
        return changed(result)

    def test_go_where_the_thing_came_from(self) -> None:
        node = vision.TraceAnnotator(length=10)
        node.open()
        drawn = self.run(node, range(0, 200, 10))
        assert drawn[140, 115:190].all()
        assert not drawn[:, :90].any()  # more than ten frames ago
        assert not drawn[:130].any()

    def test_what_is_remembered_is_bounded_and_ends_with_the_track(self) -> None:
        node = vision.TraceAnnotator(length=10)
        node.open()
        for first in range(100):
            node.process(plain(), tracked((5, 5, 9, 9), (50, 50, 60, 60), first=first * 2))
        assert len(node.snapshot()[1].xy) <= 2 * 10
        assert not changed(node.process(plain(), sv.Detections.empty())).any()

    def test_another_process_goes_on(self) -> None:
        one, other, fresh = (vision.TraceAnnotator() for _ in range(3))
        for node in (one, other, fresh):
            node.open()
        self.run(one, range(0, 100, 10))
        state = pickle.loads(pickle.dumps(one.snapshot()))
        self.run(one, range(100, 150, 10))
        other.restore(state)
        self.run(other, range(100, 150, 10))
        np.testing.assert_array_equal(self.run(one, range(150, 160)), self.run(other, range(150, 160)))
        assert self.run(other, range(160, 170)).sum() > self.run(fresh, range(160, 170)).sum()

    def test_frames_of_another_size_start_anew(self) -> None:
        node = vision.TraceAnnotator()
        node.open()
        self.run(node, range(0, 100, 10))
        assert not changed(node.process(plain(480, 640), tracked((300, 300, 320, 340)))).any()

    def test_need_tracks(self) -> None:
        with pytest.raises(ValueError, match="put a Tracker before it"):
            vision.TraceAnnotator().process(plain(), found())


class TestWhatIsDrawn:
    def test_masks_cover_their_area_and_no_more(self) -> None:
        drawn = changed(vision.MaskAnnotator().process(plain(), masked()))
        np.testing.assert_array_equal(drawn, masked().mask[0])
        with pytest.raises(ValueError, match="boxes only"):
            vision.MaskAnnotator().process(plain(), found())
        with pytest.raises(ValueError, match="240×320; got 24×32"):
            vision.MaskAnnotator().process(plain(), masked(24, 32))

    def test_points_below_the_confidence_are_not_drawn(self) -> None:
        assert not changed(vision.KeypointAnnotator().process(plain(), body(confidence=0.1))).any()
        assert changed(
            vision.KeypointAnnotator(min_confidence=0.05).process(plain(), body(confidence=0.1))
        ).any()
        points = sv.KeyPoints(xy=np.array([[(50, 50), (np.nan, 60), (1e12, 70)]], np.float32))
        assert not changed(vision.KeypointAnnotator().process(plain(), points))[:, 60:].any()

    def test_a_skeleton_of_ones_own(self) -> None:
        points = sv.KeyPoints(xy=np.array([[(50, 50), (250, 50), (150, 200)]], np.float32))
        drawn = changed(vision.KeypointAnnotator(skeleton=[(1, 2)]).process(plain(), points))
        assert drawn[50, 50:250].all()
        assert not drawn[60:190, 60:240].any()
        assert not changed(vision.KeypointAnnotator().process(plain(), points))[50, 60:240].any()

    def test_heat_is_coloured_and_cold_is_not(self) -> None:
        drawn = changed(vision.HeatMapAnnotator().process(plain(), heat()))
        np.testing.assert_array_equal(drawn, heat() > 0)
        small = vision.HeatMapAnnotator().process(plain(), heat(24, 32))
        assert changed(small)[70:110, 90:150].all()
        assert not changed(vision.HeatMapAnnotator(maximum=1000).process(plain(), heat())).any()
        with pytest.raises(TypeError, match="float32 array"):
            vision.HeatMapAnnotator().process(plain(), plain())

    def test_zones_and_lines_say_their_numbers(self) -> None:
        few, many = (vision.ZoneAnnotator().process(plain(), zone_count(count=n)) for n in (1, 2))
        assert (few != many).any()
        few, many = (vision.LineAnnotator().process(plain(), line_count(in_count=n)) for n in (1, 2))
        assert (few != many).any()

    def test_zones_and_lines_without_counts(self) -> None:
        zone = Zone([(-50, -50), (100, -50), (100, 300)], "half outside")
        assert changed(vision.ZoneAnnotator([zone]).process(plain())).any()
        outside = Zone([(1000, 1000), (1100, 1000), (1100, 1300)])
        assert vision.ZoneAnnotator([outside]).process(plain()).shape == (240, 320, 3)
        assert changed(vision.LineAnnotator(Line((0, 0), (300, 200))).process(plain())).any()
        with pytest.raises(TypeError, match="Zone"):
            vision.ZoneAnnotator([Line((0, 0), (1, 1))])

    def test_the_arrow_points_to_what_goes_in(self) -> None:
        drawn = changed(vision.LineAnnotator().process(plain(), line_count()))  # from left to right: in is up
        assert drawn[110, 155:166].any()
        assert not drawn[:118, 30:140].any()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: vision.LabelAnnotator(parts="class"), TypeError, "sequence of words"),
        (lambda: vision.LabelAnnotator(text_scale=0), ValueError, "text_scale is above 0"),
        (lambda: vision.TraceAnnotator(length=1), ValueError, "length is at least 2"),
        (lambda: vision.TraceAnnotator(anchor="feet"), ValueError, "bottom_center"),
        (lambda: vision.MaskAnnotator(opacity=0), ValueError, "opacity"),
        (lambda: vision.KeypointAnnotator(skeleton=[(0, 1)]), ValueError, "counted from 1"),
        (lambda: vision.KeypointAnnotator(skeleton=[5]), ValueError, "pair of numbers"),
        (lambda: vision.HeatMapAnnotator(maximum=-1), ValueError, "maximum is above 0"),
        (lambda: vision.LineAnnotator(thickness=0), ValueError, "thickness"),
        (lambda: vision.LineAnnotator(thickness=1.5), TypeError, "thickness is a whole number of pixels"),
        (lambda: vision.LineAnnotator(3), TypeError, "lines are daskflow.scene.Line objects, got 3"),
        (lambda: vision.TraceAnnotator(length=2.5), TypeError, "length is a whole number of frames"),
    ],
)
def test_options_that_make_no_sense(make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()
