from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daskflow.consumers import FileAppenderConsumer
from tests.unit.media import open_files


@contextmanager
def opened(node: FileAppenderConsumer) -> Iterator[FileAppenderConsumer]:
    node = pickle.loads(pickle.dumps(node))
    node.open()
    try:
        yield node
    finally:
        node.close()


def test_one_line_per_message(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with opened(FileAppenderConsumer(path)) as node:
        for item in (1, "zwölf", None, (1, 2)):
            node.consume(item)
    assert path.read_text("utf-8") == "1\nzwölf\nNone\n(1, 2)\n"


def test_several_parents(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with opened(FileAppenderConsumer(path)) as node:
        node.consume(1, "b")
    with opened(FileAppenderConsumer(path, sep="\t")) as node:
        node.consume(1, "b")
    with opened(FileAppenderConsumer(path, format="json")) as node:
        node.consume(1, "b")
    assert path.read_text() == '1 b\n1\tb\n[1, "b"]\n'


def test_appends_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("before\n")
    with opened(FileAppenderConsumer(path)) as node:
        node.consume("after")
    assert path.read_text() == "before\nafter\n"


def test_line_is_in_the_file_before_the_message_is_done(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with opened(FileAppenderConsumer(path)) as node:
        for i in range(3):
            node.consume(i)
            assert path.read_text().splitlines()[-1] == str(i)


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ({"a": [1, 2.5, None]}, {"a": [1, 2.5, None]}),
        ("two\nlines", "two\nlines"),
        (np.int64(3), 3),
        (np.array([[1.5, 2], [3, 4]]), [[1.5, 2.0], [3.0, 4.0]]),
        ({"n": np.float32(0.5), "flag": np.bool_(True)}, {"n": 0.5, "flag": True}),
    ],
)
def test_json(tmp_path: Path, item: Any, value: Any) -> None:
    path = tmp_path / "log.jsonl"
    with opened(FileAppenderConsumer(path, format="json")) as node:
        node.consume(item)
        node.consume("next")
    lines = path.read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [value, "next"]


def test_what_has_no_json_form(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with (
        opened(FileAppenderConsumer(path, format="json", name="log")) as node,
        pytest.raises(TypeError, match="log writes JSON, and a Fraction has no JSON form"),
    ):
        node.consume(Fraction(1, 2))
    assert path.read_text() == ""


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="format is one of text, json, got 'xml'"):
        FileAppenderConsumer(tmp_path / "log", format="xml")
    with pytest.raises(FileNotFoundError, match=f"there is no folder {tmp_path / 'absent'}"):
        FileAppenderConsumer(tmp_path / "absent" / "log").open()
    with pytest.raises(IsADirectoryError, match=f"{tmp_path} cannot be written: it is a folder"):
        FileAppenderConsumer(tmp_path).open()
    with pytest.raises(RuntimeError, match="log is not open"):
        FileAppenderConsumer(tmp_path / "log", name="log").consume(1)


def test_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.txt"
    path.touch()
    monkeypatch.setattr(os, "access", lambda place, mode: place != str(path))
    with pytest.raises(PermissionError, match=f"{path} cannot be written: this user has no permission"):
        FileAppenderConsumer(path).open()


def test_close_twice_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    node = FileAppenderConsumer(path, queue_size=3)
    node.close()
    node.open()
    assert str(path) in open_files()
    node.close()
    node.close()
    assert str(path) not in open_files()
    assert node.queue_size == 3


def test_relative_path_is_taken_at_construction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    node = FileAppenderConsumer("log.txt")
    monkeypatch.chdir("/")
    with opened(node) as copy:
        copy.consume(1)
    assert (tmp_path / "log.txt").read_text() == "1\n"
