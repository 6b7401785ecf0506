"""What a task tells of what it logs: masked, cut, and not too much."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from daskflow.core.context import Context
from daskflow.runtime.clock import Clock
from daskflow.runtime.recorder import MOST_PER_S, Recorder
from daskflow.transport import wire
from daskflow.transport.checking import check_frame
from daskflow.transport.records import MOST_TEXT, MOST_TRACEBACK


class Told:
    """A recorder, its time, and the frames that it told."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.now_s = 100.0
        ctx = Context("flow", "run", "net", "net-0", sequence_number=7)
        ctx.logger = ctx.logger.getChild("net")
        self.recorder = Recorder(self._tell, ctx, Clock(lambda: self.now_s, lambda: 1e9))

    def _tell(self, frame: list[Any]) -> bool:
        check_frame(frame)
        self.frames.append(frame)
        return True


@pytest.fixture
def told() -> Told:
    return Told()


def test_what_it_tells(told: Told) -> None:
    assert told.recorder.tell(30, "words", lambda: "trace", number=7, path="a.py", line=3)
    assert told.frames == [
        [wire.RECORD, 1e9, 30, "daskflow.net", 7, "words", "trace", False, "a.py", 3],
    ]


def test_secrets_are_masked_and_nothing_is_too_long_or_half_a_character(told: Told) -> None:
    address = "rtsp://me:geheim@camera/1"
    told.recorder.tell(40, address, lambda: f"at {address}")
    told.recorder.tell(40, "x" * 10**6, lambda: "y" * 10**6, path="\udc80")
    first, second = told.frames
    assert "geheim" not in str(first)
    assert "me:***@camera" in first[5]
    assert "me:***@camera" in first[6]
    assert (len(second[5]), len(second[6]), second[8]) == (MOST_TEXT, MOST_TRACEBACK, "?")
    assert "characters are left out" in second[5]


def test_what_is_too_much_in_a_second_is_counted_and_said(told: Told) -> None:
    made = []
    for i in range(MOST_PER_S + 5):
        assert told.recorder.tell(30, str(i), lambda: made.append(1) or "")
    assert len(told.frames) == len(made) == MOST_PER_S  # no traceback is made of what is left out
    told.recorder.tell(30, "given up", is_dead_letter=True)
    assert told.frames.pop()[5] == "given up"
    told.now_s += 1.0
    told.recorder.tell(30, "next")
    assert [frame[5] for frame in told.frames[MOST_PER_S:]] == [
        f"records left out, since there were more than {MOST_PER_S} in a second: 5",
        "next",
    ]


def test_what_was_left_out_at_last_is_said_at_the_end(told: Told) -> None:
    for i in range(MOST_PER_S + 1):
        told.recorder.tell(30, str(i))
    told.recorder.close()
    told.recorder.close()
    assert [frame[5] for frame in told.frames[MOST_PER_S:]] == [
        f"records left out, since there were more than {MOST_PER_S} in a second: 1"
    ]


def test_a_thread_of_the_nodes_has_no_message_in_hand(told: Told) -> None:
    numbers = [told.recorder.number_in_hand]
    thread = threading.Thread(target=lambda: numbers.append(told.recorder.number_in_hand))
    thread.start()
    thread.join()
    assert numbers == [7, None]
