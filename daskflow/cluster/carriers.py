"""The caller's side of either carrier."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from daskflow.cluster.local import FlowCluster
from daskflow.core.constants import COMM
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.carrier import Carrier, SocketCarrier
from daskflow.transport.comm_server import CommServer
from daskflow.transport.joining import join
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces
from daskflow.transport.unix_server import UnixServer


def serve(
    carrier: str, thread: LedgerThread, cluster: FlowCluster, places: RunPlaces, run_id: str
) -> Callable[[], None]:
    """Open the ledger's side of a carrier; returns what closes it. Both block until it is done."""
    if carrier == COMM:
        comms = CommServer(thread)
        cluster.sync(comms.start, cluster.scheduler, run_id)
        return partial(cluster.sync, comms.close)
    sockets = UnixServer(thread)
    thread.call(sockets.start, places.socket)
    return partial(thread.call, sockets.close)


def carrier_for(spec: TaskSpec, cluster: FlowCluster) -> Carrier:
    """The carrier of a task that runs in the caller's own process. Blocks until it is connected."""
    if spec.carrier == COMM:
        security = cluster.security.get_connection_args("client")
        return join(cluster.loop.asyncio_loop, cluster.scheduler_address, spec.run_id, security)
    return SocketCarrier.at(spec.places.socket)
