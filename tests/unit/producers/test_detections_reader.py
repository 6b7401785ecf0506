from __future__ import annotations

import json
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import given, settings
from hypothesis import strategies as st

from daskflow.consumers.detection_rows import extent_text
from daskflow.core.context import Context
from daskflow.producers import DetectionsFileReader
from tests.unit.shared_data import SHARED_DATA, needs_shared_data


def read(node: DetectionsFileReader, start: int = 0) -> list[tuple[sv.Detections, dict[str, Any]]]:
    node = pickle.loads(pickle.dumps(node))
    node.open()
    node.seek(start)
    messages = []
    while True:
        ctx = Context("flow", "run", "node")
        try:
            messages.append((node.next(ctx), ctx.metadata))
        except StopIteration:
            node.close()
            return messages


MOT = """\
3,8,10,20,30,40,0.9,-1,-1,-1

1,7,281.931,187.466,79.93,209.537,0.25,-1,-1,-1
3,-1,1,2,3,4,0.5,-1,-1,-1
"""


@pytest.fixture
def mot(tmp_path: Path) -> Path:
    path = tmp_path / "det.txt"
    path.write_text(MOT)
    return path


def test_a_message_for_each_frame(mot: Path) -> None:
    first, second, third = [detections for detections, _ in read(DetectionsFileReader(mot))]
    left, top = 281.931, 187.466
    expected = np.array([[left, top, left + 79.93, top + 209.537]], np.float64).astype(np.float32)
    assert first.xyxy.tobytes() == expected.tobytes()
    assert first.xyxy.dtype == first.confidence.dtype == np.float32
    assert first.class_id is None
    assert (len(second), second.xyxy.shape, second.tracker_id.tolist()) == (0, (0, 4), [])
    assert third.xyxy.tolist() == [[10, 20, 40, 60], [1, 2, 4, 6]]
    assert third.tracker_id.tolist() == [8, -1]


def test_metadata_as_of_a_reader_of_frames(mot: Path) -> None:
    messages = read(DetectionsFileReader(mot, fps=25))
    assert [metadata["index"] for _, metadata in messages] == [0, 1, 2]
    assert messages[2][1] == {
        "source": str(mot),
        "index": 2,
        "event_time": 0.08,
        "frame_rate": Fraction(25),
    }
    assert set(read(DetectionsFileReader(mot))[0][1]) == {"source", "index"}


@pytest.mark.parametrize(("frames", "counts"), [(None, [1, 0, 2]), (4, [1, 0, 2, 0]), (2, [1, 0]), (0, [])])
def test_as_many_frames_as_the_video_has(mot: Path, frames: int | None, counts: list[int]) -> None:
    node = DetectionsFileReader(mot, frames=frames)
    assert [len(detections) for detections, _ in read(node)] == counts
    assert node.length == len(counts)


def test_seek(mot: Path) -> None:
    ((detections, metadata),) = read(DetectionsFileReader(mot), start=2)
    assert (len(detections), metadata["index"]) == (2, 2)
    assert read(DetectionsFileReader(mot), start=9) == []


def test_options(mot: Path) -> None:
    node = DetectionsFileReader(mot, min_confidence=0.5, class_id=4)
    found = [detections for detections, _ in read(node)]
    assert [len(detections) for detections in found] == [0, 0, 2]
    assert found[2].class_id.tolist() == [4, 4]
    confident = read(DetectionsFileReader(mot, min_confidence=0.9))
    assert [len(detections) for detections, _ in confident] == [0, 0, 1]  # as float32 has it


def test_classes_of_mot16_and_the_places_of_mot15(tmp_path: Path) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,0,0,1,1,1,3,0.5\n1 2 0 0 1 1 1\n1,3,0,0,1,1,1,7.5,-2,3\n1,4,0,0,1,1,1,2,-1,-1")
    ((detections, _),) = read(DetectionsFileReader(path))
    assert detections.class_id.tolist() == [3, -1, -1, 2]


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("2,1,3,4", "got '2,1,3,4' (4 fields)"),
        ("2,1,x,4,5,6,1,-1,-1,-1", "could not convert string to float: 'x'"),
        ("2,1,,4,5,6,1", "could not convert string to float: ''"),
        ("0,1,3,4,5,6,1", "frames are numbered from 1, got 0"),
        ("1.5,1,3,4,5,6,1", "1.5 is no whole number"),
        ("2,1,nan,4,5,6,1", "four finite edges"),
        ("inf,1,3,4,5,6,1", "infinity"),
        ("\x00\xff\x10", "1 fields"),
    ],
)
def test_a_bad_line_is_named(mot: Path, line: str, got: str) -> None:
    mot.write_text(MOT + line + "\n", encoding="latin")
    node = DetectionsFileReader(mot)
    with pytest.raises(ValueError, match=r"det\.txt, line 5: expected frame, id, left, top") as error:
        node.open()
    assert got in str(error.value)
    assert node.length is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "frame,left,top,right\n1,2,3,4\n", "line 1: .* got none called bottom"),
        ("a.csv", "frame,left,top,right,bottom\n1,2,3,4\n", "line 2: .* a row without bottom"),
        ("a.csv", "frame,left,top,right,bottom\n1,2,3,4,5\n1,2,a,4,5\n", "line 3: .*'a'"),
        ("a.json", "[1, 2]", "expected COCO"),
        ("a.json", "{", "expected COCO"),
        ("a.json", '{"images": [], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]}', "KeyError"),
        (
            "a.json",
            '{"images": [{"id": 1}], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4], '
            '"category_id": null}]}',
            "TypeError",
        ),
        ("a.parquet", "PAR1", "no Parquet file"),
    ],
)
def test_bad_files_of_other_formats(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        DetectionsFileReader(tmp_path / name).open()


def test_an_absent_file(tmp_path: Path) -> None:
    node = DetectionsFileReader(tmp_path / "absent.txt")
    assert node.length is None
    with pytest.raises(FileNotFoundError, match=r"absent\.txt"):
        node.open()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"path": "a.xml"}, ValueError),
        ({"path": "a.txt", "format": "x"}, ValueError),
        ({"path": "a.txt", "frames": -1}, ValueError),
        ({"path": "a.txt", "frames": 1.5}, TypeError),
        ({"path": "a.txt", "class_id": "person"}, TypeError),
        ({"path": "a.txt", "min_confidence": "high"}, TypeError),
        ({"path": "a.txt", "fps": 0}, ValueError),
        ({"path": "a.txt", "fps": float("nan")}, ValueError),
    ],
)
def test_arguments_that_are_none(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        DetectionsFileReader(**options)


ANNOTATION = {"image_id": 1, "bbox": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    "text",
    ["3000000000,1,1,1,2,2,1", "1e20,1,1,1,2,2,1", "1,1e20,1,1,2,2,1", "1,1,1,1,2,2,1,1e300,-1,-1"],
)
def test_numbers_that_are_damage(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(ValueError, match=r"a\.txt, line 1: expected frame, .*a number is too large"):
        DetectionsFileReader(tmp_path / "a.txt").open()


@pytest.mark.parametrize(
    "wrong",
    [
        {"category_id": "7"},
        {"category_id": None},
        {"category_id": 10**30},
        {"track_id": 10**30},
        {"category_id": [1]},
        {"score": "x"},
    ],
)
def test_annotations_that_are_none_of_coco(tmp_path: Path, wrong: dict[str, Any]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"images": [{"id": 1}], "annotations": [ANNOTATION | wrong]}))
    with pytest.raises(ValueError, match=r"a\.json: expected an annotation, got "):
        DetectionsFileReader(path).open()


def test_what_an_annotation_has_as_null_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    unknown = {"score": None, "track_id": None}
    path.write_text(json.dumps({"images": [{"id": 1}], "annotations": [ANNOTATION | unknown]}))
    ((found, _),) = read(DetectionsFileReader(path))
    assert found.xyxy.tolist() == [[1, 2, 4, 6]]
    assert (found.confidence, found.class_id, found.tracker_id) == (None, None, None)


def test_a_frame_of_coco_that_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"images": [{"id": 1, "frame": 10**30}], "annotations": []}))
    with pytest.raises(ValueError, match=r"a\.json: expected COCO.*a frame of number 1000"):
        DetectionsFileReader(path).open()


def test_coco_of_others_is_numbered_by_its_images(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 30}, {"id": 10}, {"id": 20}],
        "annotations": [{"id": 1, "image_id": 20, "bbox": [1, 2, 3, 4], "category_id": 1}],
        "categories": [{"id": 1, "name": "person"}],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    messages = read(DetectionsFileReader(tmp_path / "a.json"))
    assert [len(detections) for detections, _ in messages] == [0, 1, 0]
    assert messages[1][0].data["class_name"].tolist() == ["person"]


@needs_shared_data
@pytest.mark.parametrize(("name", "frames", "count"), [("PETS09-S2L1", 795, 4359), ("TUD-Campus", 71, 321)])
def test_published_detections(name: str, frames: int, count: int) -> None:
    node = DetectionsFileReader(SHARED_DATA / "mot" / name / "det.txt")
    messages = read(node)
    assert len(messages) == node.length == frames
    assert sum(len(detections) for detections, _ in messages) == count


FINEST, LARGEST = 2.0**-12, 2.0**17
EDGES = st.one_of(
    st.just(0.0),
    st.floats(FINEST, LARGEST, width=32, exclude_max=True),
    st.floats(-LARGEST, -FINEST, width=32, exclude_min=True),
)


@settings(max_examples=50, deadline=None)
@given(EDGES, EDGES)
def test_an_edge_comes_back_to_the_last_bit(start: float, end: float) -> None:
    written = str(np.float32(start))
    extent = extent_text(float(written), end)
    assert np.float32(float(written) + float(extent)) == np.float32(end)
