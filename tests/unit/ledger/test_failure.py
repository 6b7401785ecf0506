"""Runs that fail, and runs that are ended at once."""

from __future__ import annotations

import pytest

from daskflow.errors import StaleTaskError
from tests.unit.ledger.play import Play

CHAIN = {"p": "", "a": "p", "b": "a"}


def test_a_failed_number_fails_the_run() -> None:
    play = Play(CHAIN)
    play.emit("p", 2)
    play.told()
    play.fail("a", 0, "broken")
    assert play.ledger.failure == "broken"
    assert play.ledger.is_aborting
    assert play.told() == ["a-0", "b-0", "p-0"]
    assert all(play.outbox(task).abort for task in "pab")
    assert play.counts("a") == {"failed": 1}
    assert play.counts("b") == {"voided": 1}


def test_the_first_failure_is_kept() -> None:
    play = Play(CHAIN)
    play.ledger.fail("first")
    play.ledger.fail("second")
    assert play.ledger.failure == "first"


def test_a_failure_after_an_abort_is_kept_too() -> None:
    play = Play(CHAIN)
    play.ledger.abort()
    assert play.ledger.failure is None
    play.ledger.fail("late")
    assert play.ledger.failure == "late"


def test_a_node_that_broke_outside_any_message_fails_the_run() -> None:
    play = Play(CHAIN)
    with pytest.raises(StaleTaskError):
        play.ledger.broken(play.index("a"), 7, "stale")
    assert not play.ledger.is_aborting
    play.ledger.broken(play.index("a"), 0, "open() raised")
    assert play.ledger.failure == "open() raised"
    assert play.ledger.is_aborting


def test_nothing_is_given_out_after_an_abort() -> None:
    play = Play(CHAIN, capacity=2)
    play.emit("p", 2)
    play.ledger.abort()
    assert play.given("a") == []  # what was under way to it is taken back
    play.commit("a", 0)
    assert play.given("a") == []
    assert play.given("b") == []
    assert play.outbox("p").room == 2


def test_it_is_over_when_all_have_closed() -> None:
    play = Play(CHAIN)
    play.emit("p")
    play.ledger.abort()
    play.close("p", "a")
    assert not play.ledger.is_over
    play.close("b")
    assert play.ledger.is_over
    assert play.ledger.slots_in_use == 0


def test_tasks_that_never_came_are_not_waited_for() -> None:
    play = Play(CHAIN, started=False)
    play.register("p")
    play.ledger.abort()
    assert not play.ledger.is_over
    play.close("p")
    assert play.ledger.is_over


def test_tasks_that_are_gone_are_not_waited_for() -> None:
    play = Play(CHAIN, stateful={"a"})
    assert not play.lose("a")
    play.ledger.fail("lost a")
    play.close("p", "b")
    assert play.ledger.is_over
    with pytest.raises(StaleTaskError):
        play.register("a")


def test_tasks_lost_after_an_abort_need_no_other() -> None:
    play = Play(CHAIN, stateful={"a"})
    play.ledger.abort()
    assert play.lose("a")
    assert play.lose("p")
    play.close("b")
    assert play.ledger.is_over


def test_a_process_still_opening_is_told() -> None:
    play = Play(CHAIN, started=False)
    for task in "pab":
        play.register(task)
    play.ledger.abort()
    assert play.told() == ["a-0", "b-0", "p-0"]
    assert play.outbox("a").abort
    play.exchange("a")
    play.close("p", "a", "b")
    assert play.ledger.is_over
