"""Real servers of either carrier, each with its threads and a stand-in for the ledger's service."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest import mock

from distributed import Scheduler

from daskflow.transport import joining
from daskflow.transport.carrier import Carrier, SocketCarrier
from daskflow.transport.comm_server import CommServer
from daskflow.transport.joining import join
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.unix_server import UnixServer

PATIENCE_S = 20
"""What takes longer hangs."""


class LoopThread:
    """An event loop that runs in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE_S)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        async def call() -> Any:
            return function(*arguments)

        return self.run(call())

    def tasks(self) -> list[str]:
        """What runs on the loop."""
        return [str(t) for t in self.call(lambda: asyncio.all_tasks() - {asyncio.current_task()})]

    def stop(self) -> None:
        """End the thread, and leave what runs on the loop where it is."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(PATIENCE_S)

    def close(self) -> None:
        self.stop()
        self.loop.close()


class LedgerDouble:
    """Notes what comes in, and sends what the test says; one connection at a time."""

    def __init__(self) -> None:
        self.came: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
        self.is_lost = threading.Event()
        self.refused: queue.SimpleQueue[Exception] = queue.SimpleQueue()
        self.send: Callable[[list[Any]], None] = lambda frame: None

    def connect(self, send: Callable[[list[Any]], None]) -> LedgerDouble:
        self.send = send
        return self

    def take_in(self, frames: list[list[Any]]) -> None:
        for frame in frames:
            self.came.put(frame)

    def flush(self) -> None: ...

    def fail(self, failure: Any) -> None:
        raise failure

    def refuse(self, error: Exception) -> None:
        self.refused.put(error)

    def lost(self) -> None:
        self.is_lost.set()

    def take(self, count: int) -> list[list[Any]]:
        return [self.came.get(timeout=PATIENCE_S) for _ in range(count)]


class SocketEnds:
    """Both ends of the socket carrier."""

    def __init__(self, loop: LoopThread, folder: Path) -> None:
        self.ledger, self._path = LedgerDouble(), folder / "socket"
        self.thread = LedgerThread(self.ledger)  # type: ignore[arg-type]
        self.thread.start()
        self._server = UnixServer(self.thread)
        self.thread.call(self._server.start, self._path)
        self._is_open = True

    def carrier(self) -> Carrier:
        return SocketCarrier.at(self._path)

    def send_raw(self, carrier: Any, data: bytes) -> None:
        carrier._socket.sendall(data)

    def close_server(self) -> None:
        if self._is_open:
            self._is_open = False
            self.thread.call(self._server.close)

    def close(self) -> None:
        self.close_server()
        self.thread.close()


class TcpEnds:
    """Both ends of a connection that a scheduler of Dask's has made and handed over."""

    def __init__(self, loop: LoopThread, folder: Path) -> None:
        self.loop, self.ledger = loop, LedgerDouble()
        self.thread = LedgerThread(self.ledger)  # type: ignore[arg-type]
        self.thread.start()
        self.server = CommServer(self.thread)
        self.scheduler = loop.run(self._start(str(folder)))

    async def _start(self, folder: str) -> Scheduler:
        scheduler = await Scheduler(
            dashboard=False, dashboard_address=":0", host="127.0.0.1", port=0, local_directory=folder
        )
        await self.server.start(scheduler, "a run")
        return scheduler

    def carrier(self, run_id: str = "a run", loop: LoopThread | None = None) -> Any:
        return join((loop or self.loop).loop, self.scheduler.address, run_id, {})

    def send_raw(self, carrier: Any, data: bytes) -> None:
        carrier._socket.sendall(data)

    def close_server(self) -> None:
        self.loop.run(self.server.close())

    def close(self) -> None:
        self.close_server()
        self.thread.close()
        self.loop.run(self.scheduler.close())


class CommEnds(TcpEnds):
    """Both ends of the comm carrier, as it is over TLS and others."""

    def carrier(self, run_id: str = "a run", loop: LoopThread | None = None) -> Any:
        with mock.patch.object(joining, "can_be_handed_over", return_value=False):
            return super().carrier(run_id, loop)

    def send_raw(self, carrier: Any, data: bytes) -> None:
        carrier._stream._unsent.append(data)
        self.loop.call(carrier._stream.wake)
