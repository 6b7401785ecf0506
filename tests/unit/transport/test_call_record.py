"""What others see of the calls of a task."""

from __future__ import annotations

import errno
import os

from daskflow.transport.call_record import CallRecord, Calls, calls_of
from daskflow.transport.places import RunPlaces


def test_a_call_begins_and_returns_or_raises(tmp_path) -> None:
    places = RunPlaces(tmp_path, tmp_path)
    assert calls_of(places, 3) is None
    record = CallRecord(places, 3, 2)
    assert calls_of(places, 3) == Calls(2, None, None, 0.0)
    record.begin(0)
    calls = calls_of(places, 3)
    assert (calls.finished, calls.in_hand) == (None, 0)
    assert calls.since_s > 0
    record.finish(0)
    assert calls_of(places, 3) == Calls(2, 0, None, 0.0)
    record.begin(5)
    assert calls_of(places, 3)[1:3] == (0, 5)
    record.end()
    assert calls_of(places, 3) == Calls(2, 0, None, 0.0)
    CallRecord(places, 3, 3)
    assert calls_of(places, 3) == Calls(3, None, None, 0.0)


def test_a_call_is_of_a_part_of_a_chain(tmp_path) -> None:
    places = RunPlaces(tmp_path, tmp_path)
    record = CallRecord(places, 3, 0)
    record.enter(2)
    record.begin(7)
    assert (calls_of(places, 3).in_hand, calls_of(places, 3).part) == (7, 2)
    CallRecord(places, 3, 1).begin(7)
    assert calls_of(places, 3).part == 0


def test_a_call_for_several_says_which_is_the_first(tmp_path) -> None:
    places = RunPlaces(tmp_path, tmp_path)
    record = CallRecord(places, 3, 0)
    for first in (0, 7):
        record.begin_several(first)
        calls = calls_of(places, 3)
        assert (calls.finished, calls.in_hand, calls.several) == (None, first, True)
    record.end()
    assert calls_of(places, 3) == Calls(0, None, None, 0.0)


def test_a_file_in_the_making_says_nothing(tmp_path) -> None:
    (tmp_path / "call-0").touch()
    assert calls_of(RunPlaces(tmp_path, tmp_path), 0) is None


def test_it_is_for_its_user_alone(tmp_path) -> None:
    CallRecord(RunPlaces(tmp_path, tmp_path), 0, 0)
    assert (tmp_path / "call-0").stat().st_mode & 0o777 == 0o600


def test_with_no_room_in_memory_it_is_on_disk(tmp_path, monkeypatch) -> None:
    places = RunPlaces(tmp_path / "memory", tmp_path / "disk")
    places.create()
    real = os.posix_fallocate

    def allocate(fd: int, *rest: int) -> None:
        if "/memory/" in os.readlink(f"/proc/self/fd/{fd}"):
            raise OSError(errno.ENOSPC, "no space")
        real(fd, *rest)

    monkeypatch.setattr(os, "posix_fallocate", allocate)
    for incarnation in range(2):
        CallRecord(places, 0, incarnation).begin(4)
        assert calls_of(places, 0)[:3] == (incarnation, None, 4)
    assert [path.name for path in tmp_path.glob("*/call-0")] == ["call-0"]
