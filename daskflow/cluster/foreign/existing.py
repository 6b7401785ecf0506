"""The caller's way to a cluster that is there already."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any

import msgpack
from distributed import Client, Security

from daskflow.cluster.foreign.access import ClusterAccess
from daskflow.cluster.foreign.door import NAME, open_door
from daskflow.cluster.foreign.order import RunOrder
from daskflow.core import pickling
from daskflow.errors import ClusterError
from daskflow.monitor.records import from_record
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.plan.placement import WorkerInfo
from daskflow.runtime.failure import failure_from_bytes
from daskflow.version import __version__

CONNECT_S = 15.0
"""How long a scheduler may take to answer at first."""


class ExistingCluster:
    """Asks a scheduler about flows, over a Dask client of its own: that of the caller is left alone.

    All methods block, and may be called from any thread but the client's own.

    Parameters
    ----------
    access : ClusterAccess
        How to reach the scheduler.

    Raises
    ------
    ClusterError
        It cannot be reached, or has no daskflow.
    """

    def __init__(self, access: ClusterAccess) -> None:
        self.address = access.address
        _check_certificates(access)
        try:
            self.client = Client(
                access.address,
                security=access.security,
                set_as_default=False,
                timeout=CONNECT_S,
                name="daskflow-caller",
            )
        except (OSError, ValueError) as error:
            raise ClusterError(
                f"no Dask scheduler answers at {access.address} ({type(error).__name__}: {error}): is it "
                "running, is that its address as it prints it, and may this machine reach it?"
            ) from error
        try:
            self._open_door()
        except BaseException:
            self.close()
            raise

    @property
    def client_id(self) -> str:
        """By which the scheduler knows this caller."""
        return str(self.client.id)

    @property
    def dashboard_link(self) -> str | None:
        """Where the dashboard of the cluster is; None where it has none."""
        link = self.client.dashboard_link
        return None if link is None else str(link)

    def inventory(self) -> tuple[list[WorkerInfo], Mapping[str, str]]:
        """The workers, and the versions of the scheduler."""
        workers, versions = pickle.loads(self._ask("inventory"))
        return workers, versions

    def begin(self, order: RunOrder) -> None:
        """Start a run.

        Raises
        ------
        PlacementError
            The workers cannot take its tasks.
        """
        self._ask("begin", order=pickling.dumps(order))

    def news(self, run_id: str, position: int, timeout_s: float) -> dict[str, Any]:
        """What came after a position; blocks until something did, or the time is up."""
        answer: dict[str, Any] = self._ask("news", run=run_id, position=position, timeout_s=timeout_s)
        return answer

    def tell(self, run_id: str, action: str, *arguments: Any) -> None:
        """Have something done to a run."""
        self._ask("tell", run=run_id, action=action, arguments=pickle.dumps(arguments))

    def snapshot(self, run_id: str) -> RunSnapshot:
        """A run as it is now."""
        return unpacked(self._ask("snapshot", run=run_id))

    def runs(self) -> Sequence[Mapping[str, Any]]:
        """The runs that are there."""
        found: Sequence[Mapping[str, Any]] = self._ask("runs")
        return found

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _open_door(self) -> None:
        try:
            version = self.client.run_on_scheduler(open_door)
        except (ImportError, AttributeError) as error:  # it has none, or one that was older than this
            raise ClusterError(
                f"the scheduler at {self.address} has no daskflow, or another one ({error}), and it holds "
                f"the runs of flows: pip install daskflow=={__version__} where it runs, and start it anew"
            ) from error
        if version != __version__:
            raise ClusterError(
                f"the scheduler at {self.address} has daskflow {version}, and this program {__version__}: "
                "install the same version in both"
            )

    def _ask(self, what: str, **arguments: Any) -> Any:
        scheduler = self.client.scheduler
        if scheduler is None or self.client.status == "closed":
            raise SchedulerGone(f"the connection to the scheduler at {self.address} is closed")
        try:
            told = self.client.sync(getattr(scheduler, f"{NAME}-{what}"), **arguments)
        except (OSError, RuntimeError, CancelledError, asyncio.CancelledError) as error:
            raise SchedulerGone(f"the scheduler at {self.address} is gone: {error}") from error
        if not isinstance(told, Mapping):  # Dask's answer to a question that it does not know
            raise ClusterError(f"the scheduler at {self.address} is another one than before: it has no flows")
        if "error" in told:
            raise failure_from_bytes(told["error"])
        return told["answer"]


def _check_certificates(access: ClusterAccess) -> None:
    """Refuse TLS without certificates: a client that was begun without them takes half a minute to end."""
    if not access.address.startswith("tls://") or access.security is not None:
        return
    if Security().get_connection_args("client").get("ssl_context") is None:
        raise ClusterError(
            f"the scheduler at {access.address} wants TLS, and no certificates are known: pass a "
            "distributed.Client that has its Security, or name them in Dask's configuration under "
            "distributed.comm.tls"
        )


def unpacked(snapshot: bytes) -> RunSnapshot:
    """A snapshot as it was sent."""
    return from_record(msgpack.unpackb(snapshot))


class SchedulerGone(ClusterError):
    """The scheduler does not answer any more."""
