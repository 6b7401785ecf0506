"""A session against a ledger played by the test: what is said when, and what is coalesced."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

import pytest

from daskflow.ledger import FRESH, SUSPECT
from daskflow.runtime.meter import Meter
from daskflow.runtime.session import LOOK_EVERY, MOST_HELD, Session
from daskflow.transport import wire


def test_the_first_step_says_that_the_node_is_open(script, session):
    session.opened()
    assert script.steps == [[[], [], 1]]


def test_an_outcome_of_a_slow_task_goes_out_at_once_with_what_was_released(script, session):
    session.report(0, 0, None, 0.5, [])
    session._released.append(8)
    session.report(1, 0, None, 0.0, [])
    assert script.steps == [[[[0, 0, None, 0.5]], [], 1], [[[1, 0, None, 0.0]], [8], 1]]


class Result:
    """Lets go of a slot when it ends, as an array over one does."""

    def __init__(self, session: Session, slot: int) -> None:
        self._session, self._slot = session, slot

    def __del__(self) -> None:
        self._session._released.append(self._slot)


def test_the_slots_of_a_result_are_let_go_of_with_its_outcome_whoever_sends(script, session):
    session._send()  # what the courier may do at any time: nothing is said before its outcome is
    body = [b"frame", [[8, 0, 9]], [8]]
    session.report(0, 0, body, 0.0, [Result(session, 8)])
    assert script.steps == [[[[0, 0, body, 0.0]], [8], 1]]
    session.is_brisk = True
    session.report(1, 0, body, 0.0, [Result(session, 9)])  # held back, and its release with it
    assert len(script.steps) == 1
    session._send()
    assert script.steps[1] == [[[1, 0, body, 0.0]], [9], 1]


def test_what_only_a_device_still_reads_is_let_go_of_in_the_same_step_after_a_wait(script, session):
    held = [7]

    def settle() -> None:
        while held:
            session._released.append(held.pop())

    session.before_speaking = settle
    session.report(0, 0, None, 0.0, [])
    assert script.steps == [[[[0, 0, None, 0.0]], [7], 1]]
    held.append(8)
    session._send()  # as the courier may, in whose thread nobody waits for a device
    assert held == [8]
    script.tell(leases=[[1, []]], steps=1)
    assert session.next_lease() == [1, []]
    assert script.steps[1:] == [[[], [8], 1]]


def test_a_task_that_has_run_before_is_told_so(script):
    session = Session(script, 3, deque(), [].append, Meter(lambda: 0.0))
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
    script.tell(leases=[[0, []], [1, []]])
    assert session.next_lease() == [0, []]
    script.tell(flags=wire.ABORT)
    session.report(0, 0, None, 0.0, [])
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
    script.tell(room=4, flags=wire.STOP)
    session.report(2, 0, None, 0.0, [])
    assert not session.wait_for_room(3)


def test_the_last_outcomes_come_before_the_end_of_the_stream(script, session):
    session.opened()
    session.report(0, 0, None, 0.0, [])
    script.tell(flags=wire.ENDED, steps=2)
    session.end_stream()
    assert [frame[0] for frame in script.sent] == [wire.STEP, wire.STEP, wire.END]
    assert script.steps[1][0] == [[0, 0, None, 0.0]]


class TestBurst:
    """A brisk task with more in hand."""

    @pytest.fixture(autouse=True)
    def brisk(self, session):
        session.is_brisk = True

    def test_the_first_outcome_goes_at_once_and_the_next_wait_for_the_answer(self, script, session):
        for number in range(3):
            session.report(number, 0, None, 0.0, [])
        assert [[o[0] for o in step[0]] for step in script.steps] == [[0]]
        script.tell(steps=1)
        for number in range(3, 3 + LOOK_EVERY):
            session.report(number, 0, None, 0.0, [])
        assert [o[0] for o in script.steps[1][0]][:3] == [1, 2, 3]

    def test_nothing_is_held_back_when_the_task_has_to_wait(self, script, session):
        for number in range(2):
            session.report(number, 0, None, 0.0, [])
        script.tell(leases=[[2, []]])
        assert session.next_lease() == [2, []]
        assert [[o[0] for o in step[0]] for step in script.steps] == [[0], [1]]

    def test_only_so_many_are_held_back(self, script, session):
        for number in range(1 + MOST_HELD):
            session.report(number, 0, None, 0.0, [])
        assert [len(step[0]) for step in script.steps] == [1, MOST_HELD]

    def test_the_courier_sends_what_a_long_call_would_hold_up(self, script, session):
        arrived = threading.Event()
        send = script.send
        session.report(0, 0, None, 0.0, [])
        script.send = lambda frame: (send(frame), arrived.set())
        session._courier.is_awake = True
        session.report(1, 0, None, 0.0, [])  # and then the node's next call does not return
        assert arrived.wait(10)
        assert script.steps[1][0] == [[1, 0, None, 0.0]]
        session.goodbye()

    def test_a_farewell_comes_after_everything(self, script, session):
        for number in range(3):
            session.report(number, 0, None, 0.0, [])
        session.goodbye()
        assert [frame[0] for frame in script.sent] == [wire.STEP, wire.STEP, wire.BYE]


def test_room_depends_on_what_the_last_output_was(script, session):
    script.tell(room=2, inline_room=9)
    assert session.wait_for_room(1)
    session.report(1, 0, b"small", 0.0, [])
    assert session.wait_for_room(8)
    session.report(2, 0, [b"frame", [[5, 0, 9]], [5]], 0.0, [])
    script.tell(room=3, inline_room=9, flags=wire.STOP)
    assert not session.wait_for_room(2)


def test_a_release_wakes_a_waiting_task_alone(script, session):
    woken = []
    script.wake = lambda: woken.append(True)
    session.note_release()
    assert not woken
    script.tell(leases=[[0, []]])
    receive = script.receive
    script.receive = lambda block, **_: (session.note_release(), receive(block=block))[1]
    assert session.next_lease() == [0, []]
    assert woken


def leases(*numbers: int, kind: int = FRESH) -> list[Any]:
    return [[number, [], kind] for number in numbers]


def test_several_leases_are_gathered_up_to_the_batch(script, session):
    script.tell(leases=leases(0, 1, 2))
    script.tell(leases=leases(3, 4))
    assert session.next_leases(4, wait_s=1.0) == leases(0, 1, 2, 3)
    assert session.next_leases(4, wait_s=0.0) == leases(4)
    assert script.clock.now == 0.0


def test_a_batch_waits_for_more_no_longer_than_it_may(script, session):
    script.tell(leases=leases(0))
    script.coming.append(None)  # a wake-up, which is nothing to work on
    session.wanted = 4
    assert session.next_leases(4, wait_s=0.25) == leases(0)
    assert script.clock.now == 0.25
    assert script.steps == [[[], [], 1]]  # what comes during the call is for another task
    assert session.wanted == 4


def test_without_a_wait_a_batch_is_what_has_come(script, session):
    script.tell(leases=leases(0))
    script.tell(leases=leases(1, 2))
    script.tell(leases=leases(3))
    assert session.next_leases(4, wait_s=0.0) == leases(0, 1, 2)


def test_a_suspect_is_alone(script, session):
    script.tell(leases=leases(0, 1) + leases(2, kind=SUSPECT) + leases(3))
    assert session.next_leases(4, wait_s=1.0) == leases(0, 1)
    assert session.next_leases(4, wait_s=1.0) == leases(2, kind=SUSPECT)
    assert session.next_leases(4, wait_s=0.0) == leases(3)


def test_no_batch_begins_after_the_end_nor_waits_for_it(script, session):
    script.tell(leases=leases(0), flags=wire.ENDED)
    assert session.next_leases(4, wait_s=1.0) == leases(0)
    assert session.next_leases(4, wait_s=1.0) == []
    assert script.clock.now == 0.0


def test_a_batch_is_given_up_with_the_run(script, session):
    script.tell(leases=leases(0))
    script.tell(flags=wire.ABORT)
    assert session.next_leases(4, wait_s=1.0) == []


def in_slots(number, *slots):
    return [number, [[b"", [], list(slots)]], FRESH]


def test_who_cannot_get_at_an_input_gives_back_all_that_it_holds(script, session):
    script.tell(leases=[in_slots(0, 7), in_slots(1, 8)])
    assert session.next_lease()[0] == 0
    session.lost_input(0, [7])
    assert script.sent == [[wire.LOST, 0, [7]]]
    assert session.is_back_at_start
    script.tell(leases=[in_slots(2, 9)])  # it was on its way
    script.tell(leases=[in_slots(0, 17), in_slots(1, 8)], flags=wire.ANEW)
    assert session.next_lease()[0] == 0
    assert not session.is_back_at_start
    assert session.next_lease()[0] == 1
    assert [slot for step in script.steps for slot in step[1]] == [8, 9]  # nobody had looked into them


def test_what_was_finished_before_is_said_before(script, session):
    session.is_brisk = True
    session.report(0, 0, None, 0.0, [])
    session.report(1, 0, None, 0.0, [])
    session.lost_input(2, [7])
    assert [frame[0] for frame in script.sent] == [wire.STEP, wire.STEP, wire.LOST]


RECORD = [wire.RECORD, "said"]


def test_a_record_is_told_between_hello_and_farewell(script):
    session = Session(script, 3, deque(), [].append, Meter(script.clock.now_s), script.clock)
    assert not session.tell(RECORD)
    script.coming.append([wire.WELCOME, 0, 0, None])
    session.begin(pid=99)
    assert session.tell(RECORD)
    session.goodbye()
    assert not session.tell(RECORD)
    assert [frame[0] for frame in script.sent] == [wire.HELLO, wire.RECORD, wire.BYE]


class Logs:
    """Says something when it ends."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __del__(self) -> None:
        self._session.tell(RECORD)


def test_a_result_that_logs_at_its_end_does_not_hang_the_task(script, session):
    session.report(0, 0, None, 0.0, [Logs(session)])
    assert script.sent == [RECORD, [wire.STEP, [[0, 0, None, 0.0]], [], 1]]


def test_what_is_logged_in_the_middle_of_a_frame_goes_after_it(script, session):
    def send(frame: list[Any]) -> None:
        if frame[0] == wire.STEP:
            session.tell(RECORD)
        script.sent.append(frame)

    script.send = send
    session.opened()
    assert script.sent == [[wire.STEP, [], [], 1], RECORD]


def test_without_a_ledger_nothing_is_told(script, session):
    def send(frame: list[Any]) -> None:
        raise BrokenPipeError

    script.send = send
    assert not session.tell(RECORD)
