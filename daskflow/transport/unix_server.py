"""The ledger's UNIX socket: all tasks of the run on this host."""

from __future__ import annotations

import contextlib
import select
import socket
from functools import partial
from pathlib import Path
from typing import Any

import msgpack

from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.service import Connection
from daskflow.transport.wire import new_unpacker

CHUNK = 1 << 18
"""Bytes read from a task in one turn."""


class UnixServer:
    """Listens for the tasks of a run. Its methods are called in the ledger's thread.

    Parameters
    ----------
    thread : LedgerThread
        Watches the sockets: what several tasks say at the same time is taken in and answered together.
    """

    def __init__(self, thread: LedgerThread) -> None:
        self._thread = thread
        self._listener: socket.socket | None = None
        self._peers: set[Peer] = set()

    def start(self, path: Path) -> None:
        """Listen at `path`."""
        listener = self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(1024)
        self._thread.watch(listener.fileno(), select.EPOLLIN, self._accept)

    def close(self) -> None:
        """Stop listening and break all connections: who still waits for an answer hears of it."""
        if self._listener is not None:
            self._thread.unwatch(self._listener.fileno())
            self._listener.close()
        for peer in list(self._peers):
            self._drop(peer)

    def _accept(self, _mask: int) -> None:
        assert self._listener is not None
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            accepted, _ = self._listener.accept()
            accepted.setblocking(False)
            peer = Peer(accepted, self._thread)
            self._peers.add(peer)
            self._thread.watch(accepted.fileno(), select.EPOLLIN, partial(self._serve, peer))

    def _serve(self, peer: Peer, mask: int) -> None:
        if not peer.serve(mask):
            self._drop(peer)

    def _drop(self, peer: Peer) -> None:
        self._peers.discard(peer)
        self._thread.unwatch(peer.socket.fileno())
        peer.socket.close()
        peer.connection.lost()


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
        try:
            if mask & select.EPOLLOUT:
                del self._unsent[: self.socket.send(self._unsent)]
                if not self._unsent:
                    self._thread.modify(self.socket.fileno(), select.EPOLLIN)
            if mask & ~select.EPOLLOUT:
                data = self.socket.recv(CHUNK)
                if not data:
                    return False
                self._unpacker.feed(data)
                self.connection.take_in(list(self._unpacker))
        except BlockingIOError:
            pass
        except ConnectionError:
            return False
        return True

    def _send(self, frame: list[Any]) -> None:
        data: bytes = self._packer.pack(frame)
        if not self._unsent:
            sent = 0
            with contextlib.suppress(BlockingIOError, ConnectionError):  # of an end the next read tells
                sent = self.socket.send(data)
            if sent == len(data):
                return
            data = data[sent:]
            self._thread.modify(self.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)
        self._unsent += data
