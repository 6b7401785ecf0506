"""Nodes with memory, whose next process takes up the last snapshot."""

from __future__ import annotations

from daskflow.ledger import DEAD, REPLAY, REPLAY_OF_FAILURE, REPLAYED, Outcome, Payload
from tests.unit.ledger.play import Play, output


def playing(**options) -> Play:
    return Play(
        {"p": "", "s": "p", "b": "s"},
        options={"s": {"keeps_snapshots": True, "max_restarts": 100}},
        target=4,
        **options,
    )


def commit(play: Play, number: int, snapshot: Payload | None = None) -> None:
    play.exchange("s", [output(number, (), "s")._replace(snapshot=snapshot)])


def restart(play: Play):
    index = play.index("s")
    assert play.ledger.lose(index, play.ledger.tasks[index].incarnation, play.now) is None
    return play.ledger.register(index, play.now)


def leases(play: Play) -> list[tuple[int, int]]:
    taken = [(lease.number, lease.kind) for lease in play.outbox("s").leases]
    play.outbox("s").leases.clear()
    return taken


def test_without_a_snapshot_all_is_worked_on_again() -> None:
    play = playing()
    play.emit("p", 3)
    leases(play)
    commit(play, 0)
    commit(play, 1)
    assert restart(play).snapshot is None
    play.exchange("s")
    assert leases(play) == [(0, REPLAY), (1, REPLAY), (2, 0)]
    play.exchange("s", [Outcome(0, REPLAYED), Outcome(1, REPLAYED)])
    assert play.counts("s") == {"done": 2}
    assert play.given("b") == [0, 1]


def test_from_the_last_snapshot_on() -> None:
    play = playing()
    play.emit("p", 3)
    leases(play)
    commit(play, 0)
    commit(play, 1, Payload("state", ()))
    commit(play, 2)
    start = restart(play)
    assert start.snapshot == Payload("state", ())
    play.exchange("s")
    assert leases(play) == [(2, REPLAY)]


def test_a_replay_that_is_lost_is_replayed_again() -> None:
    play = playing()
    play.emit("p", 2)
    leases(play)
    commit(play, 0)
    for _ in range(2):
        restart(play)
        play.exchange("s")
        assert leases(play) == [(0, REPLAY), (1, 0)]


def test_one_that_has_ended_replays_before_it_is_told_so() -> None:
    play = playing()
    play.emit("p", 3)
    for number in range(3):
        commit(play, number)
    play.end("p")
    assert play.has_ended("s")
    leases(play)
    restart(play)
    play.exchange("s", target=1)
    assert leases(play) == [(0, REPLAY)]
    assert not play.has_ended("s")
    for number in (0, 1):
        play.exchange("s", [Outcome(number, REPLAYED)])
    assert leases(play) == [(1, REPLAY), (2, REPLAY)]
    assert play.has_ended("s")


def test_what_is_held_is_let_go_of_with_the_snapshot_and_at_the_end() -> None:
    play = playing()
    frame, state, other = play.slot("p"), play.slot("s", 0), play.slot("s", 1)
    play.emit("p", slots=(frame,))
    leases(play)
    play.exchange("s", [output(0, (), "s")], released=[frame])
    assert play.ledger.holds_slot(frame)
    play.emit("p", 2)
    commit(play, 1, Payload("state", (state,)))
    assert not play.ledger.holds_slot(frame)
    assert play.ledger.holds_slot(state)
    commit(play, 2, Payload("state", (other,)))
    assert not play.ledger.holds_slot(state)
    play.end("p")
    play.close("s")
    assert play.ledger.slots_in_use == 0


def test_a_new_process_looks_into_the_snapshot_until_it_says_otherwise() -> None:
    play = playing()
    state, other = play.slot("s", 0), play.slot("s", 1)
    play.emit("p", 2)
    leases(play)
    commit(play, 0, Payload("state", (state,)))
    restart(play)
    play.exchange("s")
    commit(play, 1, Payload("state", (other,)))
    assert play.ledger.holds_slot(state)
    play.exchange("s", released=[state])
    assert not play.ledger.holds_slot(state)


def test_a_skipped_number_is_remembered_too() -> None:
    play = playing()
    play.emit("p", 1)
    leases(play)
    play.skip("s", 0)
    restart(play)
    play.exchange("s")
    assert leases(play) == [(0, REPLAY)]
    play.exchange("s", [Outcome(0, REPLAYED)])
    assert play.counts("s") == {"skipped": 1}


def test_a_message_that_was_given_up_is_replayed_as_such() -> None:
    play = playing()
    play.emit("p", 2)
    leases(play)
    play.exchange("s", [Outcome(0, DEAD), output(1, (), "s")])
    for _ in range(2):
        restart(play)
        play.exchange("s")
        assert leases(play) == [(0, REPLAY_OF_FAILURE), (1, REPLAY)]
        play.exchange("s", [Outcome(0, REPLAYED)])
