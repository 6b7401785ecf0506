"""One run of a flow on a cluster of its own: started, watched, and taken down without a trace."""

from __future__ import annotations

import atexit
import contextlib
import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from distributed import Client

from daskflow.cluster.autoscaling import Autoscaler
from daskflow.cluster.carriers import carrier_for, serve
from daskflow.cluster.compiling import CompiledRun, compile_run
from daskflow.cluster.controller import GRACE_S, RunController
from daskflow.cluster.crew import LocalCrew
from daskflow.cluster.delivery import start_delivery
from daskflow.cluster.forkserver import ForkServer, preloads_for
from daskflow.cluster.janitor import Janitor
from daskflow.cluster.local import FlowCluster
from daskflow.cluster.log_relay import LogRelay
from daskflow.cluster.performance import begin_report, check_report
from daskflow.cluster.scaling import Scaler
from daskflow.cluster.tracing import chosen_tracing
from daskflow.cluster.watch import Watch
from daskflow.core.node import Node
from daskflow.errors import ClusterError
from daskflow.monitor.autoscaling import Bounds
from daskflow.monitor.figures import flow_length
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.options import FlowOptions
from daskflow.plan import Plan
from daskflow.plan.placement.own_machine import refuse_other_places
from daskflow.transport.announcing import announce
from daskflow.transport.places import RunPlaces

logger = logging.getLogger("daskflow.cluster")


class Run:
    """An execution of a plan. Starts in the constructor, which blocks until all workers are there.

    Parameters
    ----------
    plan : Plan
        What to run.
    nodes : sequence of Node
        The nodes, in the plan's order.
    options : FlowOptions
        What holds for the run.
    cluster : mapping
        Arguments for `FlowCluster`.
    performance_report : pathlib.Path, optional
        The file for Dask's report.

    Raises
    ------
    ValueError
        ``daskflow.tracing.sample`` in Dask's configuration is no share, or the environment names no exporter
        of spans.
    ImportError
        Messages are to be traced, and OpenTelemetry is not installed.
    OSError
        `performance_report` cannot be written.
    FlowStateError
        A node cannot be pickled.
    PlacementError
        A node is to run on another host.
    ClusterError
        The cluster did not start. Nothing is left of it.
    """

    def __init__(
        self,
        plan: Plan,
        nodes: Sequence[Node],
        options: FlowOptions,
        cluster: Mapping[str, Any],
        performance_report: Path | None = None,
    ) -> None:
        refuse_other_places(plan)
        self.is_detached = False
        self.run_id = secrets.token_hex(10)  # nobody shall guess where its files are
        self._carrier = options.carrier
        self._nodes = nodes
        self._options = options
        tracing = chosen_tracing()
        self._places = RunPlaces.of_run(self.run_id)
        compiled = compile_run(
            plan,
            nodes,
            self.run_id,
            self._places,
            options,
            trace_sample=tracing.sample,
        )
        self._preloads = [*preloads_for(nodes), *tracing.preloads]
        if performance_report is not None:
            check_report(performance_report)
        self._report = performance_report
        self._relay = LogRelay(plan.flow_name)
        self._controller = RunController(
            plan,
            compiled.topology,
            compiled.tasks,
            [spec for spec, _ in compiled.deliveries],
            self.run_id,
            self._places,
            address_of=self._address_of,
            preview=options.preview,
            total=flow_length(nodes),
            pass_on=self._relay.pass_on,
        )
        self.monitor = self._controller.monitor
        """Knows how the run goes, and after its end how it went."""
        self._ended = threading.Event()  # every task has closed, and everything is taken down
        self._is_cancelled = False
        self._start_error: BaseException | None = None
        self._cluster: FlowCluster | None = None
        self._client: Client | None = None
        self._autoscaler: Autoscaler | None = None
        self._deliveries: list[threading.Thread] = []
        self._undo = contextlib.ExitStack()
        self._begin(plan, compiled, cluster)

    def _begin(self, plan: Plan, compiled: CompiledRun, options: Mapping[str, Any]) -> None:
        """Start, in a thread: a half-started cluster cannot be taken down, so a Ctrl-C has to wait."""
        thread = threading.Thread(target=self._start, args=(plan, compiled, options), daemon=True)
        thread.start()
        try:
            thread.join()
            if self._start_error is None:
                self._controller.loaded.wait()
        except BaseException:
            self._is_cancelled = True
            thread.join()
            if self._start_error is None:
                self.stop(drain=False)
                self._ended.wait()
            raise
        if self._start_error is not None:
            raise ClusterError(
                f"the cluster for flow {plan.flow_name!r} did not start: {self._start_error}"
            ) from self._start_error
        failure = self._controller.ledger.failure
        if isinstance(failure, ClusterError):
            self._ended.wait()
            raise failure

    def _start(self, plan: Plan, compiled: CompiledRun, options: Mapping[str, Any]) -> None:
        try:
            self._start_step_by_step(plan, compiled, options)
            if self._is_cancelled:
                raise KeyboardInterrupt
        except BaseException as error:  # noqa: BLE001  it belongs to the thread that waits
            self._start_error = error
            self._take_down()
        else:
            atexit.register(self._at_exit)
            threading.Thread(target=self._supervise, name="daskflow supervisor", daemon=True).start()

    def _start_step_by_step(self, plan: Plan, compiled: CompiledRun, options: Mapping[str, Any]) -> None:
        """Each step notes how it is undone before the next begins; they are undone in reverse."""
        undo = self._undo
        undo.callback(ForkServer(self._preloads).release)
        undo.callback(Janitor(self._places).finish)
        self._places.create()
        self._relay.start()
        undo.callback(self._relay.close)
        controller = self._controller
        controller.start(undo)
        cluster = self._cluster = FlowCluster(
            plan, self._places, controller.note_exit, self._note_gone, options
        )
        undo.callback(cluster.close)
        undo.callback(self._close_client)
        # What the workers hold is not needed any more then: no time is lost on asking them politely.
        undo.callback(cluster.sync, cluster.kill_workers)
        undo.callback(self._join_deliveries)
        undo.callback(serve(self._carrier, controller.thread, cluster, self._places, self.run_id))
        cluster.sync(self._appear)
        for _, receiver in compiled.deliveries:
            receiver.begin_run()
        for spec, receiver in compiled.deliveries:
            self._deliveries.append(
                start_delivery(spec, receiver, carrier_for(spec, cluster), controller.fail)
            )
        self._client = Client(cluster, set_as_default=False)
        crew = LocalCrew(cluster, self._client, controller, self._nodes, self._options, compiled.compile_task)
        if self._report is not None:
            title = f"flow {plan.flow_name}"
            undo.callback(begin_report(self._client, self._report, title, crew.futures))
        for spec in compiled.tasks:
            crew.submit(spec)
        watch = Watch(controller.thread, compiled.tasks, self._places)
        watch.start()
        undo.callback(watch.close)
        scaler = Scaler(plan, controller, crew, note_task=watch.add)
        undo.callback(scaler.close)  # a change that is under way comes to its end
        self._autoscaler = Autoscaler(self.monitor, scaler)
        undo.callback(self._autoscaler.close)

    async def _appear(self) -> None:
        assert self._cluster is not None
        self._controller.appear_on(self._cluster.scheduler)
        try:
            announce(self._places, self.scheduler_address)
        except OSError as error:  # shared memory may be full, and the flow runs all the same
            logger.warning("daskflow top will not find run %s by itself: %s", self.run_id, error)

    # -- what the caller does ---------------------------------------------------------------------------

    def stop(self, *, drain: bool) -> None:
        """Let the producers end and finish what is under way, or end at once. Does not block."""
        self._controller.stop(drain=drain)

    def scale(self, node: str, nb_tasks: int) -> None:
        """Give a node so many tasks, and leave it at that; see `Scaler.scale`."""
        assert self._autoscaler is not None
        self._autoscaler.scale(node, nb_tasks)

    def autoscale(self, bounds: Bounds) -> None:
        """Have a node scaled by its load from now on.

        Raises
        ------
        ScalingError
            The node cannot be scaled.
        """
        assert self._autoscaler is not None
        self._autoscaler.follow(bounds)

    def snapshot(self) -> RunSnapshot:
        """The run as it is now; after its end, as it was then."""
        return self.monitor.now()

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
        return self._controller.failure

    @property
    def scheduler_address(self) -> str:
        """Where a Dask client reaches the scheduler."""
        assert self._cluster is not None
        return str(self._cluster.scheduler_address)

    @property
    def dashboard_link(self) -> str | None:
        """Where Dask's dashboard is; None where it is switched off or the run has ended."""
        if self._cluster is None or self._cluster.scheduler_info.get("services", {}).get("dashboard") is None:
            return None
        return str(self._cluster.dashboard_link)

    # -- what the run does by itself --------------------------------------------------------------------

    def _address_of(self, task: str) -> str | None:
        """Of the worker that is named after a task, whichever process that is now."""
        address = None if self._cluster is None else self._cluster.scheduler.aliases.get(task)
        return None if address is None else str(address)

    def _note_gone(self, worker: str, reason: str) -> None:
        if not self._controller.over.is_set():
            failure = ClusterError(f"the worker of task {worker} has gone and is not started again: {reason}")
            self._controller.fail_of(worker, failure)

    def _supervise(self) -> None:
        over = self._controller.over
        while not over.wait(0.2):
            if self._controller.ledger.is_aborting and not over.wait(GRACE_S):
                logger.warning("tasks did not end within %g s of the run's end: killing them", GRACE_S)
                break
        self._take_down()

    def _take_down(self) -> None:
        try:
            self._undo.close()
        except Exception:
            logger.exception("taking down run %s was not complete", self.run_id)
        finally:
            self._controller.note_end()
            atexit.unregister(self._at_exit)
            self._ended.set()

    def _close_client(self) -> None:
        if self._client is not None:
            self._client.close()

    def _join_deliveries(self) -> None:
        for thread in self._deliveries:
            thread.join(GRACE_S)

    def _at_exit(self) -> None:
        if not self._ended.is_set():
            logger.warning("the program ends while a flow runs: ending it; flow.join() waits for it instead")
            self.stop(drain=False)
            self._ended.wait(2 * GRACE_S)
