"""Pictures of a task's inputs: made when they are asked for, and never at the cost of the run."""

from __future__ import annotations

import builtins
import sys
import threading
from typing import Any

import numpy as np
import pytest

from daskflow.processors.vision import thumbnail
from daskflow.runtime import previews
from daskflow.runtime.previews import SWITCHED_OFF, Previews
from daskflow.transport import wire
from daskflow.transport.checking import check_frame

FRAME = np.zeros((60, 80, 3), np.uint8)


@pytest.fixture
def said() -> list[list[Any]]:
    return []


@pytest.fixture(autouse=True)
def maker(monkeypatch: pytest.MonkeyPatch) -> previews._Maker:
    """As in a process in which nobody has looked yet."""
    maker = previews._Maker()
    monkeypatch.setattr(previews, "_maker", maker)
    return maker


def asked(said: list[list[Any]], *arguments: int, is_allowed: bool = True) -> Previews:
    """Somebody has asked, and what is needed was loaded."""
    shown = Previews(is_allowed, said.append)
    for argument in arguments:
        shown.ask(argument)
    if previews._maker._thread is not None:
        previews._maker._thread.join()
    return shown


def test_one_question_gives_one_picture_of_the_next_message(said) -> None:
    shown = asked(said, 1, 1, 0)
    shown.show(5, [(FRAME, {}), (FRAME[:30], {})])
    assert shown.asked == []
    for frame in said:
        check_frame(frame)
    assert [[*frame[:3], *frame[4:]] for frame in said] == [
        [wire.PICTURE, 1, 5, 80, 30],
        [wire.PICTURE, 0, 5, 80, 60],
    ]
    assert all(frame[3].startswith(b"\xff\xd8") for frame in said)


def test_what_it_needs_is_loaded_beside_the_task(said, monkeypatch) -> None:
    may_go_on = threading.Event()
    monkeypatch.setattr(thumbnail, "warm_up", may_go_on.wait)
    shown = Previews(True, said.append)
    shown.ask(0)
    shown.ask(0)
    shown.show(0, [(FRAME, {})])
    assert said == []
    may_go_on.set()
    previews._maker._thread.join()
    shown.show(1, [(FRAME, {})])
    assert [frame[2] for frame in said] == [1]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("text", "the message is no picture, but a str"),
        (np.zeros((3, 8, 8), np.float32), "no picture, but an array of float32 and shape (3, 8, 8)"),
    ],
)
def test_what_is_no_picture_is_said_to_be_none(said, value: Any, reason: str) -> None:
    asked(said, 0).show(3, [(value, {})])
    ((_, _, number, words, *size),) = said
    check_frame(said[0])
    assert reason in words
    assert (number, size) == (3, [0, 0])


def test_errors_are_reasons_without_secrets_and_an_end(said, monkeypatch) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("rtsp://user:password@host " + "x" * 5000)

    shown = asked(said, 0, 7)
    monkeypatch.setattr(previews._maker, "_thumbnail", fail)
    shown.show(3, [(FRAME, {})])
    for frame in said:
        check_frame(frame)
    assert said[0][3].startswith("ValueError: rtsp://user:***@host x")
    assert said[1][3].startswith("IndexError")


def test_without_opencv_it_says_so(said, monkeypatch) -> None:
    original = builtins.__import__

    def import_or_not(name: str, *rest: Any) -> Any:
        if name.endswith("thumbnail"):
            raise ImportError("No module named 'cv2'")
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", import_or_not)
    asked(said, 0).show(3, [(FRAME, {})])
    assert (
        said[0][3] == "OpenCV, which makes the pictures, cannot be used in this worker: No module named 'cv2'"
    )


def test_where_it_is_switched_off_nothing_is_loaded_or_made(said, maker) -> None:
    asked(said, 0, is_allowed=False).show(3, [(FRAME, {})])
    assert said == [[wire.PICTURE, 0, 3, SWITCHED_OFF, 0, 0]]
    assert maker._thread is None


def test_nothing_of_the_message_is_held(said) -> None:
    shown = asked(said, 0)
    picture = np.zeros((600, 800, 3), np.uint8)
    count = sys.getrefcount(picture)
    shown.show(3, [(picture, {})])
    assert sys.getrefcount(picture) == count
