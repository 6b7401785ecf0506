"""A run over several hosts, with no more around it than the way between them needs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from distributed import Client, Scheduler, Worker

from daskflow import Flow
from daskflow.cluster.compiling import compile_run
from daskflow.cluster.delivery import Delivery
from daskflow.core.constants import COMM
from daskflow.ledger import Ledger
from daskflow.plan.build import build_plan
from daskflow.plan.inventory import Inventory
from daskflow.runtime.dask_task import run_task
from daskflow.runtime.foreign import at_client
from daskflow.runtime.task import Task
from daskflow.transport.comm_server import CommServer
from daskflow.transport.far.desk import SlotDesk
from daskflow.transport.far.presence import leave
from daskflow.transport.far.server import remove_places, serve_slots
from daskflow.transport.hosts import host_tag
from daskflow.transport.joining import join
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces
from daskflow.transport.service import LedgerService
from tests.unit.transport.around import Around
from tests.unit.transport.ledger_double import LoopThread

PATIENCE_S = 60


class FarCluster:
    """A scheduler in this process, and perhaps workers, with addresses of different hosts."""

    def __init__(self, address: str = "tcp://127.0.0.1:0", worker_hosts: Sequence[str] = ()) -> None:
        self.loop = LoopThread()
        self.workers: list[Worker] = []
        self.scheduler = self.loop.run(self._start(address, worker_hosts))
        self.client = Client(self.scheduler.address)
        self.client.run(lambda dask_worker: serve_slots(dask_worker))

    async def _start(self, address: str, worker_hosts: Sequence[str]) -> Scheduler:
        host = address.rpartition("/")[2].rpartition(":")[0]
        scheduler = await Scheduler(host=host, dashboard_address=":0", port=0)
        for number, host in enumerate(worker_hosts):
            worker = Worker(
                scheduler.address, host=host, nthreads=1, name=f"w{number}", dashboard_address=None
            )
            self.workers.append(await worker)
        return scheduler

    def tags(self) -> dict[str, str]:
        """The host of each worker, by address."""
        return self.client.run(lambda dask_worker: host_tag(dask_worker.address))

    def close(self) -> None:
        self.client.close()
        self.loop.run(self._close())
        self.loop.close()

    async def _close(self) -> None:
        await asyncio.gather(*(worker.close() for worker in self.workers))
        await self.scheduler.close()


class FarRun:
    """One flow on such a cluster.

    Parameters
    ----------
    cluster : FarCluster
        Where.
    flow : Flow
        What.
    address_of : mapping of str to str
        The worker of each task, by name.
    caller : str
        An address of this process's host.
    """

    run_id = "far0123456789abcdef"

    def __init__(
        self,
        cluster: FarCluster,
        flow: Flow,
        address_of: Mapping[str, str],
        caller: str = "tcp://127.0.0.9:1",
    ) -> None:
        self._cluster = cluster
        self._tags = cluster.tags()
        self._address_of = address_of
        self._caller = caller
        options = replace(flow.options(), carrier=COMM)
        plan = build_plan(flow._graph, Inventory(8, ()), options, flow_name="far", flow_type=flow._flow_type)
        names = {name: node for node, name in flow._graph.names.items()}
        nodes = [names[each.name] for each in plan.nodes]
        self.compiled = compile_run(plan, nodes, self.run_id, RunPlaces.of_run(self.run_id), options)
        self.ledger = Ledger(self.compiled.topology)
        self.over = threading.Event()
        self.thread = LedgerThread(LedgerService(self.ledger, Around(self.over.set)))
        self._owners: dict[int, str] = {}

    def run(self) -> None:
        cluster = self._cluster
        self.thread.start()
        comms = CommServer(self.thread)
        desk = SlotDesk(cluster.scheduler, self.run_id, self._where_is)
        cluster.loop.run(comms.start(cluster.scheduler, self.run_id))
        cluster.loop.call(desk.open)
        futures = [self._submitted(replace(spec, is_foreign=True)) for spec in self.compiled.tasks]
        deliveries = [
            threading.Thread(target=self._deliver, args=(replace(spec, is_foreign=True), receiver))
            for spec, receiver in self.compiled.deliveries
        ]
        for delivery in deliveries:
            delivery.start()
        try:
            for future in futures:
                future.result(PATIENCE_S)
            assert self.over.wait(PATIENCE_S)
            assert self.ledger.failure is None, self.ledger.failure
        finally:
            for delivery in deliveries:
                delivery.join(PATIENCE_S)
            cluster.loop.run(comms.close())
            cluster.loop.call(desk.close)
            self.thread.close()
            cluster.client.run(remove_places, self.run_id)
            leave(self.run_id, host_tag(self._caller))

    def _where_is(self, task: int, incarnation: int) -> Any:
        address = self._address_of[self.compiled.tasks[task].task_name]
        tag = self._tags[address]
        return {"host": tag, "workers": [address, *(a for a, t in self._tags.items() if t == tag)]}

    def _submitted(self, spec: Any) -> Any:
        where = self._address_of[spec.task_name]
        return self._cluster.client.submit(run_task, spec, workers=[where], key=spec.task_name, pure=False)

    def _deliver(self, spec: Any, receiver: Any) -> None:
        client = self._cluster.client
        carrier = join(client.loop.asyncio_loop, client.scheduler.address, self.run_id, {})
        receiver.begin_run()
        try:
            with at_client(spec, client, self._caller) as (placed, far):
                Task(placed, Delivery(receiver), carrier, private_inputs=True, far=far).run()
        finally:
            carrier.close()
