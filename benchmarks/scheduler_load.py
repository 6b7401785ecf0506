"""Tasks that do nothing but speak to a ledger as fast as it answers, over one of the carriers.

Started by ``python -m benchmarks.scheduler``, in a process of its own::

    python -m benchmarks.scheduler_load socket PATH PAIRS MESSAGES
    python -m benchmarks.scheduler_load tcp ADDRESS PAIRS MESSAGES RUN
    python -m benchmarks.scheduler_load comm ADDRESS PAIRS MESSAGES RUN

Task 2i is a producer that sends some messages a step, task 2i + 1 their reader. Ends when it is killed.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import sys
from collections.abc import Callable
from typing import Any

import msgpack
from distributed.comm import connect

from daskflow.ledger import OUTPUT
from daskflow.transport import wire
from daskflow.transport.comm_stream import CommStream
from daskflow.transport.joining import joined
from daskflow.transport.wire import frames_in, new_unpacker

BODY = b"x" * 64

Frame = list[Any]


class Speaker:
    """One task: a frame in, frames out.

    Parameters
    ----------
    task : int
        Its index; even ones are producers.
    messages : int
        How many a producer sends in a step, and a reader wants to have in hand.
    """

    def __init__(self, task: int, messages: int) -> None:
        self._is_source = task % 2 == 0
        self._messages = messages
        self._number = self._room = self._under_way = 0
        self.first = [wire.HELLO, task, os.getpid()]

    def answer(self, frame: Frame) -> list[Frame]:
        if frame[0] == wire.WELCOME:
            self._under_way = 1
            return [[wire.STEP, [], [], self._messages]]
        if frame[0] != wire.TOLD:
            raise SystemExit(f"the ledger says {frame}")
        self._under_way -= frame[6]
        if not self._is_source:
            outcomes = [[number, OUTPUT, None, 0.0] for number, _, _ in frame[1]]
            return [self._step(outcomes)] if outcomes else []
        self._room = frame[3]
        if self._under_way or self._number + self._messages > self._room:
            return []
        begin, self._number = self._number, self._number + self._messages
        return [self._step([[number, OUTPUT, BODY, 0.0] for number in range(begin, self._number)])]

    def _step(self, outcomes: list[Frame]) -> Frame:
        self._under_way += 1
        return [wire.STEP, outcomes, [], self._messages]


def to_path(path: str) -> socket.socket:
    """A connection to the ledger's UNIX socket."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.connect(path)
    return end


async def to_scheduler(address: str, run: str, count: int) -> list[socket.socket]:
    """Connections that a scheduler has handed over to the ledger of a run."""
    ends = []
    for _ in range(count):
        ends.append(await joined(await connect(address, timeout=60), run, hand_over=True))
        ends[-1].setblocking(True)
    return ends


def over_sockets(ends: list[socket.socket], speakers: list[Speaker]) -> None:
    """Speak over sockets, one for each."""
    poll, packer = select.epoll(), msgpack.Packer(use_bin_type=True)
    peers: dict[int, tuple[socket.socket, Speaker, Any]] = {}
    for end, speaker in zip(ends, speakers, strict=True):
        end.sendall(packer.pack(speaker.first))
        peers[end.fileno()] = end, speaker, new_unpacker()
        poll.register(end, select.EPOLLIN)
    while True:
        for descriptor, _ in poll.poll():
            end, speaker, unpacker = peers[descriptor]
            data = end.recv(1 << 18)
            if not data:
                return
            for frame in frames_in(unpacker, data):
                for answer in speaker.answer(frame):
                    end.sendall(packer.pack(answer))


async def over_comms(address: str, run: str, speakers: list[Speaker]) -> None:
    """Speak over Dask's comms, one for each."""
    await asyncio.gather(*[_over_comm(address, run, speaker) for speaker in speakers])


async def _over_comm(address: str, run: str, speaker: Speaker) -> None:
    stream = CommStream(await joined(await connect(address, timeout=60), run, hand_over=False))
    put: Callable[[Frame], bool] = stream.put

    def take_in(frames: list[Frame]) -> None:
        for frame in frames:
            for answer in speaker.answer(frame):
                if put(answer):
                    stream.wake()

    put(speaker.first)
    await stream.exchange(take_in)


def main(carrier: str, where: str, pairs: str, messages: str, run: str = "") -> None:
    speakers = [Speaker(task, int(messages)) for task in range(2 * int(pairs))]
    if carrier == "socket":
        over_sockets([to_path(where) for _ in speakers], speakers)
    elif carrier == "tcp":
        over_sockets(asyncio.run(to_scheduler(where, run, len(speakers))), speakers)
    else:
        asyncio.run(over_comms(where, run, speakers))


if __name__ == "__main__":
    main(*sys.argv[1:])
