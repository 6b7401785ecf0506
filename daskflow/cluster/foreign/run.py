"""A run on an existing cluster, as its caller sees it."""

from __future__ import annotations

import atexit
import logging
import secrets
import threading
import time
from collections.abc import Sequence

from daskflow.cluster.delivery import start_delivery
from daskflow.cluster.foreign.existing import ExistingCluster, SchedulerGone
from daskflow.cluster.foreign.order import RunOrder
from daskflow.cluster.foreign.roster import own_versions
from daskflow.cluster.janitor import Janitor
from daskflow.cluster.log_relay import log
from daskflow.cluster.topology import compile_run
from daskflow.cluster.tracing import chosen_tracing
from daskflow.core.constants import GPU
from daskflow.core.node import Node, ProcessorNode
from daskflow.errors import ClusterError, FlowStateError
from daskflow.monitor.autoscaling import Bounds
from daskflow.monitor.figures import flow_length
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.options import FlowOptions
from daskflow.plan import Plan
from daskflow.runtime.failure import failure_from_bytes
from daskflow.transport.comm_carrier import CommCarrier
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import Record

logger = logging.getLogger("daskflow.cluster")

WAIT_S = 5.0
"""How long a question for news waits at the scheduler."""

PATIENCE_S = 30.0
"""How long a scheduler may be out of reach before it is given up."""

GRACE_S = 5.0


class ForeignRun:
    """A run that a scheduler holds, watched from here. Blocks until its tasks are loaded.

    Parameters
    ----------
    cluster : ExistingCluster
        The way to the scheduler; closed at the end of the run.
    plan : Plan
        What runs.
    nodes : sequence of Node
        In the plan's order.
    options : FlowOptions
        By which it was planned.
    is_detached : bool
        Whether it goes on without this program.
    tasks_per_worker : int
        How many tasks a worker may be given.

    Raises
    ------
    FlowStateError
        A node cannot be pickled; or it is to outlive this program, and hands results to it.
    PlacementError
        The workers cannot take the tasks.
    ClusterError
        A node could not be loaded in a worker.
    """

    def __init__(
        self,
        cluster: ExistingCluster,
        plan: Plan,
        nodes: Sequence[Node],
        options: FlowOptions,
        *,
        is_detached: bool = False,
        tasks_per_worker: int = 1,
    ) -> None:
        self.run_id = secrets.token_hex(10)
        self._cluster = cluster
        self._flow_name = plan.flow_name
        self._ended = threading.Event()
        self._loaded = threading.Event()
        self._failure: BaseException | None = None
        self._final: RunSnapshot | None = None
        self._deliveries: list[threading.Thread] = []
        self._places = places = RunPlaces.of_run(f"{self.run_id}-caller")
        compiled = compile_run(
            plan, nodes, self.run_id, places, options, trace_sample=chosen_tracing().sample, is_foreign=True
        )
        if is_detached and compiled.deliveries:
            names = ", ".join(spec.node_name for spec, _ in compiled.deliveries)
            raise FlowStateError(
                f"node {names} hands its results to this program, which a detached flow outlives: "
                "use a consumer that writes them"
            )
        order = RunOrder(
            run_id=self.run_id,
            plan=plan,
            topology=compiled.topology,
            tasks=compiled.tasks,
            deliveries=tuple(spec for spec, _ in compiled.deliveries),
            options=options,
            scalable_on_gpu=frozenset(
                planned.name
                for planned, node in zip(plan.nodes, nodes, strict=True)
                if isinstance(node, ProcessorNode) and GPU in node.devices
            ),
            total=flow_length(nodes),
            caller="" if is_detached else cluster.client_id,
            tasks_per_worker=tasks_per_worker,
            versions=own_versions(),
        )
        self._janitor = Janitor(places)
        places.create()
        cluster.begin(order)
        atexit.register(self._at_exit)
        self._watcher = threading.Thread(target=self._watch, name="daskflow watcher", daemon=True)
        self._watcher.start()
        try:
            for spec, receiver in compiled.deliveries:
                receiver.begin_run()
                self._deliveries.append(start_delivery(spec, receiver, self._carrier(spec.run_id)))
            self._loaded.wait()
        except BaseException:
            self.stop(drain=False)
            self._ended.wait()
            raise
        if isinstance(self._failure, ClusterError):
            self._ended.wait()
            raise self._failure

    def stop(self, *, drain: bool) -> None:
        """Let the producers end and finish what is under way, or end at once. Does not wait for the end."""
        self._cluster.tell(self.run_id, "stop", drain)

    def scale(self, node: str, nb_tasks: int) -> None:
        """Give a node so many tasks; blocks until it has them."""
        self._cluster.tell(self.run_id, "scale", node, nb_tasks)

    def autoscale(self, bounds: Bounds) -> None:
        """Have a node scaled by its load from now on."""
        self._cluster.tell(self.run_id, "autoscale", bounds)

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
        """The run as it is now; after its end, as it was then. Blocks for an answer."""
        return self._final or self._cluster.snapshot(self.run_id)

    def _carrier(self, run_id: str) -> CommCarrier:
        client = self._cluster.client
        return CommCarrier(
            client.loop.asyncio_loop,
            self._cluster.address,
            run_id,
            client.security.get_connection_args("client"),
        )

    # -- in the watcher's thread ------------------------------------------------------------------------

    def _watch(self) -> None:
        """Log what is logged in the run, until its end."""
        position, heard_s = 0, time.monotonic()
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
                self._end(told["failure"] and failure_from_bytes(told["failure"]))
                return
            if told["loaded"]:
                self._loaded.set()

    def _end(self, failure: BaseException | None) -> None:
        self._failure = failure
        for thread in self._deliveries:
            thread.join(GRACE_S)
        try:
            self._final = self._cluster.snapshot(self.run_id)
        except Exception as error:  # noqa: BLE001  then there is none
            logger.warning("the last figures of flow %s were not had: %s", self._flow_name, error)
        self._cluster.close()
        self._janitor.finish()
        atexit.unregister(self._at_exit)
        self._ended.set()
        self._loaded.set()

    def _at_exit(self) -> None:
        if not self._ended.is_set():
            logger.warning("the program ends while a flow runs: ending it; flow.join() waits for it instead")
            self.stop(drain=False)
            self._ended.wait(2 * GRACE_S)
