"""A session against a ledger played by the test: what is said when, and what is coalesced."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from daskflow.runtime.session import Session
from daskflow.transport import wire


class Script:
    """A carrier whose other side is the test: frames to give, frames that were sent."""

    def __init__(self) -> None:
        self.coming: deque[Any] = deque()
        self.sent: list[Any] = []

    def send(self, frame: list[Any]) -> None:
        self.sent.append(frame)

    def receive(self, *, block: bool) -> list[Any] | None:
        if self.coming:
            return self.coming.popleft()
        assert not block, "the session waits for a frame that never comes"
        return None

    def wake(self) -> None:
        raise AssertionError

    def close(self) -> None:
        raise AssertionError

    def tell(self, leases=(), room=0, freed=(), flags=0, steps=0) -> None:
        self.coming.append([wire.TOLD, list(leases), room, list(freed), flags, steps])

    @property
    def steps(self) -> list[Any]:
        return [frame[1:] for frame in self.sent if frame[0] == wire.STEP]


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def session(script):
    recycled: list[int] = []
    session = Session(script, 3, deque(), recycled.append)
    session.recycled = recycled
    script.coming.append([wire.WELCOME, 2])
    assert session.begin(pid=99) == 2
    assert script.sent == [[wire.HELLO, 3, 99]]
    script.sent.clear()
    return session


def test_the_first_step_says_that_the_node_is_open(script, session):
    session.opened()
    assert script.steps == [[[], [], 1]]


def test_each_outcome_goes_out_at_once_with_what_was_released(script, session):
    session.report(0, 0, None, 0.5)
    session._released.append(8)
    session.report(1, 0, None, 0.0)
    assert script.steps == [[[[0, 0, None, 0.5]], [], 1], [[[1, 0, None, 0.0]], [8], 1]]


def test_a_task_that_has_run_before_is_told_so(script):
    session = Session(script, 3, deque(), [].append)
    script.coming.append([wire.REFUSED, "has closed"])
    assert session.begin(pid=99) is None


def test_leases_come_one_by_one_in_order(script, session):
    script.tell(leases=[[0, ["a"]], [1, ["b"]]], freed=[7])
    assert session.next_lease() == [0, ["a"]]
    assert session.next_lease() == [1, ["b"]]
    assert session.recycled == [7]


def test_what_was_released_is_said_before_waiting(script, session):
    session.opened()
    script.tell(steps=1)
    session._released.extend([5, 6])
    script.tell(leases=[[0, []]])
    script.coming.insert(1, None)  # a wake-up, as the reader gives when an array dies
    assert session.next_lease() == [0, []]
    assert script.steps[-1] == [[], [5, 6], 1]


def test_the_end_and_an_abort_end_the_leases(script, session):
    script.tell(flags=wire.ENDED)
    assert session.next_lease() is None
    assert not session.is_aborted


def test_an_abort_leaves_leases_unworked(script, session):
    script.tell(leases=[[0, []]])
    script.tell(flags=wire.ABORT)
    session._listen()
    assert session.next_lease() is None


def test_a_refused_incarnation_is_over(script, session):
    script.coming.append([wire.REFUSED, "given up"])
    assert session.next_lease() is None
    assert session.is_aborted


def test_a_producer_waits_for_room_and_hears_of_a_stop(script, session):
    script.tell(room=2)
    assert session.wait_for_room(1)
    script.tell(room=3)
    assert session.wait_for_room(2)
    script.tell(room=3, flags=wire.STOP)
    assert not session.wait_for_room(2)


def test_the_last_outcomes_come_before_the_end_of_the_stream(script, session):
    session.opened()
    session.report(0, 0, None, 0.0)
    script.tell(flags=wire.ENDED, steps=3)
    session.end_stream()
    assert [frame[0] for frame in script.sent] == [wire.STEP, wire.STEP, wire.STEP, wire.END]
    assert script.steps[1][0] == [[0, 0, None, 0.0]]
