"""Two hosts on one machine: addresses of the loopback network, each with its own places and a server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from distributed.core import Server

from daskflow.ledger.slots import slot_number
from daskflow.transport.descriptor import Descriptor
from daskflow.transport.far import serving
from daskflow.transport.far.desk import SlotDesk
from daskflow.transport.far.far_slots import FarSlots
from daskflow.transport.far.presence import arrive, leave
from daskflow.transport.far.server import serve_slots
from daskflow.transport.hosts import host_tag
from daskflow.transport.payload import PayloadWriter, decode
from daskflow.transport.slots import SlotPool
from daskflow.transport.views import SlotViews
from tests.unit.transport.ledger_double import LoopThread

SHAPE = (270, 480, 3)


def picture(value: int = 0) -> np.ndarray:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.stack([rows + value, columns // 2, rows // 2 + columns // 4], axis=-1).astype(np.uint8)


class Host:
    """Workers that share memory, of which one serves it."""

    def __init__(self, hosts: Hosts, number: int) -> None:
        self.hosts = hosts
        self.address = ""
        self.ip = f"127.0.0.{number}"
        self.tag = host_tag(f"tcp://{self.ip}:1")
        self.places = arrive(hosts.run_id, self.tag)
        self._servers: list[Any] = []
        self.start()

    def start(self) -> None:
        async def start() -> Any:
            server = Server({}, deserialize=True, **self.hosts.server_args)
            await server.listen(f"{self.hosts.scheme}://{self.ip}:0", **self.hosts.listen_args)
            serve_slots(server)
            return server

        server = self.hosts.loop.run(start())
        self._servers.append(server)
        self.address = server.address

    def stop(self) -> None:
        while self._servers:
            self.hosts.loop.run(self._servers.pop().close())

    def far(self, relay: str | None = None, where: Any = None) -> FarSlots:
        ask = self.hosts.ask if where is None else where
        loop = self.hosts.loop.loop
        far = FarSlots(self.places, self.hosts.run_id, loop, ask, self.hosts.connect_args, relay)
        self.hosts.far.append(far)
        return far

    def task(self, number: int, compression: str | None = None, incarnation: int = 0) -> Side:
        self.hosts.where[number, incarnation] = self
        return Side(self, number, self.far(), compression, incarnation)


class Side:
    """One task on a host, as a reader and a writer."""

    def __init__(
        self, host: Host, number: int, far: FarSlots, compression: str | None = None, incarnation: int = 0
    ) -> None:
        self.far = far
        self.views = SlotViews(host.places, far)
        self.pool = SlotPool(slot_number(number, incarnation, 0), host.places, has_trailers=True)
        self.writer = PayloadWriter(self.pool, self.views, compression)

    def encode(self, value: Any) -> list[Any]:
        descriptor = self.writer.encode(value)
        assert isinstance(descriptor, list)
        return descriptor

    def decode(self, descriptor: Descriptor, **how: Any) -> Any:
        return decode(descriptor, self.views, **how)


class Hosts:
    """All of a run that the tests need."""

    def __init__(self, loop: LoopThread, scheme: str = "tcp", security: Any = None) -> None:
        self.loop = loop
        self.scheme = scheme
        self.server_args = (
            {} if security is None else {"connection_args": security.get_connection_args("worker")}
        )
        self.listen_args = {} if security is None else security.get_listen_args("worker")
        self.connect_args = {} if security is None else security.get_connection_args("worker")
        self.run_id = uuid.uuid4().hex
        self.where: dict[tuple[int, int], Host | None] = {}
        self.asked: list[tuple[int, int]] = []
        self.far: list[FarSlots] = []
        self.all = [Host(self, number) for number in (1, 2, 3)]

    async def ask(self, task: int, incarnation: int) -> Any:
        self.asked.append((task, incarnation))
        host = self.where.get((task, incarnation))
        return None if host is None else {"host": host.tag, "workers": [host.address]}

    @contextmanager
    def scheduler(self) -> Iterator[str]:
        """One that relays slots of the first host, by its address; nothing is left of it."""

        async def start() -> Any:
            server = Server({})
            await server.listen("tcp://127.0.0.1:0")
            server.connection_args = {}
            desk = SlotDesk(server, self.run_id, where_is)
            desk.open()
            return server, desk

        def where_is(*owner: int) -> Any:
            return {"host": self.all[0].tag, "workers": [self.all[0].address]}

        server, desk = self.loop.run(start())
        try:
            yield server.address
        finally:
            self.loop.call(desk.close)
            assert not {"daskflow-fetch", "daskflow-whereabouts"} & set(server.handlers)
            for far in self.far:
                far.close()
            self.loop.run(server.close())

    def close(self) -> None:
        for far in self.far:
            far.close()
        for host in self.all:
            host.stop()
            leave(self.run_id, host.tag)


@contextmanager
def counted_answers() -> Iterator[list[tuple[int, int, str]]]:
    """What servers send while this lasts: slot, bytes, form."""
    sent: list[tuple[int, int, str]] = []
    find = serving.Shelf.find

    async def counted(shelf: Any, slot: int, edition: int, known: list[int]) -> Any:
        answer, data = await find(shelf, slot, edition, known)
        sent.append((slot, answer.size_bytes, answer.form))
        return answer, data

    serving.Shelf.find = counted  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        serving.Shelf.find = find  # type: ignore[method-assign]
