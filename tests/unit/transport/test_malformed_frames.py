"""Frames that no task sends: refused by name, and the ledger's thread goes on."""

from __future__ import annotations

import copy
import select
import socket
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daskflow.errors import ProtocolError
from daskflow.ledger import FAILED, OUTPUT, SKIPPED, EdgeSpec, Ledger, NodeSpec, Topology
from daskflow.ledger.slots import slot_number
from daskflow.transport import wire
from daskflow.transport.checking import check_frame, outcomes_of
from daskflow.transport.clock import clock
from daskflow.transport.peers import Peer
from daskflow.transport.service import LedgerService
from daskflow.transport.wire import MalformedFrame
from tests.unit.transport.around import Around

SLOT = slot_number(0, 0, 0)
FRAME = [b"N.", [[SLOT, 0, 10]], [SLOT], "|u1", [10]]


class OneRun:
    """A source and a sink that holds number 0, a frame, over real sockets, without any thread."""

    def __init__(self) -> None:
        nodes = (NodeSpec("source", resumable=False), NodeSpec("sink", (0,)))
        self.ledger = Ledger(Topology(nodes, (EdgeSpec(0, 1, 4),)))
        self.around = Around()
        self.service = LedgerService(self.ledger, self.around)
        self.source, self.sink, self.stranger = Way(self.service), Way(self.service), Way(self.service)
        self.source.say([wire.HELLO, 0, 1], [wire.STEP, [], [], 1])
        self.sink.say([wire.HELLO, 1, 1], [wire.STEP, [], [], 1])
        self.source.say([wire.STEP, [[0, OUTPUT, FRAME, 0.0]], [], 1])
        assert self.ledger.tasks[1].leased

    def still_works(self) -> None:
        """All that the ledger's thread and other threads do to a run, sound or failed."""
        self.service.flush()
        self.ledger.counts(clock())
        failure = self.ledger.failure
        assert failure is None or isinstance(failure, (bytes, ProtocolError)), failure
        if isinstance(failure, ProtocolError):
            assert "task sink-0 sent what the ledger refuses: " in str(failure)
            assert self.ledger.is_aborting
        for way in (self.sink, self.stranger, self.source):
            way.end()
        self.service.flush()

    def close(self) -> None:
        for way in (self.sink, self.stranger, self.source):
            way.task.close()
            way.peer.socket.close()


class Way:
    """Both ends of a task's connection; also stands for the thread that would watch the one."""

    def __init__(self, service: LedgerService) -> None:
        self.service = service
        self.task, accepted = socket.socketpair()
        accepted.setblocking(False)
        self.peer = Peer(accepted, self)  # type: ignore[arg-type]
        self.is_there = True

    def modify(self, descriptor: int, mask: int) -> None: ...

    def say(self, *frames: Any) -> None:
        self.send(b"".join(msgpack.packb(frame) for frame in frames))

    def send(self, data: bytes) -> None:
        if data and self.is_there:
            self.task.sendall(data)
            self.is_there = self.peer.serve(select.EPOLLIN)
            self.service.flush()

    def end(self) -> None:
        self.peer.connection.lost()


NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.integers(-2, 3) | st.just(SLOT)
LEAVES = st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=3) | st.binary(max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(LEAVES, inner, max_size=2),
    max_leaves=9,
)
SOUND = [
    [wire.STEP, [[0, OUTPUT, b"N.", 0.1]], [SLOT], 1],
    [wire.STEP, [[0, OUTPUT, FRAME, 0.1]], [], 1],
    [wire.STEP, [[0, SKIPPED, None, 0.0]], [SLOT], 2],
    [wire.STEP, [[0, FAILED, b"error", 0.0]], [SLOT], 0],
    [wire.BYE], [wire.END], [wire.BROKEN, b"error"], [wire.HELLO, 1, 1],
    [wire.RECORD, 1e9, 30, "daskflow.sink", 0, "words", "", True, "file.py", 3],
    [wire.TIMES, 0.3, 0.1, 0.2, [-30, 5], 3, 0, [0], 0.0],
    [wire.PICTURE, 0, 0, b"\xff\xd8", 4, 3], [wire.PICTURE, 0, 0, "no picture", 0, 0],
]  # fmt: skip


def mutated(data: st.DataObject, value: Any) -> Any:
    if not isinstance(value, list) or not value or data.draw(st.integers(0, 4)) == 0:
        return data.draw(VALUES)
    parts = list(value)
    i = data.draw(st.integers(0, len(parts) - 1))
    parts[i] = mutated(data, parts[i])
    return parts


@settings(max_examples=80, deadline=None)
@given(chunks=st.lists(st.binary(max_size=40), max_size=4))
def test_bytes_of_a_task_and_of_a_stranger(chunks: list[bytes]) -> None:
    run = OneRun()
    for chunk in chunks:
        run.stranger.send(chunk)
    assert run.ledger.failure is None
    for chunk in chunks:
        run.sink.send(chunk)
    run.still_works()
    run.close()


@settings(max_examples=120, deadline=None)
@given(data=st.data(), frames=st.lists(st.sampled_from(SOUND), min_size=1, max_size=3))
def test_frames_with_a_part_replaced(data: st.DataObject, frames: list[Any]) -> None:
    run = OneRun()
    for frame in frames:
        run.sink.say(mutated(data, copy.deepcopy(frame)))
    run.still_works()
    run.close()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), frame=st.sampled_from(SOUND[:4]))
def test_bytes_of_a_frame_changed_on_the_way(data: st.DataObject, frame: Any) -> None:
    run = OneRun()
    raw = bytearray(msgpack.packb(frame))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    run.sink.send(bytes(raw))
    run.still_works()
    run.close()


@pytest.mark.parametrize(("frame", "reason"), [
    (5, "a frame is a list, got int"), ([], "a frame is a list"), ([99], "operation is unknown"),
    ([wire.STEP], "takes 4 fields, got 1"), ([wire.STEP, [[0, 7, None, 0.0]], [], 1], "an outcome is"),
    ([wire.STEP, [[-1, 0, None, 0.0]], [], 1], "a number"), ([wire.STEP, [], [-1], 1], "released slots"),
    ([wire.STEP, [], [], 1 << 40], "the leases"),
    ([wire.STEP, [[0, 0, [b"", [], [-1]], 0.0]], [], 1], "outcome"),
    ([wire.STEP, [[0, 0, None, float("nan")]], [], 1], "a time"), ([wire.BROKEN, 1], "in bytes"),
    ([wire.TIMES, 0.3, -0.1, 0.2, [], 0, 0, [], 0.0], "times are"),
    ([wire.TIMES, 0.3, 0.1, 0.2, [1], 0, 0, [], 0.0], "buckets and counts"),
    ([wire.TIMES, 0.3, 0.1, 0.2, [1 << 40, 1], 0, 0, [], 0.0], "near 0"),
    ([wire.TIMES, 0.3, 0.1, 0.2, [], -1, 0, [], 0.0], "are counted"),
    ([wire.HELLO, 1, 1], "first, and once"), ([wire.END], "is no producer"),
    ([wire.STEP, [[5, 0, b"N.", 0.0]], [], 1], "number 5, which it does not hold"),
    ([wire.STEP, [], [SLOT, SLOT], 1], "slot 0, which it was not shown"),
    ([wire.STEP, [[0, 0, [b"N.", [], [77]], 0.0]], [], 1], "a slot, 4d, that it had let go of"),
])  # fmt: skip
def test_a_task_is_refused_by_name_and_its_run_ends(frame: Any, reason: str) -> None:
    run = OneRun()
    run.sink.say(frame)
    assert str(run.ledger.failure).startswith("task sink-0 sent what the ledger refuses: ")
    assert reason in str(run.ledger.failure)
    assert run.around.failures == [(1, str(run.ledger.failure))]
    said = msgpack.Unpacker(strict_map_key=False)
    said.feed(run.sink.task.recv(1 << 16))
    assert wire.REFUSED in [told[0] for told in said]
    run.still_works()
    run.close()


@pytest.mark.parametrize("data", [
    b"\xc1", b"\xdd\x7f\xff\xff\xff", b"\xdf\x7f\xff\xff\xff", b"\x91" * 2000, b"\xa1\xff", b"\x81\x90\x01",
    msgpack.packb([wire.STEP, [], [], 1]), msgpack.packb([wire.HELLO, 2, 1]),
    msgpack.packb([wire.HELLO, -1, 1]), msgpack.packb([wire.BYE]),
])  # fmt: skip
def test_a_stranger_is_refused_and_disturbs_nobody(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    run = OneRun()
    run.stranger.send(data)
    assert "refused what a process sent" in caplog.text
    run.stranger.end()
    run.sink.say([wire.STEP, [[0, OUTPUT, None, 0.0]], [SLOT], 1])
    assert run.ledger.failure is None
    assert run.ledger.nodes[1].counters.done == 1
    run.close()


@pytest.mark.parametrize(
    "frame",
    [
        [wire.LOST, 0],
        [wire.LOST, -1, [SLOT]],
        [wire.LOST, 0, []],
        [wire.LOST, 0, [-1]],
        [wire.LOST, 0, SLOT],
    ],
)
def test_lost_slots_are_those_of_a_number(frame):
    check_frame([wire.LOST, 0, [SLOT]])
    with pytest.raises(MalformedFrame):
        check_frame(frame)


@pytest.mark.parametrize("editions", [[], [1, 2], [-1], ["1"], 1, None])
def test_an_output_has_an_edition_for_each_slot_or_none_at_all(editions):
    assert outcomes_of([[0, OUTPUT, [*FRAME, [1]], 0.0]])[0].body.slots == (SLOT,)
    with pytest.raises(MalformedFrame):
        outcomes_of([[0, OUTPUT, [*FRAME, editions], 0.0]])
