from __future__ import annotations

import json
from collections import namedtuple
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import supervision as sv

from daskflow.scene import Event, Line, LineCount
from daskflow.scene.records import detection_records, json_bytes, record_of

Point = namedtuple("Point", "x y")


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "record"),
    [
        (None, None),
        (True, True),
        (np.True_, True),
        (np.int16(3), 3),
        (np.float32(0.1), 0.1),
        (np.float64(0.1), 0.1),
        (0.1, 0.1),
        (float("nan"), None),
        (np.float32("-inf"), None),
        (Fraction(1, 4), 0.25),
        ("zwölf", "zwölf"),
        (np.str_("a"), "a"),
        (Path("/a/b"), "/a/b"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (Colour.RED, "red"),
        (Point(1, np.float32(0.2)), {"x": 1, "y": 0.2}),
        ((1, [2.5]), [1, [2.5]]),
        (np.array([[0.1, np.nan]], np.float32), [[0.1, None]]),
        (np.array(["a", None], object), ["a", None]),
        (np.array("2026-01-02", "datetime64[D]"), "2026-01-02"),
        (np.zeros((0, 4)), []),
        ({"a": {1: np.arange(2)}}, {"a": {"1": [0, 1]}}),
        ({None: 1, True: 2, np.int64(3): 4}, {"null": 1, "true": 2, "3": 4}),
    ],
)
def test_a_value_and_its_record(value, record):
    assert record_of(value) == record
    assert type(record_of(value)) is type(record)
    assert json.loads(json_bytes(value)) == record


def test_counts_and_events_are_objects_all_the_way_down():
    event = Event("line_in", "door", 7, 0.28, tracker_id=np.int64(3), box=(1.0, 2.0, 3.0, 4.0))
    record = record_of(LineCount(Line((0, 1), (2, 3), "door"), 1, 0, {"person": 1}, events=(event,)))
    assert record["line"] == {"start": [0.0, 1.0], "end": [2.0, 3.0], "name": "door"}
    assert record["in_by_class"] == {"person": 1}
    assert record["events"][0]["box"] == [1.0, 2.0, 3.0, 4.0]
    assert type(record["events"][0]["tracker_id"]) is int


def test_detections_are_an_object_each():
    detections = sv.Detections(
        xyxy=np.array([[0.1, 1, 2, 3], [4, 5, 6, 7]], np.float32),
        class_id=np.array([0, 2]),
        data={"class_name": np.array(["person", "car"])},
    )
    first, second = record_of({"found": detections})["found"]
    assert first == {
        "box": [0.1, 1.0, 2.0, 3.0],
        "confidence": None,
        "class_id": 0,
        "class_name": "person",
        "tracker_id": None,
    }
    assert second["class_name"] == "car"
    assert record_of(sv.Detections.empty()) == []


def test_however_many_detections_there_are_none_is_lost():
    boxes = np.random.default_rng(0).random((3000, 4), np.float32)
    records = detection_records(sv.Detections(xyxy=boxes))
    assert np.array([record["box"] for record in records], np.float32).tobytes() == boxes.tobytes()


def test_keypoints_are_an_object_each():
    tracked = {"tracker_id": np.array([7])}  # as OnnxPoseEstimator has it
    (body,) = record_of(
        sv.KeyPoints(xy=np.array([[[1, 2], [3, 4]]], np.float32), class_id=np.array([0]), data=tracked)
    )
    assert body["points"] == [[1.0, 2.0], [3.0, 4.0]]
    assert body["class_id"] == 0
    assert body["tracker_id"] == 7
    assert body["class_name"] is None


def test_half_a_surrogate_is_json_all_the_same():
    name = "cam\udce9ra"
    assert json.loads(json_bytes({"source": name})) == {"source": name}


@pytest.mark.parametrize("frame", [np.zeros((480, 640, 3), np.uint8), [np.zeros((480, 640), bool)]])
def test_frames_are_refused_with_advice(frame):
    with pytest.raises(TypeError, match=r"shape \(480, 640.*VideofileWriter"):
        record_of(frame)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"ab", 1j, np.complex64(1), int, np.array([1j])])
def test_what_has_no_form_is_named(value):
    with pytest.raises(TypeError, match=r"no JSON form"):
        record_of(value)


def test_names_that_are_none():
    with pytest.raises(TypeError, match="a tuple is none"):
        record_of({(1, 2): 3})


def test_what_contains_itself_is_refused():
    inner: list[object] = []
    inner.append(inner)
    array = np.empty(1, object)
    array[0] = array
    for value in (inner, array):
        with pytest.raises(ValueError, match="inside itself"):
            record_of(value)
