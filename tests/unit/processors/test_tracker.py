from __future__ import annotations

import pickle
import sys
from functools import cache
from typing import Any

import numpy as np
import pytest
import supervision as sv
from trackers import GIoU
from trackers.utils.state_representations import XCYCSRStateEstimator, XYXYStateEstimator

from daskflow.core.context import Context
from daskflow.processors import vision
from daskflow.processors.vision import Tracker
from daskflow.processors.vision.tracking.algorithms import ALGORITHMS
from tests.unit.processors.campus import FRAMES, published
from tests.unit.processors.tracks import LIBRARY_DEFAULTS, assert_same_tracks, by_the_library, mota
from tests.unit.shared_data import needs_shared_data


def context(**metadata: Any) -> Context:
    return Context("flow", "run", "tracker", metadata=metadata)


def opened(*arguments: Any, **options: Any) -> Tracker:
    tracker: Tracker = pickle.loads(pickle.dumps(Tracker(*arguments, **options)))
    tracker.open()
    return tracker


def library_of(tracker: Tracker) -> Any:
    return tracker.snapshot()[0]


def walker(left: float, *, confidence: float = 0.9) -> sv.Detections:
    return sv.Detections(
        xyxy=np.array([[left, 50, left + 40, 150]], np.float32),
        confidence=np.array([confidence], np.float32),
        class_id=np.array([3]),
        data={"class_name": np.array(["person"])},
    )


@cache
def tracks_of(algorithm: str, boxes: str = "detected") -> list[sv.Detections]:
    return tracks(opened(algorithm, boxes=boxes))


def tracks(tracker: Tracker, frames: range = range(FRAMES)) -> list[sv.Detections]:
    return [tracker.process(published(index), context()) for index in frames]


@needs_shared_data
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_is_the_library_frame_by_frame(algorithm: str) -> None:
    library = ALGORITHMS[algorithm](**LIBRARY_DEFAULTS[algorithm])
    assert_same_tracks(tracks_of(algorithm), by_the_library(library))


@needs_shared_data
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_process_goes_on(algorithm: str) -> None:
    undisturbed = tracks_of(algorithm, "estimated")
    first = opened(algorithm, boxes="estimated")
    for lost in range(FRAMES):
        if lost % 25 == 3:
            successor = opened(algorithm, boxes="estimated")
            successor.restore(pickle.loads(pickle.dumps(first.snapshot())))
            assert_same_tracks(tracks(successor, range(lost, FRAMES)), undisturbed[lost:])
        first.process(published(lost), context())


@needs_shared_data
@pytest.mark.parametrize(
    ("algorithm", "detected", "estimated"),
    [("sort", 0.582, 0.638), ("bytetrack", 0.579, 0.596), ("ocsort", 0.571, 0.607)],
)
def test_accuracy_on_a_public_sequence(algorithm: str, detected: float, estimated: float) -> None:
    assert round(mota(tracks_of(algorithm)), 3) >= detected
    assert round(mota(tracks_of(algorithm, "estimated")), 3) >= estimated


@needs_shared_data
def test_two_in_one_process_have_numbers_of_their_own() -> None:
    one, other = opened(), opened()
    pairs = [(one.process(d, context()), other.process(d, context())) for d in map(published, range(20))]
    for first, second in pairs:
        np.testing.assert_array_equal(first.tracker_id, second.tracker_id)
    assert min(first.tracker_id.min() for first, _ in pairs if len(first)) == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_track_keeps_its_number_and_what_is_known_of_it(algorithm: str) -> None:
    tracker = opened(algorithm)
    found = [tracker.process(walker(10.0 + 4 * i), context()) for i in range(12)]
    assert [len(each) for each in found[6:]] == [1] * 6
    assert {int(each.tracker_id[0]) for each in found[6:]} == {0}
    assert found[-1].data["class_name"].tolist() == ["person"]
    assert found[-1].class_id.tolist() == [3]


def test_unconfirmed_ones_on_request() -> None:
    counts = []
    for keep in (False, True):
        tracker = opened("sort", keep_unconfirmed=keep)
        found = [tracker.process(walker(10.0 + 4 * i), context()) for i in range(5)]
        counts.append([each.tracker_id.tolist() for each in found])
    assert counts == [[[], [], [0], [0], [0]], [[-1], [-1], [0], [0], [0]]]


def test_nothing_detected_is_nothing_tracked() -> None:
    tracker = opened("bytetrack")
    for _ in range(3):
        assert len(tracker.process(sv.Detections.empty(), context())) == 0


def test_estimated_boxes_are_steadier() -> None:
    random = np.random.default_rng(0)
    lefts = [100 + float(shake) for shake in random.normal(0, 3, 60)]
    widths = []
    for boxes in ("detected", "estimated"):
        tracker = opened(boxes=boxes)
        found = [tracker.process(walker(left), context()) for left in lefts]
        widths.append(np.std([each.xyxy[0, 0] for each in found[20:]]))
        assert found[-1].xyxy.dtype == np.float32
    assert widths[1] < 0.85 * widths[0]


def test_time_may_pass_by_the_clock() -> None:
    """At 5 frames/s the thing moves 20 pixels from frame to frame; then two seconds are lost."""
    numbers = []
    for use_event_time in (True, False):
        tracker = opened(use_event_time=use_event_time, minimum_consecutive_frames=1)
        for i in range(10):
            tracker.process(walker(20.0 * i), context(event_time=i / 5))
        late = [tracker.process(walker(200.0 + 20 * i), context(event_time=4 + i / 5)) for i in range(3)]
        numbers.append(late[-1].tracker_id.tolist())
    assert numbers[1] == [0]  # by frames it is the next frame
    assert numbers[0] == [1]  # by seconds the track is over


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("set_back_to_s", [0.0, 1.9, 1.85], ids=["far", "it stands", "a little"])
def test_a_clock_that_is_set_back_is_as_one_that_goes_on(algorithm: str, set_back_to_s: float) -> None:
    times_s = [i / 10 for i in range(20)] + [set_back_to_s + i / 10 for i in range(10)]
    tracker = opened(algorithm, use_event_time=True, frame_rate=10)
    found = []
    for i, time_s in enumerate(times_s):
        if i == 20:
            successor = opened(algorithm, use_event_time=True, frame_rate=10)
            successor.restore(pickle.loads(pickle.dumps(tracker.snapshot())))
            tracker = successor
        found.append(tracker.process(walker(4.0 * i), context(event_time=time_s)))
    assert [each.tracker_id.tolist() for each in found[2:]] == [[0]] * 28


def test_without_a_time_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="goes by event_time, and the message has none"):
        opened(use_event_time=True).process(walker(1), context())


def test_it_keeps_no_slot_of_a_message() -> None:
    for algorithm in ALGORITHMS:
        tracker = opened(algorithm)
        kept = [walker(4.0 * i) for i in range(5)]
        for detections in kept:
            tracker.process(detections, context())
        for track in library_of(tracker).tracks:
            held = [value for value in vars(track).values() if isinstance(value, np.ndarray)]
            held += list(getattr(track, "observations", {}).values())
            assert not any(np.shares_memory(value, d.xyxy) for value in held for d in kept)


@pytest.mark.parametrize(
    ("name", "plain"),
    [("SORT", "sort"), ("OC-SORT", "ocsort"), ("oc_sort", "ocsort"), ("ByteTrack", "bytetrack")],
)
def test_names_as_people_write_them(name: str, plain: str) -> None:
    assert type(library_of(opened(name))) is ALGORITHMS[plain]


def test_parameters_reach_the_library() -> None:
    library = library_of(opened("OC-SORT", delta_t=5, lost_track_buffer=60, frame_rate=10, iou=GIoU()))
    assert library.delta_t == 5
    assert library.maximum_frames_without_update == 20
    assert isinstance(library.iou, GIoU)
    assert library_of(opened("sort")).state_estimator_class is XCYCSRStateEstimator
    assert library_of(opened("sort", state="xyxy")).state_estimator_class is XYXYStateEstimator
    assert library_of(opened("bytetrack", state="XCYCSR")).state_estimator_class is XCYCSRStateEstimator
    given = library_of(opened("sort", state_estimator_class=XYXYStateEstimator))
    assert given.state_estimator_class is XYXYStateEstimator


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"algorithm": "deepsort"}, ValueError, "one of sort, bytetrack, ocsort, got 'deepsort'"),
        ({"algorithm": 3}, TypeError, "one of sort, bytetrack, ocsort, got 3"),
        ({"lost_track_bufer": 3}, TypeError, "sort has no parameter 'lost_track_bufer': did you mean 'lost_"),
        ({"delta_t": 3}, TypeError, "sort has no parameter 'delta_t', which is of ocsort"),
        ({"zzz": 3}, TypeError, "sort has no parameter 'zzz': it has lost_track_buffer"),
        ({"state": "polar"}, ValueError, "state is one of xyxy, xcycsr, got 'polar'"),
        ({"state": "xyxy", "state_estimator_class": XYXYStateEstimator}, TypeError, "the same thing"),
        ({"state_estimator_class": "xyxy"}, TypeError, "is a class"),
        ({"iou": "giou"}, TypeError, "an object such as"),
        ({"lost_track_buffer": 1.5}, TypeError, "lost_track_buffer is a whole number"),
        ({"lost_track_buffer": -1}, ValueError, "lost_track_buffer is at least 0"),
        ({"minimum_consecutive_frames": 0}, ValueError, "minimum_consecutive_frames is at least 1"),
        ({"frame_rate": 0}, ValueError, "frame_rate"),
        ({"frame_rate": "10"}, TypeError, "frame_rate is a number"),
        ({"track_activation_threshold": 25}, ValueError, "from 0 to 1"),
        ({"boxes": "both"}, ValueError, "boxes is 'detected' or 'estimated'"),
    ],
)
def test_arguments(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Tracker(**options)


def test_options_of_the_node() -> None:
    tracker = Tracker("sort", name="who", queue_size=3, on_error="skip", lost_track_buffer=10)
    assert (tracker.name, tracker.queue_size, tracker.nb_tasks) == ("who", 3, 1)


def test_what_is_not_detections_is_refused_by_name() -> None:
    tracker = opened(name="who")
    with pytest.raises(TypeError, match=r"who takes supervision.Detections; got list"):
        tracker.process([], context())  # type: ignore[arg-type]


def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("daskflow.processors.vision.tracking")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "trackers", None)
    with pytest.raises(
        ModuleNotFoundError, match=r"Tracker needs the package 'trackers'.*daskflow\[tracking\]"
    ):
        _ = vision.Tracker
