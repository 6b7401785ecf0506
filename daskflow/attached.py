"""A flow that runs on a cluster and was found there."""

from __future__ import annotations

from daskflow.cluster.foreign.access import ClusterAccess
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
