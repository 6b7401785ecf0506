"""The ledger's UNIX socket: all tasks of the run on this host, served together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import socket
from pathlib import Path
from typing import Any

import msgpack

from daskflow.transport.service import Connection, LedgerService
from daskflow.transport.wire import new_unpacker

logger = logging.getLogger("daskflow.transport")

TURNS = 16
"""Turns taken before the event loop, which has others to serve too, is given back."""

CHUNK = 1 << 18
"""Bytes read from a task in one turn."""


class UnixServer:
    """Listens for the tasks of a run. Its methods are called on the loop that the service lives on.

    The sockets are in an epoll set of their own, of which the event loop sees one descriptor: what several
    tasks say at the same time is taken in in one turn and answered together, without a pass through the
    event loop for each.
    """

    def __init__(self, service: LedgerService) -> None:
        self._service = service
        self._epoll = select.epoll()
        self._listener: socket.socket | None = None
        self._peers: dict[int, Peer] = {}

    async def start(self, path: Path) -> None:
        """Listen at `path`."""
        listener = self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(1024)
        self._epoll.register(listener, select.EPOLLIN)
        asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._serve)

    async def close(self) -> None:
        """Stop listening and break all connections: who still waits for an answer hears of it."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._listener.close()
        for peer in list(self._peers.values()):
            self._drop(peer)
        self._epoll.close()

    def _serve(self) -> None:
        try:
            self._take_turns()
        except Exception as error:  # a defect of ours: it shall end the run, not hang it
            logger.exception("the ledger's server failed")
            self._service.fail(error)

    def _take_turns(self) -> None:
        for _ in range(TURNS):
            events = self._epoll.poll(0)
            if not events:
                break
            for descriptor, mask in events:
                peer = self._peers.get(descriptor)
                if peer is None:
                    self._accept()
                elif not peer.serve(mask):
                    self._drop(peer)
            self._service.flush()

    def _accept(self) -> None:
        assert self._listener is not None
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            accepted, _ = self._listener.accept()
            accepted.setblocking(False)
            peer = Peer(accepted, self._epoll, self._service)
            self._peers[accepted.fileno()] = peer
            self._epoll.register(accepted, select.EPOLLIN)

    def _drop(self, peer: Peer) -> None:
        del self._peers[peer.socket.fileno()]
        self._epoll.unregister(peer.socket)
        peer.socket.close()
        peer.connection.lost()


class Peer:
    """Bytes to frames and back for one task's connection."""

    def __init__(self, accepted: socket.socket, epoll: select.epoll, service: LedgerService) -> None:
        self.socket = accepted
        self.connection: Connection = service.connect(self._send)
        self._epoll = epoll
        self._unpacker = new_unpacker()
        self._packer = msgpack.Packer(use_bin_type=True)
        self._unsent = bytearray()

    def serve(self, mask: int) -> bool:
        """Read what has come and write what could not be written before; whether the task is there."""
        try:
            if mask & select.EPOLLOUT:
                del self._unsent[: self.socket.send(self._unsent)]
                if not self._unsent:
                    self._epoll.modify(self.socket, select.EPOLLIN)
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
            self._epoll.modify(self.socket, select.EPOLLIN | select.EPOLLOUT)
        self._unsent += data
