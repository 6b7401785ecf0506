"""Tasks that are killed, and what comes back."""

from __future__ import annotations

import pytest

from daskflow.errors import StaleTaskError
from tests.unit.ledger.play import Play

CHAIN = {"p": "", "a": "p", "b": "a"}


class TestLeases:
    def test_they_go_back_in_order(self) -> None:
        play = Play({"p": "", "a": "p"}, target=3)
        play.emit("p", 4)
        assert play.given("a") == [0, 1, 2]
        play.commit("a", 1)
        assert play.given("a") == [3]
        play.restart("a")
        assert play.given("a") == [0, 2, 3]

    def test_a_sibling_takes_them_before_what_came_later(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2})
        play.emit("p", 3)
        assert (play.given("a-0"), play.given("a-1")) == ([0], [1])
        assert play.lose("a-0")
        play.commit("a-1", 1)
        assert play.given("a-1") == [0]

    def test_they_come_with_the_same_inputs(self) -> None:
        play = Play({"p": "", "q": "", "j": "p q"})
        play.emit("p")
        play.emit("q")
        before = play.inputs("j")
        play.restart("j")
        assert play.inputs("j") == before == [(0, ["p:0", "q:0"])]

    def test_undelivered_ones_go_back_too(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p")
        assert play.lose("a")
        assert play.outbox("a").leases == []
        assert play.waiting("a") == [1]

    def test_what_was_committed_is_not_done_again(self) -> None:
        play = Play(CHAIN)
        play.emit("p", 2)
        play.commit("a", 0)
        play.outbox("a").leases.clear()
        play.restart("a")
        assert play.given("a") == [1]
        assert play.counts("a") == {"done": 1}

    def test_a_returned_message_may_be_dropped(self) -> None:
        play = Play({"p": "", "a": "p"}, capacity=1, lossy={"p>a"})
        play.emit("p", 2)
        assert play.lose("a")
        assert play.waiting("a") == [2]  # one more than fits, until the next comes
        play.emit("p")
        assert play.counts("a")["dropped"] >= 1
        play.register("a")
        play.exchange("a")
        assert 0 not in play.given("a")


class TestStale:
    def test_an_earlier_incarnation_is_refused_by_name(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p")
        play.restart("a")
        with pytest.raises(StaleTaskError, match="incarnation 0 of task a-0 was given up"):
            play.exchange("a", incarnation=0)
        play.commit("a", 0)

    def test_a_lost_one_is_refused_though_no_other_has_come(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p")
        assert play.lose("a")
        with pytest.raises(StaleTaskError):
            play.exchange("a")
        with pytest.raises(StaleTaskError):
            play.commit("a", 0)
        with pytest.raises(StaleTaskError):
            play.close("a")
        assert play.given("a") == []

    def test_a_lost_producer_cannot_go_on(self) -> None:
        play = Play({"p": "", "a": "p"})
        assert not play.lose("p")
        with pytest.raises(StaleTaskError):
            play.emit("p")
        with pytest.raises(StaleTaskError):
            play.end("p")

    def test_one_that_never_registered_is_refused(self) -> None:
        play = Play({"p": "", "a": "p"}, started=False)
        with pytest.raises(StaleTaskError):
            play.exchange("a", incarnation=-1)

    def test_a_closed_one_says_no_more_and_is_not_run_again(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.end("p")
        play.close("a")
        with pytest.raises(StaleTaskError):
            play.exchange("a")
        with pytest.raises(StaleTaskError, match="a-0 has closed: it is not run again"):
            play.register("a")
        assert play.lose("a")

    def test_losing_an_earlier_incarnation_again_changes_nothing(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p")
        play.restart("a")
        assert play.ledger.lose(play.index("a"), 0, 50.0) is None
        play.commit("a", 0)
        assert play.counts("a") == {"done": 1}


class TestRegister:
    def test_it_gives_up_what_came_before(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2})
        play.emit("p")
        assert play.register("a-0") == 1
        assert play.given("a-1") == [0]

    def test_nothing_is_leased_to_it_before_it_is_open(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p")
        assert play.lose("a")
        play.register("a")
        play.emit("p")
        assert play.given("a") == []
        play.exchange("a")
        assert play.given("a") == [0]

    def test_a_late_one_is_told_at_once_that_its_node_has_ended(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2})
        play.emit("p")
        assert play.lose("a-1")
        play.commit("a-0", 0)
        play.end("p")
        play.close("p", "a-0")
        assert not play.ledger.is_over
        play.register("a-1")
        assert play.has_ended("a-1")
        play.exchange("a-1")
        play.close("a-1")
        assert play.ledger.is_over

    def test_a_node_without_tasks_keeps_its_messages(self) -> None:
        play = Play(CHAIN, capacity=2)
        assert play.lose("a")
        play.emit("p", 2)
        assert play.waiting("a") == [2]
        play.register("a")
        play.exchange("a")
        assert play.work("a") == [0, 1]


class TestPoison:
    def test_a_message_that_kills_three_processes_is_given_up(self) -> None:
        play = Play({"p": "", "a": "p"}, target=2)
        play.emit("p", 2)
        for _ in range(3):
            assert not play.counts("a")
            play.restart("a", in_hand=0)
        assert play.counts("a") == {"failed": 1}
        assert [dead.number for dead in play.ledger.take_dead()] == [0]
        assert play.given("a") == [1]

    def test_so_is_one_of_a_producer(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {"resumable": True}})
        play.emit("p")
        for _ in range(3):
            assert play.counts("p") == {"done": 1}
            play.restart("p", in_hand=1)
        assert play.counts("p") == {"done": 1, "failed": 1}
        play.emit("p")
        assert play.work("a") == [0, 2]

    def test_a_death_counts_although_the_messages_before_it_were_never_told(self) -> None:
        play = Play({"p": "", "a": "p"}, options={"p": {"resumable": True, "max_restarts": 9}})
        play.restart("p", in_hand=2)
        play.restart("p", in_hand=2)
        play.restart("p", in_hand=2)
        assert play.counts("p") == {}  # what comes before is to be made again first
        play.emit("p", 2)
        play.restart("p", in_hand=2)
        assert play.counts("p") == {"done": 2, "failed": 1}


class TestState:
    def test_a_stateful_task_cannot_be_replaced(self) -> None:
        play = Play({"p": "", "a": "p"}, stateful={"a"})
        assert not play.lose("a")

    def test_unless_its_node_was_not_open_yet(self) -> None:
        play = Play({"p": "", "a": "p"}, stateful={"a"}, started=False)
        play.register("a")
        play.register("p")
        assert play.lose("a")
        assert play.lose("p")

    def test_nor_a_producer_before_its_end(self) -> None:
        play = Play({"p": "", "a": "p"})
        assert not play.lose("p")

    def test_a_finished_producer_may_go(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.emit("p", 2)
        play.end("p")
        assert play.lose("p")
        play.register("p")
        assert play.has_ended("p")
        play.exchange("p")
        play.end("p")
        play.close("p")
        assert play.work("a") == [0, 1]
        play.close("a")
        assert play.ledger.is_over

    def test_a_stateful_task_must_live_until_it_has_closed(self) -> None:
        play = Play({"p": "", "a": "p"}, stateful={"a"})
        play.end("p")
        assert play.has_ended("a")
        assert not play.lose("a")  # it may have been writing the end of its file
