"""What Dask runs on a worker: one task of a flow."""

from __future__ import annotations

import io
import sys

import cloudpickle

from daskflow.runtime.spec import TaskSpec
from daskflow.runtime.task import Task
from daskflow.transport.carrier import SocketCarrier


def run_task(spec: TaskSpec) -> None:
    """Run a task to its end; blocks the worker's thread.

    Parameters
    ----------
    spec : TaskSpec
        What to run.

    Raises
    ------
    Exception
        The node cannot be unpickled here.
    ConnectionError
        The ledger is gone.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)  # what a node prints shall not wait in here
    node = cloudpickle.loads(spec.node)
    carrier = SocketCarrier(spec.places.socket)
    try:
        Task(spec, node, carrier).run()
    finally:
        carrier.close()
