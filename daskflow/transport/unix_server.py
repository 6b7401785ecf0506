"""The ledger's UNIX socket: an asyncio server whose connections feed the service."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgpack

from daskflow.transport.service import Connection, LedgerService
from daskflow.transport.wire import new_unpacker


class UnixServer:
    """Listens for the tasks of a run. Its methods are called on the loop that the service lives on."""

    def __init__(self, service: LedgerService) -> None:
        self._service = service
        self._server: asyncio.Server | None = None
        self.transports: set[asyncio.WriteTransport] = set()

    async def start(self, path: Path) -> None:
        """Listen at `path`."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: FrameProtocol(self._service, self), path)
        path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening and break all connections: who still waits for an answer hears of it."""
        if self._server is not None:
            self._server.close()
        for transport in list(self.transports):
            transport.abort()


class FrameProtocol(asyncio.Protocol):
    """Bytes to frames and back for one connection."""

    def __init__(self, service: LedgerService, server: UnixServer) -> None:
        self._service = service
        self._server = server
        self._unpacker = new_unpacker()
        self._packer = msgpack.Packer(use_bin_type=True)
        self._transport: asyncio.WriteTransport | None = None
        self._connection: Connection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the connection at the service."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._server.transports.add(transport)
        self._connection = self._service.connect(self._send)

    def data_received(self, data: bytes) -> None:
        """Hand on all frames that are complete."""
        self._unpacker.feed(data)
        frames = list(self._unpacker)
        if frames and self._connection is not None:
            self._connection.received(frames)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the service that the task's process is gone."""
        if self._transport is not None:
            self._server.transports.discard(self._transport)
        if self._connection is not None:
            self._connection.lost()

    def _send(self, frame: list[Any]) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(self._packer.pack(frame))
