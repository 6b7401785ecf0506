"""What the ledger's server does about its own defects; what it serves is in `test_carriers`."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from daskflow.transport.unix_server import UnixServer


class BrokenService:
    """A service that fails at whatever it is asked."""

    def __init__(self) -> None:
        self.failure: Any = None

    def flush(self) -> None:
        raise AssertionError("a defect")

    def connect(self, send: Any) -> Any:
        raise AssertionError("a defect")

    def fail(self, failure: Any) -> None:
        self.failure = failure


def test_a_defect_ends_the_run(tmp_path, caplog):
    service = BrokenService()
    server = UnixServer(service)

    async def serve() -> None:
        await server.start(tmp_path / "ledger")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as task:
            task.connect(str(tmp_path / "ledger"))
            server._serve()
        await server.close()

    asyncio.run(serve())
    assert isinstance(service.failure, AssertionError)
    assert "server failed" in caplog.text
