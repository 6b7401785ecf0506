"""What a run with a cluster of its own, on this machine, can do about wishes for places."""

from __future__ import annotations

import socket

from daskflow.errors import PlacementError
from daskflow.plan.plan import Plan


def refuse_other_places(plan: Plan) -> None:
    """Refuse a plan with a task that is to be elsewhere than on this machine.

    Raises
    ------
    PlacementError
        The message names the node and what to do.
    """
    own = socket.gethostname()
    here = {own, own.partition(".")[0], "localhost", "127.0.0.1"}
    for node in plan.nodes:
        for task in node.tasks:
            if task.workers:
                raise PlacementError(
                    f"node {node.name!r} is to run on worker {' or '.join(task.workers)}, and this run has "
                    "workers of its own, one for each task: workers= chooses among those of an existing "
                    "cluster, run(cluster=ADDRESS)"
                )
            if task.host and here.isdisjoint(task.host):
                raise PlacementError(
                    f"node {node.name!r} is to run on host {' or '.join(task.host)}, and this run has all "
                    f"its workers on this machine, {own}: run it on a cluster that has workers there, "
                    "run(cluster=ADDRESS)"
                )
