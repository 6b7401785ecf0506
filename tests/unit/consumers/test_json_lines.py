from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv

from daskflow import BATCH, Flow
from daskflow.consumers import JsonLinesConsumer
from daskflow.core.context import Context
from daskflow.scene import Event, Line, LineCount
from daskflow.testing import Given, Kill, simulate

IN = Event("line_in", "door", 3, 0.12, tracker_id=7, box=(1.0, 2.0, 3.0, 4.0))
OUT = Event("line_out", "door", 3, 0.12, tracker_id=8)


@contextmanager
def opened(node: JsonLinesConsumer, run_id: str = "run") -> Iterator[JsonLinesConsumer]:
    node = pickle.loads(pickle.dumps(node))
    node.open(Context("flow", run_id, "lines"))
    try:
        yield node
    finally:
        node.close()


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_one_line_for_each_message(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    detections = sv.Detections(xyxy=np.array([[0.1, 1, 2, 3]], np.float32), tracker_id=np.array([5]))
    with opened(JsonLinesConsumer(path)) as node:
        for message in (1, "zwölf\n", {"a": np.float32(0.1)}, float("nan"), np.arange(3), detections):
            node.consume(message)
    *others, found = lines(path)
    assert others == [1, "zwölf\n", {"a": 0.1}, None, [0, 1, 2]]
    assert found[0]["box"] == [0.1, 1.0, 2.0, 3.0]
    assert "zwölf" in path.read_text("utf-8")


def test_several_parents_are_a_list(tmp_path: Path) -> None:
    with opened(JsonLinesConsumer(tmp_path / "a.jsonl")) as node:
        node.consume(1, {"a": 2})
    assert lines(tmp_path / "a.jsonl") == [[1, {"a": 2}]]


def test_events_only(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with opened(JsonLinesConsumer(path, events_only=True)) as node:
        node.consume(LineCount(Line((0, 0), (1, 1)), 1, 1, events=(IN, OUT)))
        node.consume(LineCount(Line((0, 0), (1, 1)), 1, 1), "no event", [])
        node.consume(OUT, [IN])
    assert [line["kind"] for line in lines(path)] == ["line_in", "line_out", "line_out", "line_in"]
    assert lines(path)[0]["box"] == [1.0, 2.0, 3.0, 4.0]


def test_replaces_or_appends(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for run, append, expected in (("a", False, ["a"]), ("b", True, ["a", "b"]), ("c", False, ["c"])):
        with opened(JsonLinesConsumer(path, append=append), run) as node:
            node.consume(run)
        assert lines(path) == expected
    assert os.listdir(tmp_path) == ["a.jsonl"]


@pytest.mark.parametrize("append", [False, True])
def test_without_a_message_the_file_stays(tmp_path: Path, append: bool) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("1")
    with opened(JsonLinesConsumer(path, append=append)):
        pass
    assert path.read_text() == "1"
    assert os.listdir(tmp_path) == ["a.jsonl"]


def test_a_line_can_be_read_once_its_message_is_done(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with opened(JsonLinesConsumer(path)) as node:
        for i in range(3):
            node.consume(i)
            assert lines(path)[-1] == i


def test_or_once_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with opened(JsonLinesConsumer(path, flush_every=2)) as node:
        node.consume(0)
        assert path.read_text() == ""
        node.consume(1)
        assert lines(path) == [0, 1]


def test_a_frame_is_refused(tmp_path: Path) -> None:
    with (
        opened(JsonLinesConsumer(tmp_path / "a.jsonl", name="log")) as node,
        pytest.raises(TypeError, match=r"log writes JSON: .*\(480, 640, 3\).*VideofileWriter"),
    ):
        node.consume(np.zeros((480, 640, 3), np.uint8))


def test_arguments_that_are_none() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        JsonLinesConsumer("a", flush_every=0)
    with pytest.raises(TypeError, match="whole number"):
        JsonLinesConsumer("a", flush_every=0.5)  # type: ignore[arg-type]


def test_a_missing_folder(tmp_path: Path) -> None:
    node = JsonLinesConsumer(tmp_path / "absent" / "a.jsonl")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        node.open(Context("flow", "run", "lines"))
    node.close()


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("point", ["open", "process", "committed"])
def test_a_killed_consumer_leaves_nothing_out_and_nothing_twice(
    tmp_path: Path, append: bool, point: Any
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('"before"\n')
    for seed, at in enumerate((0,) if point == "open" else (5, 21)):
        source = Given([{"number": i} for i in range(24)])
        writer = JsonLinesConsumer(path, append=append, name="writer")(source)
        result = simulate(Flow([source], [writer], BATCH), [Kill("writer", at=at, point=point)], seed=seed)
        assert result.missed == ()
        written = lines(path)
        assert written[-24:] == [{"number": i} for i in range(24)]
        assert len(written) == 24 + append * (1 + 24 * seed)
    assert os.listdir(tmp_path) == ["a.jsonl"]
