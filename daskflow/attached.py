"""A flow that runs on a cluster and was found there."""

from __future__ import annotations

from typing import Any

from daskflow.cluster.foreign.access import ClusterAccess, access_to, access_to_default
from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.cluster.foreign.finding import find_run
from daskflow.cluster.foreign.run import ForeignRun
from daskflow.running import RunningFlow


class AttachedFlow(RunningFlow):
    """What `Flow.attach` returns: it can be watched, changed and ended, and its logs are logged here.

    The flow goes on when this program ends, unless its own caller is a program that ends.

    Parameters
    ----------
    name : str
        Of the flow, or the beginning of the id of its run.
    access : ClusterAccess
        How to reach the scheduler.

    Raises
    ------
    FlowStateError
        No such flow is there, or several are.
    ClusterError
        The scheduler does not answer.
    """

    def __init__(self, name: str, access: ClusterAccess) -> None:
        cluster = ExistingCluster(access)
        try:
            found = find_run(cluster, name)
        except BaseException:
            cluster.close()
            raise
        self._name = str(found["flow"])
        self._run = ForeignRun(
            cluster, str(found["run"]), self._name, is_detached=True, position=int(found["position"])
        )

    @property
    def name(self) -> str:
        """The flow's name."""
        return self._name

    def __repr__(self) -> str:
        state = "running" if self.is_running else "not running"
        return f"<AttachedFlow {self._name!r}: {state} at {self.scheduler_address}>"


def attach(name: str, cluster: Any = None) -> AttachedFlow:
    """Find a flow that runs on a cluster, whoever started it; blocks until the scheduler has answered.

    Parameters
    ----------
    name : str
        Of the flow, or the beginning of the id of its run.
    cluster : str, distributed.Client or distributed.deploy.Cluster, optional
        As for `run`. By default the client that this program has opened last, else the scheduler that
        Dask's configuration names (``DASK_SCHEDULER_ADDRESS``).

    Returns
    -------
    AttachedFlow
        Has `join`, `stop`, `metrics`, `scale` and the others that are about a running flow.

    Raises
    ------
    FlowStateError
        No such flow is there, or several are; the message lists those that are.
    ClusterError
        The scheduler does not answer.
    ValueError
        Nothing says where the scheduler is; or the cluster belongs to an event loop, which this would block.
    """
    access = access_to_default() if cluster is None else access_to(cluster)
    if access.is_asynchronous:
        raise ValueError(
            "this cluster belongs to an event loop, and attach() blocks: pass the address of its scheduler "
            "in another thread, await asyncio.to_thread(Flow.attach, name, address)"
        )
    return AttachedFlow(name, access)
