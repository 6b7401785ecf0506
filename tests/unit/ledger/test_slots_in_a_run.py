"""When a slot comes back to its owner."""

from __future__ import annotations

import pytest

from daskflow.errors import StaleTaskError
from tests.unit.ledger.play import Play

CHAIN = {"p": "", "a": "p", "b": "a"}


def test_an_edge_a_lease_and_a_view_hold_a_slot_in_turn() -> None:
    play = Play({"p": "", "a": "p"})
    slot = play.slot("p")
    play.exchange("a", target=0)
    play.emit("p", slots=(slot,))
    assert play.ledger.holds_slot(slot)  # it waits
    play.exchange("a", target=1)
    play.exchange("a", released=[slot])
    assert play.ledger.holds_slot(slot)  # leased: if the task is killed, it is read again
    play.commit("a", 0)
    assert not play.ledger.holds_slot(slot)
    assert play.outbox("p").freed == [slot]


def test_a_view_holds_longer_than_the_lease() -> None:
    play = Play({"p": "", "a": "p"})
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.commit("a", 0)
    assert play.ledger.holds_slot(slot)
    play.exchange("a", released=[slot])
    assert play.outbox("p").freed == [slot]
    assert play.ledger.slots_in_use == 0


def test_all_readers_must_let_go() -> None:
    play = Play({"p": "", "a": "p", "b": "p"})
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.commit("a", 0, released=[slot])
    assert play.ledger.holds_slot(slot)
    play.commit("b", 0, released=[slot])
    assert not play.ledger.holds_slot(slot)


def test_a_parent_twice_is_two_views() -> None:
    play = Play({"p": "", "a": "p p"})
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.commit("a", 0, released=[slot])
    assert play.ledger.holds_slot(slot)
    play.exchange("a", released=[slot])
    assert not play.ledger.holds_slot(slot)


def test_a_forwarded_slot_lives_on_in_the_output() -> None:
    play = Play(CHAIN)
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.commit("a", 0, slots=(slot,), released=[slot])
    assert play.ledger.holds_slot(slot)
    assert play.outbox("p").freed == []
    play.commit("b", 0, released=[slot])
    assert play.outbox("p").freed == [slot]


def test_a_forwarded_slot_may_be_held_by_the_lease_alone() -> None:
    play = Play(CHAIN)
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.exchange("a", released=[slot])
    play.commit("a", 0, slots=(slot,))
    assert play.ledger.holds_slot(slot)
    assert play.outbox("p").freed == []


def test_a_slot_kept_from_an_earlier_input_is_forwarded_and_let_go_in_one_step() -> None:
    play = Play(CHAIN)
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.skip("a", 0)  # and keeps the array
    play.emit("p")
    play.commit("a", 1, slots=(slot,), released=[slot])
    assert play.ledger.holds_slot(slot)
    assert play.outbox("p").freed == []


def test_an_output_that_nobody_takes_is_freed_at_once() -> None:
    play = Play({"p": "", "q": "", "j": "p q"})
    play.end("q")
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    assert play.outbox("p").freed == [slot]


def test_freed_slots_do_not_wake_their_owner() -> None:
    play = Play({"p": "", "a": "p"})
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.told()
    assert play.given("a") == [0]
    play.commit("a", 0, released=[slot])
    assert play.told() == []
    assert play.outbox("p").freed == [slot]


def test_the_views_of_a_lost_task_end_and_its_leases_hold_on() -> None:
    play = Play({"p": "", "a": "p"}, target=2)
    kept, in_hand = play.slot("p", 0), play.slot("p", 1)
    play.emit("p", slots=(kept,))
    play.commit("a", 0)  # and looks on
    play.emit("p", slots=(in_hand,))
    assert play.lose("a")
    assert not play.ledger.holds_slot(kept)
    assert play.ledger.holds_slot(in_hand)
    assert play.outbox("p").freed == [kept]


def test_a_closed_task_looks_into_nothing() -> None:
    play = Play({"p": "", "a": "p"})
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.commit("a", 0)
    play.end("p")
    play.close("a")
    assert play.ledger.slots_in_use == 0


class TestOrphans:
    def test_a_slot_outlives_its_owner_until_it_is_read(self) -> None:
        play = Play(CHAIN)
        play.emit("p")
        slot = play.slot("a")
        play.commit("a", 0, slots=(slot,))
        assert play.lose("a")
        assert play.ledger.holds_slot(slot)
        assert play.ledger.take_orphans() == []
        play.commit("b", 0, released=[slot])
        assert play.ledger.take_orphans() == [slot]
        assert play.ledger.take_orphans() == []

    def test_a_new_process_does_not_get_the_slots_of_the_old(self) -> None:
        play = Play(CHAIN)
        play.emit("p")
        slot = play.slot("a")
        play.commit("a", 0, slots=(slot,))
        play.restart("a")
        play.commit("b", 0, released=[slot])
        assert play.outbox("a").freed == []
        assert play.ledger.take_orphans() == [slot]

    def test_a_freed_slot_that_its_owner_never_heard_of(self) -> None:
        play = Play(CHAIN)
        play.emit("p")
        slot = play.slot("a")
        play.commit("a", 0, slots=(slot,))
        play.commit("b", 0, released=[slot])
        assert play.outbox("a").freed == [slot]
        assert play.lose("a")
        assert play.ledger.take_orphans() == [slot]

    def test_the_owner_has_closed(self) -> None:
        play = Play({"p": "", "a": "p"})
        slot = play.slot("p")
        play.emit("p", slots=(slot,))
        play.end("p")
        play.close("p")
        play.commit("a", 0, released=[slot])
        assert play.ledger.take_orphans() == [slot]


def test_a_slot_that_was_let_go_of_cannot_be_sent() -> None:
    play = Play(CHAIN)
    slot = play.slot("p")
    play.emit("p", slots=(slot,))
    play.commit("a", 0, released=[slot])
    play.emit("p")
    with pytest.raises(StaleTaskError, match="had let go of"):
        play.commit("a", 1, slots=(slot,))
