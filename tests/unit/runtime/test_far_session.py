"""A session whose task reads what other hosts have made."""

from __future__ import annotations

from typing import Any

from daskflow.ledger import FRESH
from daskflow.transport import wire


def test_inputs_are_fetched_as_their_leases_come(script, session):
    asked: list[Any] = []
    session.fetch_ahead = asked.append
    leases = [[n, [b"a", [b"b", [], [n], [1]]], FRESH] for n in range(2)]
    script.tell(leases=leases)
    assert session.next_lease()[0] == 0
    assert asked == [lease[1] for lease in leases]


def test_what_is_held_and_released_goes_before_the_word_of_a_lost_input(script, session):
    session.is_brisk = True
    session.report(0, 0, None, 0.0, [])
    session.report(1, 0, None, 0.0, [])  # held back
    session._released.append(8)
    session.lost_input(2, (5, 6))
    assert script.sent[-2:] == [[wire.STEP, [[1, 0, None, 0.0]], [8], 1], [wire.LOST, 2, [5, 6]]]


def test_a_task_that_waits_for_something_else_hears_of_the_end(script, session):
    session.look()
    assert not session.is_aborted
    script.tell(flags=wire.ABORT)
    session.look()
    assert session.is_aborted
