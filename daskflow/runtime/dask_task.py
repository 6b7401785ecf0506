"""What Dask runs on a worker: one task of a flow."""

from __future__ import annotations

import io
import pickle
import sys

from distributed import get_worker, secede

from daskflow.core.constants import COMM
from daskflow.core.node import Node
from daskflow.errors import ClusterError
from daskflow.runtime.environment import environment
from daskflow.runtime.foreign import at_worker
from daskflow.runtime.last_words import keep_last_words
from daskflow.runtime.log_handler import logs_passed_on
from daskflow.runtime.spec import TaskSpec
from daskflow.runtime.task import Task
from daskflow.runtime.threads import limit_threads, threads_limited
from daskflow.transport.carrier import Carrier, SocketCarrier
from daskflow.transport.far.far_slots import FarSlots
from daskflow.transport.far.presence import depart
from daskflow.transport.hosts import host_tag
from daskflow.transport.joining import join


def run_task(spec: TaskSpec) -> None:
    """Run a task to its end; blocks the worker's thread, or one of its own on a cluster of somebody else's.

    Parameters
    ----------
    spec : TaskSpec
        What to run.

    Raises
    ------
    ClusterError
        The node cannot be unpickled here.
    ConnectionError
        The ledger is gone.
    OSError
        The run's places cannot be made on this host.
    """
    if spec.is_foreign:
        _run_foreign(spec)
        return
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a node prints shall not wait in here, nor mix with what others print into the same pipe: a
            # line is one write, where PYTHONUNBUFFERED, as containers set it, makes its end another.
            stream.reconfigure(line_buffering=True, write_through=False)
    keep_last_words(spec.places, spec.task, spec.task_name)
    limit_threads(spec.cpu_threads)
    node = load_node(spec)
    _run(spec, node, _carrier_for(spec))


def _run_foreign(spec: TaskSpec) -> None:
    """Run a task on a worker that others use too, whose process stays as it is.

    It gives the worker's thread back, so that other work is not kept waiting.
    """
    worker = get_worker()
    secede()
    with at_worker(spec, worker) as (placed, far), environment(spec.env):
        node = load_node(spec)
        try:
            carrier = _carrier_for(spec)
        except ConnectionError:
            # The run may have ended meanwhile: then nobody tells this process any more that it may go.
            depart(spec.run_id, host_tag(worker.address))
            raise
        with threads_limited(spec.cpu_threads):  # once what it imports is there
            _run(placed, node, carrier, far)


def _run(spec: TaskSpec, node: Node, carrier: Carrier, far: FarSlots | None = None) -> None:
    try:
        task = Task(spec, node, carrier, far=far)
        with logs_passed_on(task.recorder, spec.log_level):
            task.run()
    finally:
        carrier.close()


def load_node(spec: TaskSpec) -> Node:
    """A copy of the node of a task.

    Raises
    ------
    ClusterError
        It cannot be unpickled here.
    """
    try:
        node: Node = pickle.loads(spec.node)
    except Exception as error:
        raise ClusterError(
            f"node {spec.node_name!r} cannot be loaded in the worker of task {spec.task_name}: "
            f"{type(error).__name__}: {error}; what it imports must be installed, or lie beside the script"
        ) from error
    return node


def _carrier_for(spec: TaskSpec) -> Carrier:
    if spec.carrier == COMM:
        worker = get_worker()
        # By the address that this worker has joined its scheduler at: the caller may know it by another.
        address, security = worker.scheduler.address, worker.connection_args
        return join(worker.loop.asyncio_loop, address, spec.run_id, security)
    return SocketCarrier.at(spec.places.socket)
