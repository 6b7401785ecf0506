"""Whatever is found, what is written of it is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from daskflow.consumers import DetectionsFileWriter
from daskflow.core.context import Context
from daskflow.producers import DetectionsFileReader

FINEST, LARGEST = 2.0**-12, 2.0**16
EDGE = st.one_of(st.just(0.0), st.floats(FINEST, LARGEST, width=32), st.floats(-LARGEST, -FINEST, width=32))
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
FOUND = st.tuples(
    st.tuples(EDGE, EDGE, EDGE, EDGE),
    st.floats(0, 1, width=32),
    st.integers(0, 2),
    st.integers(-1, 2**40),
)


def detections(found: list[Any], names: list[str]) -> sv.Detections:
    boxes, confidences, classes, ids = zip(*found, strict=True) if found else ((), (), (), ())
    class_id = np.array(classes, int)
    return sv.Detections(
        xyxy=np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.array(confidences, np.float32),
        class_id=class_id,
        tracker_id=np.array(ids, int),
        data={"class_name": np.array(names)[class_id]},
    )


@pytest.mark.parametrize("ending", ["txt", "csv", "json", "parquet"])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frames=st.lists(st.lists(FOUND, max_size=4), min_size=1, max_size=4),
    names=st.lists(NAME, min_size=3, max_size=3, unique=True),
)
@example([[((0.0, 0.0, 0.0, 0.0), 0.0, i, 0) for i in range(3)]], ["a\rb", '\n","', "\x00"])
def test_it_comes_back(tmp_path: Path, ending: str, frames: list[Any], names: list[str]) -> None:
    path = tmp_path / f"a.{ending}"
    given_ = [detections(found, names) for found in frames]
    writer = DetectionsFileWriter(path)
    writer.open()
    for i, message in enumerate(given_):
        writer.consume(message, Context("flow", "run", "node", sequence_number=i))
    writer.close()
    reader = DetectionsFileReader(path, frames=len(given_))
    reader.open()
    for message in given_:
        read = reader.next(Context("flow", "run", "node"))
        assert (read.xyxy + 0.0).tobytes() == (message.xyxy + 0.0).tobytes()  # 0 and -0 are the same place
        if len(message):
            assert read.confidence.tolist() == message.confidence.tolist()
            assert read.class_id.tolist() == message.class_id.tolist()
            ids = [-1] * len(message) if read.tracker_id is None else read.tracker_id.tolist()
            assert ids == message.tracker_id.tolist()
            if ending != "txt":
                assert read.data["class_name"].tolist() == message.data["class_name"].tolist()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(("name", "read"), [("cam\udce9ra", "cam\\udce9ra"), (7, "7")])
def test_names_that_are_no_text(tmp_path: Path, ending: str, name: Any, read: str) -> None:
    writer = DetectionsFileWriter(tmp_path / f"a.{ending}")
    writer.open()
    ctx = Context("flow", "run", "node", metadata={"source": "/a/cam\udce9ra.mp4"})
    named = {"class_name": np.array([name], object)}
    writer.consume(sv.Detections(np.ones((1, 4), np.float32), data=named), ctx)
    writer.close()
    reader = DetectionsFileReader(tmp_path / f"a.{ending}")
    reader.open()
    assert reader.next(Context("flow", "run", "node")).data["class_name"].tolist() == [read]
