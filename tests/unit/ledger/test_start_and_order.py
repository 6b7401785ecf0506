"""The start barrier, who gets what next, and in which order."""

from __future__ import annotations

import pytest

from daskflow.errors import StaleTaskError
from tests.unit.ledger.play import Play, output

CHAIN = {"p": "", "a": "p", "b": "a"}


class TestStart:
    def test_no_room_and_no_lease_before_every_node_is_open(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2}, started=False)
        for task in ("p", "a-0", "a-1"):
            play.register(task)
        play.exchange("p")
        play.exchange("a-0")
        assert play.outbox("p").room == 0
        assert play.told() == []
        play.exchange("a-1")
        assert play.outbox("p").room == 8
        assert play.told() == ["p-0"]

    def test_registering_is_not_opening(self) -> None:
        play = Play({"p": "", "a": "p"}, started=False)
        play.register("p")
        play.register("a")
        play.exchange("p")
        assert play.outbox("p").room == 0

    def test_a_task_lost_before_the_start_must_open_again(self) -> None:
        play = Play({"p": "", "a": "p"}, started=False)
        for task in ("p", "a"):
            play.register(task)
        play.exchange("a")
        assert play.lose("a")
        play.exchange("p")
        assert play.outbox("p").room == 0
        assert play.register("a") == 1
        play.exchange("a")
        assert play.outbox("p").room == 8

    def test_an_emission_before_the_start_is_kept(self) -> None:
        play = Play({"p": "", "a": "p"}, started=False)
        play.register("p")
        play.register("a")
        play.emit("p")
        assert play.given("a") == []
        play.exchange("a")
        assert play.given("a") == [0]

    def test_a_run_without_messages_ends_once_it_has_started(self) -> None:
        play = Play({"p": "", "a": "p"}, started=False)
        for task in ("p", "a"):
            play.register(task)
        play.exchange("p")
        play.end("p")
        assert not play.has_ended("a")
        play.exchange("a")
        assert play.has_ended("a")
        assert play.has_ended("p")


class TestLeases:
    def test_a_task_holds_as_many_as_it_wants(self) -> None:
        play = Play({"p": "", "a": "p"}, target=2)
        play.emit("p", 4)
        assert play.given("a") == [0, 1]
        play.commit("a", 0)
        assert play.given("a") == [2]
        play.exchange("a", target=0)
        play.commit("a", 1, 2)
        assert play.given("a") == []
        play.exchange("a", target=5)
        assert play.given("a") == [3]

    def test_the_task_with_the_least_in_hand_comes_first(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2}, target=3)
        play.emit("p", 4)
        assert (play.given("a-0"), play.given("a-1")) == ([0, 2], [1, 3])

    def test_only_what_was_leased_can_be_committed(self) -> None:
        play = Play({"p": "", "a": "p"}, tasks={"a": 2})
        play.emit("p", 2)
        with pytest.raises(StaleTaskError, match="a-0 committed number 1, which it does not hold"):
            play.commit("a-0", 1)
        play.commit("a-0", 0)
        with pytest.raises(StaleTaskError, match="number 0"):
            play.commit("a-0", 0)

    def test_a_producer_numbers_in_order(self) -> None:
        play = Play({"p": "", "a": "p"})
        with pytest.raises(StaleTaskError, match="emitted number 1, expected 0"):
            play.exchange("p", [output(1)])
        play.emit("p")
        with pytest.raises(StaleTaskError, match="emitted number 0, expected 1"):
            play.exchange("p", [output(0)])

    def test_a_producer_that_has_ended_says_no_more(self) -> None:
        play = Play({"p": "", "a": "p"})
        play.end("p")
        with pytest.raises(StaleTaskError):
            play.emit("p")

    def test_who_is_told_is_told_once(self) -> None:
        play = Play(CHAIN)
        play.told()
        play.emit("p")
        assert play.told() == ["a-0"]
        assert play.told() == []
        assert play.given("a") == [0]
        play.commit("a", 0)
        assert play.told() == ["b-0"]


class TestOrder:
    def test_one_task_behind_replicas_waits_for_the_next_number(self) -> None:
        play = Play(CHAIN, tasks={"a": 3})
        play.emit("p", 3)
        play.commit("a-2", 2)
        play.commit("a-1", 1)
        assert play.given("b") == []
        play.commit("a-0", 0)
        assert play.work("b") == [0, 1, 2]

    def test_one_task_skips_what_will_not_come(self) -> None:
        play = Play(CHAIN, tasks={"a": 3})
        play.emit("p", 3)
        play.commit("a-2", 2)
        play.skip("a-0", 0)
        assert play.given("b") == []
        play.skip("a-1", 1)
        assert play.given("b") == [2]

    def test_replicas_behind_replicas_take_the_lowest_that_is_ready(self) -> None:
        play = Play(CHAIN, tasks={"a": 3, "b": 2})
        play.emit("p", 3)
        play.exchange("b-0", target=0)
        play.exchange("b-1", target=0)
        play.commit("a-2", 2)
        play.commit("a-1", 1)
        play.exchange("b-1", target=1)
        assert play.given("b-1") == [1]
        play.commit("a-0", 0)
        play.exchange("b-0", target=2)
        assert play.given("b-0") == [0, 2]

    def test_one_task_may_commit_in_any_order(self) -> None:
        play = Play(CHAIN, target=3)
        play.emit("p", 3)
        play.commit("a", 2, 0)
        assert play.given("b") == [0]
        play.commit("a", 1)
        assert play.given("b") == [1, 2]


def test_tasks_that_gather_are_filled_one_after_the_other_and_told_at_once():
    play = Play({"p": "", "a": "p"}, tasks={"a": 2}, options={"a": {"gathers": True}}, target=3)
    for number, task in enumerate(("a-0", "a-0", "a-0", "a-1")):
        play.emit("p")
        assert [lease.number for lease in play.outbox(task).leases] == [number]
        play.outbox(task).leases.clear()
    play.exchange("a-1", target=1)  # it has begun with what it has
    play.emit("p")
    assert play.outbox("a-1").leases == []
