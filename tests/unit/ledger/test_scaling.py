"""Tasks join a node and leave it while messages move."""

from __future__ import annotations

import pytest

from daskflow.ledger import GPU_LOST, TOO_LONG
from tests.unit.ledger.play import Play


def test_one_that_joins_is_given_what_is_ready() -> None:
    play = Play({"p": "", "a": "p"})
    play.emit("p", 3)
    assert play.given("a-0") == [0]
    assert play.join("a") == "a-1"
    assert play.given("a-1") == [1]


def test_one_that_leaves_finishes_what_it_has_in_hand_and_is_given_no_more() -> None:
    play = Play({"p": "", "a": "p"}, tasks={"a": 3})
    play.emit("p", 5)
    assert [play.given(f"a-{i}") for i in range(3)] == [[0], [1], [2]]
    play.retire("a-2")
    assert play.has_ended("a-2")
    play.commit("a-2", 2)
    assert play.given("a-2") == []
    play.commit("a-0", 0)
    assert play.given("a-0") == [3]
    assert not play.ledger.has_left(play.index("a-2"))
    play.close("a-2")
    assert play.ledger.has_left(play.index("a-2"))


def test_the_one_that_stays_works_while_the_last_that_leaves_is_in_a_long_call() -> None:
    play = Play({"p": "", "a": "p", "c": "a"}, tasks={"a": 2})
    play.emit("p", 7)
    assert (play.given("a-0"), play.given("a-1")) == ([0], [1])
    play.retire("a-1")
    play.commit("a-0", 0)
    assert play.work("a-0") == [2, 3, 4, 5, 6]
    play.commit("a-1", 1)
    play.close("a-1")
    assert play.work("c") == [0, 1, 2, 3, 4, 5, 6]


def test_the_one_that_is_left_is_given_numbers_in_order() -> None:
    play = Play({"p": "", "q": "", "a": "p q"}, tasks={"a": 2})
    play.emit("p", 4)
    play.emit("q", 4)
    assert (play.given("a-0"), play.given("a-1")) == ([0], [1])
    play.retire("a-1")
    play.commit("a-0", 0)
    assert play.given("a-0") == [2], "as one of several, until the other has left"
    assert play.lose("a-1")  # with number 1 in hand
    assert play.given("a-0") == [], "first it finishes what it had meanwhile"
    play.commit("a-0", 2)
    assert play.work("a-0") == [1, 3]
    assert play.ledger.nodes[2].ordered


def test_one_that_has_left_may_join_again_before_the_rest_is_in_order() -> None:
    play = Play({"p": "", "a": "p"}, tasks={"a": 2})
    play.emit("p", 4)
    assert (play.given("a-0"), play.given("a-1")) == ([0], [1])
    play.retire("a-1")
    play.commit("a-1", 1)
    play.close("a-1")
    assert play.join("a") == "a-1"
    assert play.given("a-1") == [2]


def test_a_call_of_one_that_leaves_may_take_no_longer_than_others() -> None:
    """A message must not go missing where the policy is to fail, only because its task was to leave."""
    play = Play({"p": "", "a": "p"}, tasks={"a": 2})
    play.emit("p", 2)
    play.retire("a-1")
    reason = play.ledger.lose(play.index("a-1"), 0, play.now, in_hand=1, is_late=True)
    assert reason == TOO_LONG


def test_what_others_have_of_its_gpu_memory_counts_when_it_dies() -> None:
    play = Play({"p": "", "a": "p", "b": "a"}, tasks={"a": 2})
    play.emit("p", 2)
    play.commit("a-1", 1, slots=(play.slot("a-1", on_gpu=True),))
    play.retire("a-1")
    assert play.ledger.lose(play.index("a-1"), 0, play.now) == GPU_LOST


def test_that_it_dies_often_does_not_matter_when_it_is_to_leave() -> None:
    play = Play({"p": "", "a": "p"}, tasks={"a": 2}, options={"a": {"max_restarts": 0}})
    play.emit("p", 2)
    play.retire("a-1")
    assert play.lose("a-1", in_hand=1)
    assert play.ledger.has_left(play.index("a-1"))


def test_nobody_joins_a_node_that_has_ended() -> None:
    play = Play({"p": "", "a": "p"})
    play.end("p")
    with pytest.raises(ValueError, match="it has no more messages"):
        play.join("a")


def test_nobody_joins_a_run_that_is_being_ended() -> None:
    play = Play({"p": "", "a": "p"})
    play.ledger.fail("something")
    with pytest.raises(ValueError, match="the run is being ended"):
        play.join("a")
    play.close("p", "a")
    assert play.ledger.is_over


def test_how_long_a_task_was_here() -> None:
    play = Play({"p": "", "a": "p"})
    began_s = play.now
    task = play.join("a")
    joined_s = play.now - 2  # it registered and opened since
    play.retire(task)
    play.close(task)
    left_s = play.now
    play.join("a")
    again_s = play.now - 2
    counts = play.ledger.counts(play.now + 10).tasks
    assert counts[play.index("a-0")].here_s == play.now + 10 - began_s
    assert counts[play.index(task)].here_s == (left_s - joined_s) + (play.now + 10 - again_s)


def test_time_before_messages_move_does_not_count() -> None:
    play = Play({"p": "", "a": "p"}, tasks={"a": 2}, started=False)
    task = play.join("a")
    play.now += 100
    for other in ("p", "a-0", "a-1"):
        play.register(other)
        play.exchange(other)
    began_s = play.now
    play.retire(task)
    play.close(task)
    assert play.ledger.counts(play.now + 10).tasks[play.index(task)].here_s == play.now - began_s


def test_a_lossy_edge_that_shall_hold_less_soon_does() -> None:
    play = Play({"p": "", "a": "p"}, capacity=6, lossy=["p>a"])
    play.emit("p", 7)
    assert play.waiting("a") == [6]
    play.ledger.resize(0, 1, 3, 3)
    play.emit("p")
    assert play.waiting("a") == [3]
    assert play.counts("a") == {"dropped": 4}


def test_its_process_stays_while_somebody_reads_what_is_in_its_gpu_memory() -> None:
    play = Play({"p": "", "a": "p", "b": "a"}, tasks={"a": 2})
    play.emit("p", 2)
    play.commit("a-0", 0)
    slot = play.slot("a-1", on_gpu=True)
    play.commit("a-1", 1, slots=(slot,))
    play.retire("a-1")
    play.close("a-1")
    play.work("b")
    assert not play.ledger.has_left(play.index("a-1"))
    play.exchange("b", released=[slot])
    assert play.ledger.has_left(play.index("a-1"))
