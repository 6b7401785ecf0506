"""A run on an existing cluster, as its caller sees it."""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from daskflow.cluster.delivery import start_delivery
from daskflow.cluster.foreign.existing import ExistingCluster, SchedulerGone, unpacked
from daskflow.cluster.log_relay import log
from daskflow.core.node.caller import CallerConsumerNode
from daskflow.errors import ClusterError, FlowStateError
from daskflow.monitor.autoscaling import Bounds
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.runtime.failure import failure_from_bytes
from daskflow.runtime.foreign import at_client
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.far.presence import leave
from daskflow.transport.hosts import host_tag
from daskflow.transport.joining import join
from daskflow.transport.records import Record

logger = logging.getLogger("daskflow.cluster")

WAIT_S = 5.0
"""How long a question for news waits at the scheduler."""

PATIENCE_S = 30.0
"""How long a scheduler may be out of reach before it is given up."""

GRACE_S = 5.0


class ForeignRun:
    """A run that a scheduler holds, watched from here: what is logged in it is logged here, until its end.

    Parameters
    ----------
    cluster : ExistingCluster
        The way to the scheduler; closed at the end of the run.
    run_id, flow_name : str
        Which run, of which flow.
    is_detached : bool
        Whether it goes on when this program ends.
    position : int
        Where in what is logged to begin.
    """

    def __init__(
        self, cluster: ExistingCluster, run_id: str, flow_name: str, *, is_detached: bool, position: int = 0
    ) -> None:
        self.run_id = run_id
        self.is_detached = is_detached
        """Whether it goes on when this program ends."""
        self._cluster = cluster
        self._flow_name = flow_name
        self._position = position
        self._ended = threading.Event()
        self._loaded = threading.Event()
        self._failure: BaseException | None = None
        self._latest: RunSnapshot | None = None
        self._is_final = False
        self._deliveries: list[threading.Thread] = []
        self._undo = contextlib.ExitStack()
        self._undo.callback(cluster.close)
        if not is_detached:
            atexit.register(self._at_exit)
        threading.Thread(target=self._watch, name="daskflow watcher", daemon=True).start()

    def deliver(self, deliveries: Sequence[tuple[TaskSpec, CallerConsumerNode]]) -> None:
        """Hand results to consumers of this program, in threads that end with the stream."""
        client = self._cluster.client
        here = client.scheduler_comm.comm.local_address
        if deliveries:
            self._undo.callback(leave, self.run_id, host_tag(here))
        security = client.security.get_connection_args("client")
        for spec, receiver in deliveries:
            receiver.begin_run()
            carrier = join(client.loop.asyncio_loop, self._cluster.address, self.run_id, security)
            placed, far = self._undo.enter_context(at_client(spec, client, here))
            self._deliveries.append(start_delivery(placed, receiver, carrier, self._fail, far))

    def wait_for_tasks(self) -> None:
        """Block until every node is loaded in its worker.

        Raises
        ------
        ClusterError
            One could not be.
        """
        self._loaded.wait()
        if isinstance(self._failure, ClusterError):
            raise self._failure

    def stop(self, *, drain: bool) -> None:
        """Let the producers end and finish what is under way, or end at once. Does not wait for the end."""
        with contextlib.suppress(FlowStateError):  # it has ended just now
            self._tell("stop", drain)

    def scale(self, node: str, nb_tasks: int) -> None:
        """Give a node so many tasks; blocks until it has them."""
        self._tell("scale", node, nb_tasks)

    def autoscale(self, bounds: Bounds) -> None:
        """Have a node scaled by its load from now on."""
        self._tell("autoscale", bounds)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until the run has ended and is taken down; whether it has."""
        return self._ended.wait(timeout_s)

    @property
    def is_delivering_here(self) -> bool:
        """Whether the calling thread is one that hands results to the caller, and that the end waits for."""
        return threading.current_thread() in self._deliveries

    @property
    def has_ended(self) -> bool:
        """Whether everything is taken down."""
        return self._ended.is_set()

    @property
    def failure(self) -> BaseException | None:
        """What failed the run; None while nothing has."""
        return self._failure

    @property
    def scheduler_address(self) -> str:
        """Where a Dask client reaches the scheduler."""
        return self._cluster.address

    @property
    def dashboard_link(self) -> str | None:
        """Where the dashboard of the cluster is; None where it has none."""
        return self._cluster.dashboard_link

    def snapshot(self) -> RunSnapshot:
        """The run as it is now; after its end, as it was then. Blocks for an answer.

        While the scheduler does not answer, and after it has gone, as the run was when it was asked last.
        """
        if not self._is_final:
            try:
                self._latest = self._cluster.snapshot(self.run_id)
            except ClusterError:
                if self._latest is None:
                    raise
        assert self._latest is not None
        return self._latest

    def _tell(self, action: str, *arguments: Any) -> None:
        """Have something done to the run.

        Raises
        ------
        FlowStateError
            It has ended.
        ClusterError
            The scheduler does not answer.
        """
        try:
            self._cluster.tell(self.run_id, action, *arguments)
        except SchedulerGone:
            if self._ended.wait(GRACE_S):  # the connection is closed at the end
                raise FlowStateError(f"flow {self._flow_name!r} has ended") from None
            raise

    def _fail(self, failure: ClusterError) -> None:
        with contextlib.suppress(FlowStateError):
            self._tell("fail", ClusterError(str(failure)))

    # -- in the watcher's thread ------------------------------------------------------------------------

    def _watch(self) -> None:
        """Log what is logged in the run, until its end."""
        position, heard_s = self._position, time.monotonic()
        while True:
            try:
                told = self._cluster.news(self.run_id, position, WAIT_S)
            except SchedulerGone as error:
                if time.monotonic() - heard_s > PATIENCE_S:
                    self._end(ClusterError(f"flow {self._flow_name!r} is lost: {error}"))
                    return
                time.sleep(0.5)  # the connection may come back
                continue
            except Exception as error:  # noqa: BLE001  whatever it is, the run is out of our hands
                self._end(ClusterError(f"flow {self._flow_name!r} is lost: {error}"))
                return
            heard_s, position = time.monotonic(), told["position"]
            for fields in told["records"]:
                log(Record._make(fields), self._flow_name)
            if told["ended"]:
                self._latest, self._is_final = unpacked(told["snapshot"]), True
                self._end(told["failure"] and failure_from_bytes(told["failure"]))
                return
            if told["loaded"]:
                self._loaded.set()

    def _end(self, failure: BaseException | None) -> None:
        self._failure = failure
        for thread in self._deliveries:
            thread.join(GRACE_S)
        try:
            self._undo.close()
        except Exception:
            logger.exception("taking down run %s was not complete", self.run_id)
        finally:
            atexit.unregister(self._at_exit)
            self._ended.set()
            self._loaded.set()

    def _at_exit(self) -> None:
        if not self._ended.is_set():
            logger.warning("the program ends while a flow runs: ending it; flow.join() waits for it instead")
            with contextlib.suppress(ClusterError):  # a scheduler that is gone has no run of ours
                self.stop(drain=False)
                self._ended.wait(2 * GRACE_S)
