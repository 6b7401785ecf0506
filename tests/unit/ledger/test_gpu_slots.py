"""Results in GPU memory: they go with the process that made them."""

from __future__ import annotations

import pytest

from daskflow.ledger.slots import is_on_gpu, slot_number, slot_owner
from tests.unit.ledger.play import Play

CHAIN = {"p": "", "a": "p", "b": "a"}


def test_a_number_says_where_its_slot_is() -> None:
    on_gpu, in_file = slot_number(300, 7, 12, on_gpu=True), slot_number(300, 7, 12)
    assert on_gpu != in_file
    assert slot_owner(on_gpu) == slot_owner(in_file) == (300, 7)
    assert is_on_gpu(on_gpu)
    assert not is_on_gpu(in_file)


def play_with(*, on_gpu: bool) -> tuple[Play, int]:
    """A result of `a` in a slot that waits at `b`."""
    play = Play(CHAIN)
    play.exchange("b", target=0)
    play.emit("p")
    slot = play.slot("a", on_gpu=on_gpu)
    play.commit("a", 0, slots=(slot,))
    return play, slot


def test_an_owner_with_unread_results_cannot_be_lost() -> None:
    play, _ = play_with(on_gpu=True)
    assert not play.lose("a")


def test_one_with_results_in_shared_memory_can() -> None:
    play, _ = play_with(on_gpu=False)
    assert play.lose("a")


def test_a_reader_that_still_looks_holds_it_too() -> None:
    play, slot = play_with(on_gpu=True)
    play.exchange("b", target=1)
    play.commit("b", 0)
    assert not play.lose("a")
    assert play.ledger.holds_slot(slot)


def test_an_owner_whose_results_were_read_can_be_lost() -> None:
    play, slot = play_with(on_gpu=True)
    play.exchange("b", target=1)
    play.commit("b", 0, released=[slot])
    play.restart("a")
    again = play.slot("a", on_gpu=True)
    assert slot_owner(again)[1] == slot_owner(slot)[1] + 1
    play.emit("p")
    play.commit("a", 1, slots=(again,))
    assert not play.lose("a")


@pytest.mark.parametrize("forwarder", ["a", "b"])
def test_a_result_that_was_passed_on_is_its_owners_still(forwarder: str) -> None:
    play = Play({"p": "", "a": "p", "b": "a", "c": "b"})
    play.exchange("c", target=0)
    play.emit("p")
    slot = play.slot("a", on_gpu=True)
    play.commit("a", 0, slots=(slot,))
    play.commit("b", 0, slots=(slot,), released=[slot])
    assert play.lose(forwarder) == (forwarder == "b")


def test_a_run_that_is_over_anyway_loses_nothing_by_it() -> None:
    play, _ = play_with(on_gpu=True)
    play.ledger.fail("something else")
    assert play.lose("a")
