"""Files of detections in whole flows: read in step with frames, written once whatever is killed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow import BATCH, Flow, ProcessorNode
from daskflow.consumers import CollectConsumer, DetectionsFileWriter
from daskflow.errors import TaskLostError
from daskflow.processors import JoinerProcessor
from daskflow.producers import DetectionsFileReader, IntProducer
from daskflow.testing import Fail, Given, Kill, simulate
from tests.unit.shared_data import SHARED_DATA, needs_shared_data

COUNT = 26
ENDINGS = "txt", "csv", "json", "parquet"


def found_in_frames() -> list[sv.Detections]:
    random = np.random.default_rng(5)
    messages = []
    for number in range(COUNT):
        count = number % 4
        corner = (random.random((count, 2)) * 500 - 20).astype(np.float32)
        size = (random.random((count, 2)) * 90).astype(np.float32)
        messages.append(
            sv.Detections(
                xyxy=np.hstack([corner, corner + size]).reshape(-1, 4),
                confidence=random.random(count).astype(np.float32),
                class_id=random.integers(0, 3, count),
                tracker_id=random.integers(0, 90, count),
            )
        )
    return messages


class Same(ProcessorNode):
    def process(self, detections: sv.Detections, ctx: Any) -> sv.Detections:
        ctx.metadata["event_time"] = ctx.sequence_number / 25
        return detections


def written(path: Path, *faults: Any, seed: int = 0, **options: Any) -> bytes:
    source = Given(found_in_frames(), name="source")
    detector = Same(nb_tasks=2, name="detector")(source)
    writer = DetectionsFileWriter(path, name="writer", **options)(detector)
    result = simulate(Flow([source], [writer], BATCH), list(faults), seed=seed)
    assert result.missed == ()
    assert os.listdir(path.parent) == [path.name]
    return path.read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp
    return {e: written(folder("tracks") / f"tracks.{e}") for e in ENDINGS}


def same(one: sv.Detections, other: sv.Detections) -> bool:
    columns = ("xyxy", "confidence", "class_id", "tracker_id")
    return all(getattr(one, c).tobytes() == getattr(other, c).tobytes() for c in columns)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_is_read_again_to_the_last_bit(tmp_path, undisturbed, ending):
    path = tmp_path / f"tracks.{ending}"
    path.write_bytes(undisturbed[ending])
    numbers = IntProducer(0, COUNT - 1)
    reader = DetectionsFileReader(path, frames=COUNT, fps=25)
    joined = JoinerProcessor()(numbers, reader)
    collect = CollectConsumer(name="collect")(joined)
    pairs = simulate(Flow([numbers, reader], [collect], BATCH), [Kill(reader, at=11)]).results("collect")
    assert [number for number, _ in pairs] == list(range(COUNT))
    for (_, detections), given in zip(pairs, found_in_frames(), strict=True):
        assert same(detections, given)


KILLS = [("csv", point) for point in ("lease", "process", "commit", "committed")]
"""``txt`` differs from it by its head alone."""


@pytest.mark.parametrize(
    ("ending", "point"), [*KILLS, ("txt", "process"), ("json", "process"), ("json", "commit")]
)
def test_a_killed_writer_leaves_nothing_out_and_nothing_twice(tmp_path, undisturbed, ending, point):
    path = tmp_path / f"tracks.{ending}"
    for at in (3, 22) if point == "process" else (22,):  # before the first snapshot, and after it
        assert written(path, Kill("writer", at=at, point=point), seed=at) == undisturbed[ending]


@pytest.mark.parametrize("ending", ["csv", "json"])
@pytest.mark.parametrize(("point", "snapshot_every"), [("open", 7), ("close", 7), ("close", 1000)])
def test_nor_does_one_killed_outside_of_messages(tmp_path, undisturbed, ending, point, snapshot_every):
    path = tmp_path / f"tracks.{ending}"
    (tmp_path / f"tracks.{ending}.part").write_text("of a run that was killed")
    kill = Kill("writer", point=point, times=2)
    assert written(path, kill, snapshot_every=snapshot_every) == undisturbed[ending]


def test_a_message_that_kills_is_left_out_as_a_whole(tmp_path, undisturbed):
    lines = written(tmp_path / "tracks.csv", Kill("writer", at=23, times=3)).splitlines()
    complete = undisturbed["csv"].splitlines()
    assert lines == [line for line in complete if not line.startswith(b"24,")] != complete


def test_what_a_failed_run_has_written_is_complete(tmp_path):
    path = tmp_path / "tracks.txt"
    source = Given(found_in_frames(), name="source")
    writer = DetectionsFileWriter(path)(source)
    result = simulate(Flow([source], [writer], BATCH), [Fail(writer, at=20)], check=False)
    assert result.failure is not None
    assert path.read_text().splitlines()[-1].startswith("20,")


def test_a_parquet_file_cannot_be_taken_up_again(tmp_path):
    source = Given(found_in_frames(), name="source")
    writer = DetectionsFileWriter(tmp_path / "a.parquet", name="writer")(source)
    flow = Flow([source], [writer], BATCH)
    assert "the run fails" in str(flow.plan())
    with pytest.raises(TaskLostError):
        simulate(flow, [Kill("writer", at=3)])


@needs_shared_data
def test_published_detections_come_through_a_flow_as_they_are(tmp_path):
    path = SHARED_DATA / "mot" / "TUD-Campus" / "det.txt"
    reader = DetectionsFileReader(path, name="reader")
    writer = DetectionsFileWriter(tmp_path / "out.txt")(reader)
    simulate(Flow([reader], [writer], BATCH))
    copies = [DetectionsFileReader(p) for p in (path, tmp_path / "out.txt")]
    results = []
    for copy in copies:
        collect = CollectConsumer(name="collect")(copy)
        results.append(simulate(Flow([copy], [collect], BATCH)).results("collect"))
    assert len(results[0]) == len(results[1]) == 71
    for one, other in zip(*results, strict=True):
        assert one.xyxy.tobytes() == other.xyxy.tobytes()
        assert one.confidence.tobytes() == other.confidence.tobytes()
