"""Processes that die again and again: whose fault it is, and when it is enough."""

from __future__ import annotations

import pytest

from daskflow.ledger import STATE_LOST, TOO_LONG, TOO_OFTEN
from daskflow.ledger.losses import MINUTE_S
from tests.unit.ledger.play import Play

MANY = {"max_restarts": 100}


def lose(play: Play, task: str, *, in_hand: int | None = None, **more) -> str | None:
    """Lose a task, and let a new process come if the run goes on."""
    index = play.index(task)
    play.now += 1
    reason = play.ledger.lose(index, play.ledger.tasks[index].incarnation, play.now, in_hand=in_hand, **more)
    play.ledger.settle(play.now)
    if reason is None:
        play.register(task)
        play.exchange(task)
    return reason


def buried(play: Play) -> list[int]:
    """The numbers that were given up since the last call."""
    dead = play.ledger.take_dead()
    for each in dead:
        play.ledger.bury(each)
    return [each.number for each in dead]


class TestPoison:
    def test_the_third_death_ends_the_message(self) -> None:
        play = Play({"p": "", "a": "p", "b": "a"}, options={"a": MANY})
        play.emit("p", 2)
        for deaths in range(3):
            assert play.given("a") == [0]
            assert lose(play, "a", in_hand=0) is None
            assert buried(play) == ([0] if deaths == 2 else [])
        assert play.given("a") == [1]
        assert play.counts("a") == {"failed": 1}
        assert play.counts("b") == {"voided": 1}

    def test_only_the_one_in_hand_is_blamed(self) -> None:
        play = Play({"p": "", "a": "p"}, target=3, options={"a": MANY})
        play.emit("p", 3)
        for _ in range(3):
            play.given("a")
            assert lose(play, "a", in_hand=1) is None
        assert buried(play) == [1]
        assert play.given("a") == [0, 2]

    def test_nobody_is_blamed_for_a_death_between_two_calls(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": MANY})
        play.emit("p")
        for _ in range(5):
            assert lose(play, "a") is None
        assert buried(play) == []

    def test_siblings_share_the_blame(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2}, options={"a": MANY})
        play.emit("p")
        for task in ("a-0", "a-1", "a-0"):
            assert play.given("a-0") + play.given("a-1") == [0]
            assert lose(play, task, in_hand=0) is None
        assert buried(play) == [0]

    def test_a_producer_goes_on_behind_it(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {**MANY, "resumable": True}})
        play.emit("p", 2)
        for _ in range(3):
            assert lose(play, "p", in_hand=2) is None
        assert buried(play) == [2]
        play.emit("p")
        assert play.work("a") == [0, 1, 3]
        assert play.counts("a") == {"done": 3, "voided": 1}

    def test_its_slots_are_let_go_of_when_it_is_buried(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": MANY})
        play.emit("p", slots=(play.slot("p"),))
        for _ in range(3):
            lose(play, "a", in_hand=0)
        (dead,) = play.ledger.take_dead()
        assert play.ledger.slots_in_use == 1
        play.ledger.bury(dead)
        assert play.ledger.slots_in_use == 0

    def test_what_is_done_is_forgotten(self) -> None:
        play = Play({"p": "", "a": "p"}, target=4, options={"a": MANY})
        play.emit("p", 4)
        assert lose(play, "a", in_hand=0, several=True) is None
        node = play.ledger.tasks[play.index("a")].node
        assert set(node.deaths) == {0, 1, 2, 3}
        assert play.work("a") == [0, 1, 2, 3]
        assert not node.deaths


class TestLate:
    def late(self, **options) -> Play:
        play = Play({"p": "", "a": "p"}, options={"a": {**MANY, **options}})
        play.emit("p", 2)
        return play

    def test_by_default_it_fails_the_run(self) -> None:
        assert lose(self.late(), "a", in_hand=0, is_late=True) == TOO_LONG

    def test_it_is_tried_again_and_then_fails(self) -> None:
        play = self.late(retries=2)
        assert [lose(play, "a", in_hand=0, is_late=True) for _ in range(3)] == [None, None, TOO_LONG]

    def test_it_is_tried_again_and_then_skipped(self) -> None:
        play = self.late(retries=1, skips_errors=True)
        assert lose(play, "a", in_hand=0, is_late=True) is None
        assert buried(play) == []
        assert lose(play, "a", in_hand=0, is_late=True) is None
        assert buried(play) == [0]
        assert play.given("a") == [1]

    def test_it_is_kept_though_it_fails_the_run(self) -> None:
        play = self.late()
        assert lose(play, "a", in_hand=0, is_late=True) == TOO_LONG
        assert buried(play) == [0]
        assert play.counts("a") == {"failed": 1}

    def test_those_that_the_policy_deals_with_are_no_deaths(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": {"max_restarts": 0, "skips_errors": True}})
        play.emit("p", 3)
        for number in range(3):
            assert lose(play, "a", in_hand=number, is_late=True) is None
        assert buried(play) == [0, 1, 2]

    def test_lost_state_is_no_better_reason(self) -> None:
        play = Play({"p": "", "a": "p"}, stateful={"a"})
        play.emit("p")
        assert lose(play, "a", in_hand=0, is_late=True) == TOO_LONG


class TestOften:
    def test_one_more_than_allowed_in_a_minute(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": {"max_restarts": 2}})
        assert [lose(play, "a") for _ in range(3)] == [None, None, TOO_OFTEN]

    def test_an_older_death_does_not_count(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": {"max_restarts": 1}})
        assert lose(play, "a") is None
        play.now += MINUTE_S
        assert lose(play, "a") is None
        assert lose(play, "a") == TOO_OFTEN

    def test_tasks_count_for_themselves(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2}, options={"a": {"max_restarts": 1}})
        assert lose(play, "a-0") is None
        assert lose(play, "a-1") is None

    def test_a_producer_that_has_ended_and_dies_as_it_closes(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {"max_restarts": 1, "resumable": True}})
        play.end("p")
        assert [lose(play, "p") for _ in range(2)] == [None, TOO_OFTEN]

    def test_a_task_that_has_closed_may_lose_its_idle_worker(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {"max_restarts": 0}})
        play.end("p")
        play.close("p")
        assert play.ledger.note_stillbirth(play.index("p"), 5.0) is None

    def test_lost_state_is_the_better_reason(self) -> None:
        play = Play({"p": "", "a": "p"}, stateful={"a"}, options={"a": {"max_restarts": 0}})
        assert lose(play, "a") == STATE_LOST

    def test_a_process_that_never_came_counts(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"a": {"max_restarts": 1}})
        assert play.ledger.note_stillbirth(play.index("a"), 5.0) is None
        assert play.ledger.note_stillbirth(play.index("a"), 6.0) == TOO_OFTEN
        play.ledger.abort()
        assert play.ledger.note_stillbirth(play.index("a"), 7.0) is None


class TestLive:
    def test_a_gap_is_counted(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {"resumable": True, "is_live": True}})
        play.emit("p", 2)
        assert lose(play, "p") is None
        play.emit("p")
        assert play.work("a") == [0, 1, 2]
        assert play.ledger.counts(9.0).nodes[0].gaps == 1

    def test_not_after_its_end(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {"resumable": True, "is_live": True}})
        play.end("p")
        assert lose(play, "p") is None
        assert play.ledger.counts(9.0).nodes[0].gaps == 0


@pytest.mark.parametrize("is_read", [False, True])
def test_what_a_sink_had_finished_is_done_though_it_did_not_say_so(is_read: bool) -> None:
    play = Play({"p": "", "a": "p", **({"b": "a"} if is_read else {})}, target=4)
    play.emit("p", 4, slots=(play.slot("p"),))
    play.given("a")
    assert lose(play, "a", finished=1, in_hand=2) is None
    assert play.given("a") == ([0, 1, 2, 3] if is_read else [2, 3])


def test_a_resumed_producer_is_told_where_to_begin_and_given_room() -> None:
    play = Play({"p": "", "a": "p"}, capacity=2, inline_capacity=8, options={"p": {"resumable": True}})
    play.emit("p", 3)  # in no slot: more of them have room
    play.work("a")
    play.ledger.lose(play.index("p"), 0, 20.0)
    assert play.ledger.register(play.index("p"), 21.0).number == 3
    play.exchange("p")
    assert play.outbox("p").room > 3, "the new process does not know that its output is in no slot"
