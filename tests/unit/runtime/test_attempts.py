"""Calls that are made again."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from daskflow.core.node.policy import Policy
from daskflow.runtime.attempts import Attempts
from daskflow.transport.call_record import CallRecord, calls_of
from daskflow.transport.places import RunPlaces


def again() -> str:
    return "again"


class Fails:
    """Raises as often as it is told to, and looks at the record while it is called."""

    def __init__(self, places: RunPlaces, *errors: BaseException) -> None:
        self.places = places
        self.errors = list(errors)
        self.arguments: list[Any] = []

    def __call__(self, argument: Any) -> tuple[str, dict]:
        self.arguments.append(argument)
        assert calls_of(self.places, 0).in_hand == 7
        if self.errors:
            raise self.errors.pop(0)
        return "result", {}


@pytest.fixture
def places(tmp_path) -> RunPlaces:
    return RunPlaces(tmp_path, tmp_path)


def attempts(places: RunPlaces, retries: int) -> Attempts:
    return Attempts(Policy(retries=retries), CallRecord(places, 0, 0), logging.getLogger("node"))


def test_the_first_success_counts(places, caplog) -> None:
    call = Fails(places, ValueError("one"), ValueError("two"), KeyError("three"))
    assert attempts(places, 3).make(7, call, 0, again) == ("result", {})
    assert call.arguments == [0, "again", "again", "again"]
    assert calls_of(places, 0)[1:3] == (7, None)
    assert [record.message for record in caplog.records] == [
        "message 7 is tried again after ValueError('one'); more errors of this kind are not logged",
        "message 7 is tried again after KeyError('three'); more errors of this kind are not logged",
    ]


def test_the_last_error_is_raised(places) -> None:
    call = Fails(places, ValueError("one"), ValueError("two"), ValueError("three"))
    with pytest.raises(ValueError, match="two"):
        attempts(places, 1).make(7, call, 0, again)
    assert len(call.arguments) == 2
    assert calls_of(places, 0)[1:3] == (None, None)


def test_the_end_of_a_stream_is_no_error(places) -> None:
    call = Fails(places, StopIteration())
    with pytest.raises(StopIteration):
        attempts(places, 5).make(7, call, 7)
    assert call.arguments == [7]
    assert calls_of(places, 0).in_hand is None


def test_a_generator_that_has_raised_ends_with_its_error(places) -> None:
    with pytest.raises(ValueError, match="one"):
        attempts(places, 5).make(7, Fails(places, ValueError("one"), StopIteration()), 7)


def test_a_processor_has_no_end(places) -> None:
    assert attempts(places, 1).make(7, Fails(places, StopIteration()), 0, again) == ("result", {})


def test_a_password_in_an_error_is_not_logged(places, caplog) -> None:
    call = Fails(places, OSError("rtsp://user:secret@camera/1"))
    attempts(places, 1).make(7, call, 0, again)
    assert "secret" not in caplog.text
    assert "camera" in caplog.text


def test_an_exit_is_an_error_like_any_other(places) -> None:
    assert attempts(places, 1).make(7, Fails(places, SystemExit(2)), 0, again) == ("result", {})
