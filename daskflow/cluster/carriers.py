"""Which carrier the tasks of a run use, and the caller's side of either."""

from __future__ import annotations

from typing import Any

import dask.config

from daskflow.cluster.local import FlowCluster
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.carrier import COMM, SOCKET, Carrier, SocketCarrier
from daskflow.transport.comm_carrier import CommCarrier
from daskflow.transport.comm_server import CommServer
from daskflow.transport.places import RunPlaces
from daskflow.transport.service import LedgerService
from daskflow.transport.unix_server import UnixServer


def chosen_carrier() -> str:
    """The carrier that Dask's configuration names under ``daskflow.carrier``; the socket if it names none.

    Raises
    ------
    ValueError
        There is no such carrier.
    """
    chosen = dask.config.get("daskflow.carrier", SOCKET)
    if chosen not in (SOCKET, COMM):
        raise ValueError(f"daskflow.carrier is {chosen!r}: it must be {SOCKET!r} or {COMM!r}")
    return str(chosen)


def server_for(
    carrier: str, service: LedgerService, cluster: FlowCluster, places: RunPlaces, run_id: str
) -> tuple[UnixServer | CommServer, tuple[Any, ...]]:
    """The ledger's side of a carrier, and the arguments of its `start`."""
    if carrier == COMM:
        return CommServer(service), (cluster.scheduler, run_id)
    return UnixServer(service), (places.socket,)


def carrier_for(spec: TaskSpec, cluster: FlowCluster) -> Carrier:
    """The carrier of a task that runs in the caller's own process. Blocks until it is connected."""
    if spec.carrier == COMM:
        security = cluster.security.get_connection_args("client")
        return CommCarrier(cluster.loop.asyncio_loop, cluster.scheduler_address, spec.run_id, security)
    return SocketCarrier(spec.places.socket)
