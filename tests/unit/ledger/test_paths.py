"""How long messages take from a producer to the ends, of a sample."""

from __future__ import annotations

import pytest

from daskflow.ledger import paths
from tests.unit.ledger.play import Play


def latencies(play: Play) -> dict[tuple[int, int], tuple[int, float]]:
    found = play.ledger.counts(play.now).paths
    return {path: (histogram.count, histogram.sum_s) for path, histogram in found.items()}


def test_a_message_is_timed_from_given_to_finished() -> None:
    play = Play({"p": "", "a": "p", "b": "a"})
    play.emit("p")
    play.now += 20
    play.commit("a", 0)
    play.now += 5
    given_s = play.now
    play.commit("b", 0)
    assert latencies(play) == {(0, 2): (1, pytest.approx(play.now - given_s + 5 + 1 + 20))}


def test_each_producer_of_a_join_and_each_end_has_its_own() -> None:
    play = Play({"p": "", "q": "", "j": "p q", "a": "j", "b": "p"})
    assert set(latencies(play)) == {(0, 3), (1, 3), (0, 4)}
    play.emit("p")
    play.now += 100
    play.emit("q")
    play.commit("j", 0)
    play.commit("a", 0)
    found = latencies(play)
    assert found[0, 3][1] - found[1, 3][1] == pytest.approx(101)
    assert found[0, 4] == (0, 0.0)


def test_what_fails_is_not_timed_and_what_is_skipped_at_the_end_is() -> None:
    play = Play({"p": "", "a": "p"})
    play.emit("p", 2)
    play.skip("a", 0)
    assert latencies(play)[0, 1][0] == 1
    play.fail("a", 1, "error")
    assert latencies(play)[0, 1][0] == 1


def test_few_messages_are_followed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MOST_MARKS", 3)
    play = Play({"p": "", "a": "p"}, capacity=10, target=10)
    play.emit("p", 8)
    for number in range(8):
        play.commit("a", number)
    assert latencies(play)[0, 1][0] == 3
