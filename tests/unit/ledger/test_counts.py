from __future__ import annotations

import dataclasses

import pytest

from daskflow.ledger.state import BLOCKED, BUSY
from tests.unit.ledger.play import Play

CHAIN = {"p": "", "a": "p", "b": "a"}


def test_every_number_is_somewhere() -> None:
    play = Play(CHAIN, tasks={"a": 2})
    play.emit("p", 5)
    play.commit("a-0", 0)
    play.skip("a-1", 1)
    p, a, b = play.ledger.counts(play.now).nodes
    assert (p.name, p.nb_tasks, p.done) == ("p", 1, 5)
    assert (a.name, a.nb_tasks) == ("a", 2)
    assert (a.done, a.skipped, a.in_flight, a.waiting) == (1, 1, 2, 1)
    assert (b.in_flight, b.voided, b.waiting) == (1, 1, 0)


def test_busy_time_is_summed() -> None:
    play = Play(CHAIN)
    play.emit("p", 3)
    play.work("a")
    assert [node.busy_s for node in play.ledger.counts(play.now).nodes] == [1.5, 1.5, 0.0]


def test_the_rate_is_between_the_first_and_the_last() -> None:
    play = Play({"p": "", "a": "p"})
    assert play.ledger.counts(play.now).nodes[0].rate == 0.0
    play.emit("p")
    assert play.ledger.counts(play.now).nodes[0].rate == 0.0
    play.emit("p", 4)  # one a second
    assert play.ledger.counts(play.now + 100).nodes[0].rate == 1.0


def test_time_counts_from_the_start_of_the_messages() -> None:
    play = Play({"p": "", "a": "p"}, started=False)
    play.register("p")
    play.register("a")
    play.exchange("p")
    assert play.ledger.counts(play.now + 30).elapsed_s == 0.0
    play.exchange("a")
    assert play.ledger.counts(play.now + 30).elapsed_s == 30.0


def test_shares_of_time() -> None:
    play = Play(CHAIN, capacity=1)
    began = play.now
    play.now = began + 9
    play.emit("p")  # at 10
    play.now = began + 29
    play.commit("a", 0)  # at 30: b has it from now on
    play.emit("p")  # at 31: waits before a, whose way out is full
    play.now = began + 40
    p, a, b = play.ledger.counts(play.now).tasks
    assert (a.starved_s, a.blocked_s) == pytest.approx((11, 9))
    assert (b.starved_s, b.blocked_s) == pytest.approx((30, 0))
    assert (a.mode, b.mode) == (BLOCKED, BUSY)
    assert (p.starved_s, p.done, a.done) == (0.0, 2, 1)


def test_what_a_lossy_edge_drops_is_counted_there() -> None:
    play = Play({"p": "", "a": "p", "b": "p"}, capacity=2, lossy=["p>a", "p>b"])
    play.emit("p", 5)
    dropped = {(edge.source, edge.target): edge.dropped for edge in play.ledger.counts(play.now).edges}
    assert dropped == {(0, 1): 2, (0, 2): 2}  # one is leased, two wait


def test_restarts_are_counted_by_node() -> None:
    play = Play(CHAIN, tasks={"a": 2})
    play.restart("a-0")
    play.restart("a-0")
    play.restart("a-1")
    assert [node.restarts for node in play.ledger.counts(play.now).nodes] == [0, 3, 0]


def test_it_does_not_change_any_more() -> None:
    play = Play(CHAIN)
    before = play.ledger.counts(play.now)
    play.emit("p")
    assert before.nodes[0].done == 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.elapsed_s = 1.0  # type: ignore[misc]
