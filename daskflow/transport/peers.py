"""The sockets of a run's tasks, in the ledger's thread: UNIX ones of its host, and TCP from anywhere."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import Any

import msgpack

from daskflow.transport.connection import Connection
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.wire import CHUNK, MalformedFrame, frames_in, new_unpacker


class Peers:
    """Serves tasks over their sockets. Its methods are called in the ledger's thread.

    Parameters
    ----------
    thread : LedgerThread
        Watches the sockets: what several tasks say at the same time is taken in and answered together.
    lose : callable, optional
        Called with each connection that has ended, to have the ledger hear of it.
    """

    def __init__(
        self,
        thread: LedgerThread,
        lose: Callable[[Connection], object] = methodcaller("lost"),
    ) -> None:
        self._thread = thread
        self._lose = lose
        self._peers: set[Peer] = set()

    def add(self, connected: socket.socket) -> None:
        """Serve a task until its socket ends, which is closed then."""
        connected.setblocking(False)
        peer = Peer(connected, self._thread)
        self._peers.add(peer)
        self._thread.watch(connected.fileno(), select.EPOLLIN, partial(self._serve, peer))

    def close(self) -> None:
        """Break all connections: who still waits for an answer hears of it."""
        for peer in list(self._peers):
            self._drop(peer)

    def _serve(self, peer: Peer, mask: int) -> None:
        if not peer.serve(mask):
            self._drop(peer)

    def _drop(self, peer: Peer) -> None:
        self._peers.discard(peer)
        self._thread.unwatch(peer.socket.fileno())
        peer.socket.close()
        self._lose(peer.connection)


class Peer:
    """Bytes to frames and back for one task's connection."""

    def __init__(self, accepted: socket.socket, thread: LedgerThread) -> None:
        self.socket = accepted
        self.connection: Connection = thread.service.connect(self._send)
        self._thread = thread
        self._unpacker = new_unpacker()
        self._packer = msgpack.Packer(use_bin_type=True)
        self._unsent = bytearray()

    def serve(self, mask: int) -> bool:
        """Read what has come and write what could not be written before; whether the task is there."""
        if mask & select.EPOLLOUT:
            del self._unsent[: self._write(self._unsent)]
            if not self._unsent:
                self._thread.modify(self.socket.fileno(), select.EPOLLIN)
        if mask & ~select.EPOLLOUT:
            try:
                data = self.socket.recv(CHUNK)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            try:
                frames = frames_in(self._unpacker, data)
            except MalformedFrame as error:
                self.connection.refuse(error)
                return False
            self.connection.take_in(frames)
        return True

    def _send(self, frame: list[Any]) -> None:
        data: bytes = self._packer.pack(frame)
        if not self._unsent:
            data = data[self._write(data) :]
            if not data:
                return
            self._thread.modify(self.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)
        self._unsent += data

    def _write(self, data: bytes | bytearray) -> int:
        """How many bytes were taken.

        All of them by a task that is gone: what it said before, such as its farewell, is still to be read,
        and then its end.
        """
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)
