"""Who is asked for a picture, how often, and what becomes of the answers."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from daskflow.ledger import EdgeSpec, Ledger, NodeSpec, Topology
from daskflow.transport import wire
from daskflow.transport.checking import check_frame
from daskflow.transport.pictures import AT_MOST_EVERY_S, PATIENCE_S, SEEN_S, Shown
from daskflow.transport.service import LedgerService
from daskflow.transport.wire import MalformedFrame
from tests.unit.transport.around import Around
from tests.unit.transport.test_service import Peer, output

JPEG = b"\xff\xd8 and so on"
SHOW = [wire.SHOW, 0]
EDGE = "source", "sink"


def answer(number: int, argument: int = 0, body: bytes | str = JPEG) -> list[Any]:
    return [wire.PICTURE, argument, number, body, 48, 36]


class Rig:
    """A source, an other one, and a sink of both, with three tasks."""

    def __init__(self, preview: bool = True, nb_tasks: int = 3) -> None:
        self.now_s = 0.0
        nodes = (
            NodeSpec("other", resumable=False),
            NodeSpec("source", resumable=False),
            NodeSpec("sink", (1, 0, 1), nb_tasks=nb_tasks, max_restarts=9),
        )
        ledger = Ledger(Topology(nodes, (EdgeSpec(0, 2, 8), EdgeSpec(1, 2, 8))))
        self.service = LedgerService(ledger, Around(), lambda: self.now_s, preview)
        self.other, self.source = Peer(self.service, 0), Peer(self.service, 1)
        self.sinks = [Peer(self.service, 2 + i) for i in range(nb_tasks)]

    def look(self, edge: tuple[str, str] = EDGE) -> tuple[Shown | None, str]:
        """What a page does."""
        seen = self.service.pictures.look(*edge)
        if self.service.pictures.is_due(*edge):
            self.service.ask_for_picture(*edge)
        return seen

    def asked(self) -> list[int]:
        """How often each of the sinks was asked for a picture."""
        return [sum(frame[0] == wire.SHOW for frame in sink.told) for sink in self.sinks]

    def emit(self, number: int) -> None:
        for source in (self.other, self.source):
            source.says(output(number))


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_nobody_is_asked_unless_somebody_looks(rig) -> None:
    for number in range(5):
        rig.emit(number)
    assert rig.asked() == [0, 0, 0]


def test_who_looks_sees_the_answer_the_next_time(rig) -> None:
    assert rig.look() == (None, "")
    assert rig.asked() == [1, 0, 0]
    assert rig.sinks[0].told[-1] == SHOW
    rig.sinks[0].says(answer(4))
    assert rig.look() == (Shown(4, JPEG, 48, 36), "")


def test_the_argument_is_the_first_that_comes_from_the_source(rig) -> None:
    rig.look(("other", "sink"))
    assert rig.sinks[0].told[-1] == [wire.SHOW, 1]
    rig.sinks[0].says(answer(4, argument=1))
    assert rig.look(("other", "sink"))[0].number == 4
    assert rig.look() == (None, "")


def test_an_edge_that_there_is_not_shows_nothing(rig) -> None:
    assert rig.look(("sink", "source")) == (None, "")
    assert rig.look(("source", "nobody")) == (None, "")
    rig.service.ask_for_picture("source", "nobody")
    assert rig.asked() == [0, 0, 0]


def test_it_is_asked_for_a_few_times_a_second_however_many_look(rig) -> None:
    for i in range(100):
        rig.now_s = i * 0.01
        rig.look()
        for sink in rig.sinks:
            if sink.told[-1] == SHOW:
                sink.told.append([wire.TOLD])
                sink.says(answer(i))
    assert sum(rig.asked()) == 1 / AT_MOST_EVERY_S


def test_who_does_not_answer_is_asked_once_and_then_another(rig) -> None:
    for i in range(20):
        rig.now_s = i * PATIENCE_S
        rig.look()
        assert rig.asked() == [1, int(i > 0), int(i > 1)]
    rig.sinks[1].says(answer(8))
    rig.sinks[0].says(answer(9))  # late, of a message that it takes now
    assert rig.look()[0].number == 9
    assert sum(rig.asked()) == 4


def test_who_waits_for_a_message_is_asked_before_those_that_have_one() -> None:
    rig = Rig()
    rig.emit(0)
    rig.look()
    assert rig.asked() == [0, 1, 0]


def test_who_has_several_in_hand_is_asked_before_those_that_have_one() -> None:
    rig = Rig(nb_tasks=2)
    rig.sinks[1].says([wire.STEP, [], [], 3])
    for number in range(4):
        rig.emit(number)
    rig.look()
    assert rig.asked() == [0, 1]


def test_what_was_asked_of_a_process_that_is_gone_is_forgotten(rig) -> None:
    rig.look()
    rig.sinks[0].connection.lost()
    rig.now_s = AT_MOST_EVERY_S
    rig.look()
    assert rig.asked() == [1, 1, 0]
    first = rig.sinks[0]
    rig.sinks[0] = Peer(rig.service, 2)
    first.says(answer(3))  # of an earlier process, and not even asked for any more
    assert rig.look() == (None, "")
    assert rig.service.ledger.failure is None


def test_a_task_that_has_closed_is_not_asked(rig) -> None:
    for sink in rig.sinks[:2]:
        sink.says([wire.BYE])
    rig.look()
    assert rig.asked() == [0, 0, 1]
    rig.sinks[2].says([wire.BYE])
    rig.sinks[2].connection.lost()
    rig.now_s = 9.0
    rig.look()
    assert sum(rig.asked()) == 1


def test_what_nobody_asked_for_is_not_kept(rig) -> None:
    rig.sinks[0].says(answer(1))
    rig.source.says(answer(1))
    assert rig.look() == (None, "")
    assert rig.service.ledger.failure is None


def test_a_reason_stands_beside_the_last_picture(rig, caplog) -> None:
    caplog.set_level(logging.INFO, "daskflow.transport")
    rig.look()
    rig.sinks[0].says(answer(1))
    rig.now_s += 1
    rig.look()
    rig.sinks[0].says(answer(2, body="it is no picture"))
    assert rig.look() == (Shown(1, JPEG, 48, 36), "it is no picture")
    rig.now_s += 1
    rig.look()
    rig.sinks[0].says(answer(3, body="it is no picture"))
    assert caplog.messages == ["no picture of what goes from source to sink: it is no picture"]
    rig.now_s += 1
    rig.look()
    rig.sinks[0].says(answer(3))
    assert rig.look() == (Shown(3, JPEG, 48, 36), "")


def test_who_comes_later_does_not_see_what_an_earlier_one_saw(rig) -> None:
    rig.look()
    rig.sinks[0].says(answer(1))
    rig.now_s += SEEN_S
    assert rig.look()[0].number == 1
    rig.now_s += SEEN_S + 1
    assert rig.look() == (None, "")


def test_where_it_is_switched_off_nobody_is_asked_and_nothing_kept() -> None:
    rig = Rig(preview=False)
    rig.look()
    rig.service.ask_for_picture(*EDGE)
    assert rig.asked() == [0, 0, 0]
    rig.sinks[0].says(answer(1))
    assert rig.look() == (None, "")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ([wire.PICTURE, 0, 1, JPEG], "takes 6 fields"),
        ([wire.PICTURE, -1, 1, JPEG, 1, 1], "of an argument"),
        ([wire.PICTURE, 0, None, JPEG, 1, 1], "of a number"),
        ([wire.PICTURE, 0, 1, b"GIF89a", 1, 1], "is a JPEG"),
        ([wire.PICTURE, 0, 1, b"\xff\xd8" + bytes(1 << 20), 1, 1], "of at most 1048576 bytes"),
        ([wire.PICTURE, 0, 1, None, 1, 1], "is a JPEG"),
        ([wire.PICTURE, 0, 1, "x" * 2000, 0, 0], "letters"),
        ([wire.PICTURE, 0, 1, JPEG, 0, 1], "sides of"),
        ([wire.PICTURE, 0, 1, JPEG, 1, 1 << 20], "sides of"),
        ([wire.PICTURE, 0, 1, JPEG, 1.5, 2], "sides of"),
    ],
)
def test_an_answer_that_is_none_is_refused(frame: list[Any], reason: str) -> None:
    with pytest.raises(MalformedFrame, match=reason):
        check_frame(frame)


def test_the_answers_above_are_sound() -> None:
    check_frame(answer(3))
    check_frame([wire.PICTURE, 0, 1, "why not", 0, 0])
