"""What every carrier promises, and what is the comm carrier's own."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Iterator
from typing import Any

import dask.config
import pytest
from distributed.core import Status

from daskflow.transport import carrier as carriers
from daskflow.transport import comm_carrier
from daskflow.transport.comm_server import CommServer
from daskflow.transport.joining import HANDED_OVER, JOIN, JOINED, handed_over, join
from daskflow.transport.ledger_thread import LedgerThread
from tests.unit.transport.ledger_double import (
    PATIENCE_S,
    CommEnds,
    LedgerDouble,
    LoopThread,
    SocketEnds,
    TcpEnds,
)

COUNT = 5000


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


@pytest.fixture(params=[SocketEnds, TcpEnds, CommEnds], ids=["socket", "tcp", "comm"])
def ends(request: pytest.FixtureRequest, loop: LoopThread, tmp_path: Any) -> Iterator[Any]:
    ends = request.param(loop, tmp_path)
    yield ends
    ends.close()
    assert loop.tasks() == []


@pytest.fixture
def comm_ends(loop: LoopThread, tmp_path: Any) -> Iterator[CommEnds]:
    ends = CommEnds(loop, tmp_path)
    yield ends
    ends.close()
    assert loop.tasks() == []


@pytest.fixture(params=[TcpEnds, CommEnds], ids=["tcp", "comm"])
def far_ends(request: pytest.FixtureRequest, loop: LoopThread, tmp_path: Any) -> Iterator[Any]:
    ends = request.param(loop, tmp_path)
    yield ends
    ends.close()
    assert loop.tasks() == []


@pytest.fixture
def carrier(ends: Any) -> Iterator[Any]:
    carrier = ends.carrier()
    yield carrier
    carrier.close()


def take(carrier: Any, count: int) -> list[list[Any]]:
    frames: list[list[Any]] = []
    while len(frames) < count:
        frames += carrier.receive(block=True)
    return frames


def say_first(ends: Any, carrier: Any) -> None:
    """See to it that the server knows of the connection."""
    carrier.send(["hello"])
    assert ends.ledger.take(1) == [["hello"]]


def test_a_frame_arrives_at_either_side_as_it_was(ends, carrier):
    frame = [0, [1, [b"bytes", None, 2.5]], "text", {"a": [1]}, True]
    carrier.send(frame)
    assert ends.ledger.take(1) == [frame]
    ends.thread.call(ends.ledger.send, frame)
    assert carrier.receive(block=True) == [frame]


def test_a_burst_from_both_sides_keeps_its_order(ends, carrier):
    say_first(ends, carrier)
    burst = [[i, b"x" * (i % 100)] for i in range(COUNT)]

    def send_some(begin: int) -> None:
        for frame in burst[begin : begin + 100]:
            ends.ledger.send(frame)

    def send_all() -> None:
        for frame in burst:
            carrier.send(frame)

    sender = threading.Thread(target=send_all)
    sender.start()
    for begin in range(0, COUNT, 100):
        ends.thread.post(send_some, begin)
    assert take(carrier, COUNT) == burst
    assert ends.ledger.take(COUNT) == burst
    sender.join()


def test_thousands_of_exchanges_one_by_one(ends, carrier):
    say_first(ends, carrier)
    ends.ledger.take_in = lambda frames: [ends.ledger.send(frame) for frame in frames]
    for i in range(1000):
        carrier.send([i])
        assert carrier.receive(block=True) == [[i]]


def test_a_large_frame(ends, carrier):
    frame = [b"\x07" * 1_000_000, [b"\x08" * 1_000_000]]
    carrier.send(frame)
    assert ends.ledger.take(1) == [frame]
    ends.thread.call(ends.ledger.send, frame)
    assert take(carrier, 1) == [frame]


def test_receive_does_not_block_unless_told(carrier):
    assert carrier.receive(block=False) == []


def test_wake_makes_a_blocked_receive_return(carrier):
    threading.Timer(0.05, carrier.wake).start()
    assert carrier.receive(block=True) == []
    carrier.wake()  # before: the wish is not lost
    assert carrier.receive(block=True) == []


def test_wake_after_close_does_nothing(ends):
    carrier = ends.carrier()
    carrier.close()
    carrier.wake()


def test_the_ledgers_end_is_a_connection_error_after_what_came_before(ends, carrier):
    say_first(ends, carrier)

    def send_and_wait_for_more() -> None:
        frames.extend(take(carrier, 2))
        with pytest.raises(ConnectionError):
            carrier.receive(block=True)
        ended.set()

    frames: list[Any] = []
    ended = threading.Event()
    receiver = threading.Thread(target=send_and_wait_for_more)
    receiver.start()
    for i in range(2):
        ends.thread.call(ends.ledger.send, [i])
    carrier.send(["more"])
    ends.ledger.take(1)
    ends.close_server()
    assert ended.wait(PATIENCE_S)
    receiver.join()
    assert frames == [[0], [1]]
    with pytest.raises(ConnectionError):
        carrier.receive(block=False)
    with pytest.raises(ConnectionError):
        carrier.send(["are you there?"])


def send_and_close(ends: Any) -> None:
    ends.ledger.is_lost.clear()
    carrier = ends.carrier()
    for i in range(100):
        carrier.send([i, b"x" * 1000])
    carrier.close()
    assert [frame[0] for frame in ends.ledger.take(100)] == list(range(100))
    assert ends.ledger.is_lost.wait(PATIENCE_S)


def test_what_was_sent_just_before_close_arrives(ends):
    for _ in range(20):
        send_and_close(ends)


def test_what_was_sent_just_before_close_arrives_though_nobody_reads_the_answers(ends):
    def answer(frames: list[list[Any]]) -> None:
        LedgerDouble.take_in(ledger, frames)
        for frame in frames:
            ledger.send(frame)

    ledger = ends.ledger
    ledger.take_in = answer
    for _ in range(20):
        send_and_close(ends)


def test_a_farewell_is_read_though_what_was_said_before_it_is_answered_to_nobody(ends):
    """The answer to the first frame fails, since the task has gone; what it said last waits unread."""
    is_gone = threading.Event()

    def answer_when_it_has_gone(frames: list[list[Any]]) -> None:
        LedgerDouble.take_in(ends.ledger, frames)
        is_gone.wait(PATIENCE_S)
        for _ in range(3):
            ends.ledger.send(["answer", b"x" * 1_000_000])

    ends.ledger.take_in = answer_when_it_has_gone
    carrier = ends.carrier()
    carrier.send(["first"])
    ends.ledger.take(1)
    carrier.send(["farewell"])
    closing = threading.Thread(target=carrier.close)
    closing.start()
    closing.join(0.2)
    is_gone.set()
    assert ends.ledger.take(1) == [["farewell"]]
    closing.join()
    assert ends.ledger.is_lost.wait(PATIENCE_S)


def test_bytes_that_are_no_message_are_refused_and_end_the_connection_alone(ends):
    broken, sound = ends.carrier(), ends.carrier()
    ends.send_raw(broken, b"\x93\x01\xc1")
    assert "bytes are no message" in str(ends.ledger.refused.get(timeout=PATIENCE_S))
    assert ends.ledger.is_lost.wait(PATIENCE_S)
    with pytest.raises(ConnectionError):
        take(broken, 1)
    sound.send(["still here"])
    assert ends.ledger.take(1) == [["still here"]]
    broken.close()
    sound.close()


def test_what_is_no_message_of_bytes_over_a_comm_is_refused(comm_ends):
    for message in ([1], {"frames": 5}, {"last": True}, "text"):
        carrier = comm_ends.carrier()
        comm_ends.loop.run(carrier._stream._comm.write(message))
        assert "has bytes in it" in str(comm_ends.ledger.refused.get(timeout=PATIENCE_S))
        carrier.close()


def test_the_carriers_end_is_told_to_the_ledger(ends):
    carrier = ends.carrier()
    say_first(ends, carrier)
    carrier.close()
    assert ends.ledger.is_lost.wait(PATIENCE_S)


def test_a_run_that_has_ended_cannot_be_joined(far_ends):
    with pytest.raises(ConnectionError, match="was not reached"):
        far_ends.carrier("another run")
    far_ends.close_server()
    with pytest.raises(ConnectionError, match="knows of no run a run"):  # nor is there any other
        far_ends.carrier()


def test_a_scheduler_that_is_not_there(loop):
    timeout = dask.config.set({"distributed.comm.timeouts.connect": "200ms"})
    with timeout, pytest.raises(ConnectionError, match="was not reached"):
        join(loop.loop, "tcp://127.0.0.1:1", "a run", {})


def test_runs_share_a_scheduler(far_ends):
    ledger = LedgerDouble()
    thread = LedgerThread(ledger)
    thread.start()
    other = CommServer(thread)
    far_ends.loop.run(other.start(far_ends.scheduler, "another run"))
    first, second = far_ends.carrier(), far_ends.carrier("another run")
    first.send([1])
    second.send([2])
    assert (far_ends.ledger.take(1), ledger.take(1)) == ([[1]], [[2]])
    far_ends.close_server()
    assert far_ends.ledger.is_lost.wait(PATIENCE_S)
    second.send([3])
    assert ledger.take(1) == [[3]]
    far_ends.loop.run(other.close())
    thread.close()
    assert JOIN not in far_ends.scheduler.handlers
    first.close()
    second.close()


def test_what_became_of_a_process_is_found_out_before_the_ledger_hears_of_its_end(far_ends):
    ledger, order = LedgerDouble(), []

    async def before_loss(connection):
        await asyncio.sleep(0)
        order.append((connection, ledger.is_lost.is_set()))

    thread = LedgerThread(ledger)
    thread.start()
    server = CommServer(thread, before_loss)
    far_ends.loop.run(server.start(far_ends.scheduler, "another run"))
    far_ends.carrier("another run").close()
    assert ledger.is_lost.wait(PATIENCE_S)
    ((_, was_lost),) = order
    assert not was_lost
    far_ends.loop.run(server.close())
    thread.close()


def test_a_ledger_that_ignores_the_farewell_is_not_waited_for(far_ends, monkeypatch):
    held = []

    async def ignores(comm, run, hand_over):
        if hand_over:
            await comm.write(HANDED_OVER)
            held.append(await handed_over(comm))
            return Status.dont_reply
        await comm.write(JOINED)
        while True:
            await comm.read()

    monkeypatch.setattr(comm_carrier, "CLOSE_S", 0.1)
    monkeypatch.setattr(carriers, "CLOSE_S", 0.1)
    far_ends.scheduler.handlers[JOIN] = ignores
    carrier = far_ends.carrier()
    carrier.send([1])
    carrier.close()
    with pytest.raises((ConnectionError, ValueError)):  # a closed socket has no descriptor
        carrier.receive(block=True)
    for connected in held:
        connected.close()


def test_a_run_that_ends_while_a_task_joins_leaves_no_connection(loop, tmp_path, monkeypatch):
    ends = TcpEnds(loop, tmp_path)

    async def late(comm: Any) -> Any:
        connected = await handed_over(comm)
        await ends.server.close()
        return connected

    monkeypatch.setattr("daskflow.transport.comm_server.handed_over", late)
    carrier = ends.carrier()
    with pytest.raises(ConnectionError):
        carrier.receive(block=True)
    carrier.close()
    ends.close()


def test_a_network_without_a_way_is_a_connection_error():
    ours, theirs = socket.socketpair()

    class Unreached(socket.socket):
        def recv(self, size: int, flags: int = 0) -> bytes:
            raise OSError(errno.EHOSTUNREACH, "no way")

        def sendall(self, data: Any, flags: int = 0) -> None:
            raise TimeoutError(errno.ETIMEDOUT, "nobody answers")

    carrier = carriers.SocketCarrier(Unreached(fileno=ours.detach()))
    theirs.sendall(b"\x90")
    with pytest.raises(ConnectionError, match=r"not reached any more.* no way$"):
        carrier.receive(block=True)
    with pytest.raises(ConnectionError, match="nobody answers"):
        carrier.send([1])
    carrier.close()
    theirs.close()


def test_nothing_waits_for_ever_when_the_loop_is_closed(comm_ends):
    away = LoopThread()
    carrier = comm_ends.carrier(loop=away)
    ended = threading.Event()

    def receive() -> None:
        with pytest.raises(ConnectionError):
            carrier.receive(block=True)
        ended.set()

    receiver = threading.Thread(target=receive)
    receiver.start()
    away.close()
    assert ended.wait(PATIENCE_S)
    receiver.join()
    with pytest.raises(ConnectionError):
        carrier.send([1])
    carrier.close()
    with pytest.raises(ConnectionError):
        comm_ends.carrier(loop=away)
