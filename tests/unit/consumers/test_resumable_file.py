from __future__ import annotations

import os
from pathlib import Path

import pytest

from daskflow.consumers.resumable import ResumableFile


def test_nothing_is_touched_before_the_first_piece(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"before")
    file = ResumableFile(str(path))
    assert path.read_bytes() == b"before"
    file.finish()
    assert path.read_bytes() == b""


def test_what_came_after_the_mark_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = ResumableFile(f"{path}.part", final=str(path), head=b"head\n")
    file.write(b"1\n")
    mark = file.mark()
    file.write(b"2\n")
    file.flush()
    successor = ResumableFile(f"{path}.part", final=str(path), head=b"head\n")
    successor.resume(mark)
    successor.write(b"3\n")
    successor.finish()
    assert path.read_bytes() == b"head\n1\n3\n"
    assert os.listdir(tmp_path) == ["a"]


def test_a_finished_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = ResumableFile(f"{path}.part", final=str(path))
    file.write(b"1\n")
    mark = file.mark()
    file.write(b"2\n")
    file.finish()
    successor = ResumableFile(f"{path}.part", final=str(path))
    successor.resume(mark)
    successor.write(b"2\n")
    assert successor.mark() == mark
    successor.finish()
    assert path.read_bytes() == b"1\n2\n"


def test_another_file_in_its_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = ResumableFile(str(path))
    file.write(b"1\n")
    mark = file.mark()
    path.write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="no longer what a killed process wrote"):
        ResumableFile(str(path)).resume(mark)


def test_a_process_of_the_same_run_appends_where_the_run_began(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old, and not finished")
    killed = ResumableFile(str(path), keep_as="run-1")
    killed.write(b"1\n2\n3")
    killed.flush()
    successor = ResumableFile(str(path), keep_as="run-1")
    successor.write(b"1\n")
    successor.finish()
    assert path.read_bytes() == b"old, and not finished\n1\n"
    another_run = ResumableFile(str(path), keep_as="run-2")
    another_run.write(b"2\n")
    another_run.finish()
    assert path.read_bytes() == b"old, and not finished\n1\n2\n"
    assert os.listdir(tmp_path) == ["a"]


def test_a_note_of_a_run_that_was_killed_is_not_believed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a"
    dead = ResumableFile(str(path), keep_as="run-1")
    dead.write(b"1\n")
    dead.flush()
    file = ResumableFile(str(path), keep_as="run-2")
    file.write(b"2\n")
    file.finish()
    assert path.read_bytes() == b"1\n2\n"


class FullDisk:
    """Takes so many bytes, half of a write if need be, and then no more."""

    def __init__(self, file, room):
        self._file = file
        self.room = room

    def write(self, data):
        if not self.room:
            raise OSError(28, "No space left on device")
        written = self._file.write(bytes(data)[: self.room])
        self.room -= written
        return written

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_a_piece_is_in_the_file_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = ResumableFile(str(path))
    file.write(b"first\n")
    file.flush()
    disk = file._file = FullDisk(file._file, room=3)
    file.write(b"waits\n")
    with pytest.raises(OSError, match="No space left"):
        file.write(b"x" * 70_000)
    assert path.read_bytes() == b"first\n"
    disk.room = 1_000_000
    file.write(b"again\n")
    file.finish()
    assert path.read_bytes() == b"first\nwaits\nagain\n"
