from __future__ import annotations

import csv
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import supervision as sv

from daskflow.consumers import DetectionsFileWriter
from daskflow.consumers.detection_rows import FrameRecords
from daskflow.consumers.parquet import ParquetFile
from daskflow.core.context import Context
from daskflow.scene.records import detection_records


def tracks(*boxes: tuple[float, ...], names: list[str] | None = None) -> sv.Detections:
    count = len(boxes)
    return sv.Detections(
        xyxy=np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.linspace(0.5, 0.9, count).astype(np.float32),
        class_id=np.arange(count),
        tracker_id=np.arange(count) + 7,
        data={} if names is None else {"class_name": np.array(names)},
    )


def write(node: DetectionsFileWriter, *messages: Any, **metadata: Any) -> None:
    node = pickle.loads(pickle.dumps(node))
    node.open()
    try:
        for i, message in enumerate(messages):
            ctx = Context("flow", "run", "node", sequence_number=i, metadata=dict(metadata))
            node.consume(message, ctx)
    finally:
        node.close()


TWO = tracks((281.931, 187.466, 361.861, 397.003), (1, 2, 3, 4.5), names=["person", "car"])
NONE = sv.Detections.empty()
BARE = sv.Detections(xyxy=np.array([[0, 0, 10, 20]], np.float32))


def test_mot(tmp_path: Path) -> None:
    write(DetectionsFileWriter(tmp_path / "a.txt"), TWO, NONE, BARE)
    assert (tmp_path / "a.txt").read_text().splitlines() == [
        "1,7,281.931,187.466,79.93,209.537,0.5,0,-1,-1",
        "1,8,1,2,2,2.5,0.9,1,-1,-1",
        "3,-1,0,0,10,20,1,-1,-1,-1",
    ]
    assert os.listdir(tmp_path) == ["a.txt"]


def test_csv(tmp_path: Path) -> None:
    write(DetectionsFileWriter(tmp_path / "a.csv"), TWO, NONE, BARE, event_time=0.25, source='a "b", c')
    with open(tmp_path / "a.csv", newline="") as file:
        first, second, third = csv.DictReader(file)
    assert first == {
        "frame": "1",
        "time_s": "0.25",
        "source": 'a "b", c',
        "tracker_id": "7",
        "class_id": "0",
        "class_name": "person",
        "confidence": "0.5",
        "left": "281.931",
        "top": "187.466",
        "right": "361.861",
        "bottom": "397.003",
    }
    assert second["class_name"] == "car"
    assert (third["frame"], third["tracker_id"], third["confidence"]) == ("3", "", "")


def test_parquet(tmp_path: Path) -> None:
    write(DetectionsFileWriter(tmp_path / "a.parquet"), TWO, NONE, BARE, event_time=0.25, source="a.mp4")
    table = pq.read_table(tmp_path / "a.parquet")
    assert str(table.schema.field("left").type) == "float"
    first, second, third = table.to_pylist()
    assert (first["frame"], first["source"], first["class_name"]) == (1, "a.mp4", "person")
    assert np.float32(second["confidence"]) == np.float32(0.9)
    assert (third["frame"], third["tracker_id"], third["class_name"]) == (3, None, None)


def test_parquet_in_groups(tmp_path: Path) -> None:
    file = ParquetFile(str(tmp_path / "a.parquet"), rows_per_group=4)
    for number in range(1, 6):
        file.write(FrameRecords(number, None, None, detection_records(TWO)))
    file.finish()
    metadata = pq.read_metadata(tmp_path / "a.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [4, 4, 2]


def test_parquet_on_a_full_disk_keeps_nothing_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    file = ParquetFile(str(tmp_path / "a.parquet"), rows_per_group=2)
    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetWriter, "write_table", full)
        with pytest.raises(OSError, match="no space left"):
            file.write(FrameRecords(1, None, None, detection_records(TWO)))
    for number in (2, 3):  # as with on_error="skip"
        with pytest.raises(OSError, match=r"a\.parquet cannot be completed: .*no space left"):
            file.write(FrameRecords(number, None, None, detection_records(TWO)))
    assert file._waiting == []
    with pytest.raises(OSError, match="cannot be completed"):
        file.finish()
    assert list(tmp_path.iterdir()) == []


def test_coco(tmp_path: Path) -> None:
    node = DetectionsFileWriter(tmp_path / "a.json", frame_size=(640, 480))
    write(node, NONE, TWO, NONE, BARE, event_time=0.5, source="rtsp://user:geheim@camera/1")
    text = (tmp_path / "a.json").read_text()
    assert "geheim" not in text
    content = json.loads(text)
    assert [image["id"] for image in content["images"]] == [1, 2, 3, 4]
    assert content["images"][1] == {
        "id": 2,
        "file_name": "000002.jpg",
        "frame": 2,
        "width": 640,
        "height": 480,
        "time_s": 0.5,
        "source": "rtsp://user:***@camera/1",
    }
    assert [(a["id"], a["image_id"]) for a in content["annotations"]] == [(1, 2), (2, 2), (3, 4)]
    first, _, third = content["annotations"]
    assert first["bbox"] == [281.931, 187.466, 79.93, 209.537]
    assert first["area"] == pytest.approx(79.93 * 209.537)
    assert (first["score"], first["track_id"], first["category_id"]) == (0.5, 7, 0)
    assert "score" not in third
    assert {c["id"]: c["name"] for c in content["categories"]} == {0: "person", 1: "car", 2: "object"}
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("ending", ["txt", "csv", "json", "parquet"])
def test_a_run_without_messages_leaves_an_older_file_and_one_without_detections_does_not(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text("of another day")
    write(DetectionsFileWriter(path))
    assert path.read_text() == "of another day"
    write(DetectionsFileWriter(path), NONE)
    assert "of another day" not in path.read_bytes().decode("latin")
    assert os.listdir(tmp_path) == [path.name]
    if ending == "json":
        content = json.loads(path.read_text())
        assert [len(content[part]) for part in ("annotations", "images", "categories")] == [0, 1, 0]


def test_the_number_of_a_frame(tmp_path: Path) -> None:
    for numbers, first in (("index", "42"), ("sequence", "1")):
        write(DetectionsFileWriter(tmp_path / "a.txt", numbers=numbers), BARE, index=41)
        assert (tmp_path / "a.txt").read_text().partition(",")[0] == first


def test_the_format_says_more_than_the_extension(tmp_path: Path) -> None:
    write(DetectionsFileWriter(tmp_path / "a.dat", format="mot"), BARE)
    assert (tmp_path / "a.dat").read_text().startswith("1,-1,")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "a.xml"}, r"ends in \.txt.*got 'a\.xml'.*format="),
        ({"path": "a.txt", "format": "yolo"}, "format is one of mot, coco, csv, parquet, got 'yolo'"),
        ({"path": "a.txt", "numbers": "time"}, "numbers is one of"),
        ({"path": "a.txt", "frame_size": (1, 2)}, "format 'coco'"),
        ({"path": "a.json", "frame_size": (1, 0)}, "width and height"),
        ({"path": "a.json", "frame_size": 5}, "width and height"),
    ],
)
def test_arguments_that_are_none(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DetectionsFileWriter(**arguments)


def test_parquet_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daskflow.consumers.detections.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'daskflow\[tables\]'"):
        DetectionsFileWriter("a.parquet")


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        write(DetectionsFileWriter(tmp_path / "absent" / "a.txt"))
    with pytest.raises(TypeError, match=r"takes supervision\.Detections; got ndarray"):
        write(DetectionsFileWriter(tmp_path / "a.txt"), np.zeros((2, 4)))
    spoilt = tracks((0, 0, 1, 1))
    spoilt.xyxy[0, 2] = np.nan  # supervision looks at what it is given, and not again
    with pytest.raises(ValueError, match="no finite number"):
        write(DetectionsFileWriter(tmp_path / "a.txt"), spoilt)


def test_a_node_that_is_not_open(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        DetectionsFileWriter(tmp_path / "a.txt").consume(NONE, Context("flow", "run", "node"))
