"""One run of a flow on a cluster of its own: started, watched, and taken down without a trace."""

from __future__ import annotations

import atexit
import contextlib
import logging
import secrets
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import Client, Future

from daskflow.cluster.aftermath import Aftermath
from daskflow.cluster.autoscaling import Autoscaler
from daskflow.cluster.carriers import serve
from daskflow.cluster.dashboard import add_page
from daskflow.cluster.delivery import start_delivery
from daskflow.cluster.forkserver import ForkServer, preloads_for
from daskflow.cluster.janitor import Janitor
from daskflow.cluster.local import FlowCluster
from daskflow.cluster.log_relay import LogRelay
from daskflow.cluster.loss_report import LossReport
from daskflow.cluster.monitoring import RunMonitor
from daskflow.cluster.performance import begin_report, check_report
from daskflow.cluster.scaling import Scaler
from daskflow.cluster.snapshots import install
from daskflow.cluster.topology import CompiledRun, compile_run
from daskflow.cluster.tracing import chosen_tracing
from daskflow.cluster.watch import Watch
from daskflow.core.node import Node
from daskflow.errors import ClusterError
from daskflow.ledger import Ledger
from daskflow.monitor.autoscaling import Bounds
from daskflow.monitor.figures import flow_length
from daskflow.monitor.prometheus import export_runs
from daskflow.monitor.runs import RUNS
from daskflow.options import FlowOptions
from daskflow.plan import Plan
from daskflow.runtime.dask_task import run_task
from daskflow.runtime.failure import error_from_bytes
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.announcing import announce
from daskflow.transport.edge_queue import EdgeQueueExtension
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import Records
from daskflow.transport.service import LedgerService

logger = logging.getLogger("daskflow.cluster")

GRACE_S = 5.0
"""How long a task may go on with the call it is in, once the run has been ended, before it is killed."""


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
        self._ledger = Ledger(compiled.topology)
        self._loaded = threading.Event()  # every node, in its worker; or the run has failed
        self._relay = LogRelay(plan.flow_name)
        records = Records(self._relay.pass_on)
        self._aftermath = Aftermath(
            self._ledger, compiled.specs, self._places, self._loaded.set, self._note_over, records
        )
        self._service = LedgerService(self._ledger, self._aftermath, records=records, preview=options.preview)
        self._thread = LedgerThread(self._service)
        self._over = threading.Event()  # every task has closed
        self._ended = threading.Event()  # and everything is taken down
        self._is_cancelled = False
        self._start_error: BaseException | None = None
        self.monitor = RunMonitor(
            plan, self.run_id, self._thread, self._places, flow_length(nodes), lambda: self._ledger.failure
        )
        """Knows how the run goes, and after its end how it went."""
        self._cluster: FlowCluster | None = None
        self._client: Client | None = None
        self._futures: dict[str, Future] = {}  # by name of the task
        self._scaler: Scaler | None = None
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
                self._loaded.wait()
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
        if isinstance(self._ledger.failure, ClusterError):
            self._ended.wait()
            raise self._ledger.failure

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
        self._thread.start()
        undo.callback(self._thread.close)  # last: it hears how the workers ended
        self.monitor.start()
        undo.callback(self.monitor.close)
        RUNS.add(self.monitor)
        undo.callback(RUNS.remove, self.monitor)
        self._task_of = {spec.task_name: spec.task for spec in compiled.tasks}
        cluster = self._cluster = FlowCluster(plan, self._places, self._note_exit, self._note_gone, options)
        undo.callback(cluster.close)
        undo.callback(self._close_client)
        # What the workers hold is not needed any more then: no time is lost on asking them politely.
        undo.callback(cluster.sync, cluster.kill_workers)
        undo.callback(self._join_deliveries)
        undo.callback(serve(self._carrier, self._thread, cluster, self._places, self.run_id))
        cluster.sync(self._show_edges, plan)
        cluster.sync(self._tell_of_itself)
        for _, receiver in compiled.deliveries:
            receiver.begin_run()
        for delivery in compiled.deliveries:
            self._deliveries.append(start_delivery(*delivery, cluster))
        undo.callback(export_runs())  # /metrics is there without a dashboard too
        self._client = Client(cluster, set_as_default=False)
        if self._report is not None:
            title = f"flow {plan.flow_name}"
            undo.callback(begin_report(self._client, self._report, title, self._futures.values()))
        for spec in compiled.tasks:
            self._submit(spec)
        watch = Watch(self._thread, compiled.tasks, self._places)
        watch.start()
        undo.callback(watch.close)
        self._scaler = self._new_scaler(plan, compiled, watch)
        undo.callback(self._scaler.close)  # a change that is under way comes to its end
        self._autoscaler = Autoscaler(self.monitor.latest, self._scaler.scale)
        undo.callback(self._autoscaler.close)

    def _new_scaler(self, plan: Plan, compiled: CompiledRun, watch: Watch) -> Scaler:
        assert self._cluster is not None

        def note_task(spec: TaskSpec) -> None:
            self._task_of[spec.task_name] = spec.task
            self._aftermath.add(spec)
            watch.add(spec)

        return Scaler(
            plan,
            self._nodes,
            self._options,
            self._thread,
            self._cluster,
            compile_task=compiled.compile_task,
            submit=self._submit,
            release=self._futures.pop,
            note_task=note_task,
            note_plan=self.monitor.replan,
        )

    def _submit(self, spec: TaskSpec) -> None:
        assert self._client is not None
        future = self._client.submit(
            run_task,
            spec,
            key=f"{spec.task_name}-{uuid.uuid4().hex}",
            # By its worker's own tag, not by name or address: a restarted worker has a new address.
            resources=dict(spec.resources),
            pure=False,
        )
        self._futures[spec.task_name] = future
        future.add_done_callback(self._note_dask_end)

    async def _show_edges(self, plan: Plan) -> None:
        assert self._cluster is not None
        queues = EdgeQueueExtension(self._cluster.scheduler)
        queues.add_run(self.run_id, self._ledger, {i: node.name for i, node in enumerate(plan.nodes)})

    async def _tell_of_itself(self) -> None:
        assert self._cluster is not None
        install(self._cluster.scheduler)
        try:
            announce(self._places, self.scheduler_address)
        except OSError as error:  # shared memory may be full, and the flow runs all the same
            logger.warning("daskflow top will not find run %s by itself: %s", self.run_id, error)
        try:
            add_page(self._cluster.scheduler)
        except Exception:
            logger.exception("the page about flows could not be added to Dask's dashboard; the flow runs")

    # -- what the caller does ---------------------------------------------------------------------------

    def stop(self, *, drain: bool) -> None:
        """Let the producers end and finish what is under way, or end at once. Does not block."""
        if drain:
            self._thread.post(self._service.stop)
        else:
            self._thread.post(self._service.fail, None)

    def scale(self, node: str, nb_tasks: int) -> None:
        """Give a node so many tasks, and leave it at that; see `Scaler.scale`."""
        assert self._scaler is not None
        assert self._autoscaler is not None
        name = self._scaler.scaled_by(node)
        self._autoscaler.leave(name)
        self._scaler.scale(name, nb_tasks)

    def autoscale(self, bounds: Bounds) -> None:
        """Have a node scaled by its load from now on. Raises `ScalingError` if it cannot be."""
        assert self._scaler is not None
        assert self._autoscaler is not None
        self._autoscaler.follow(replace(bounds, node=self._scaler.scaled_by(bounds.node)))

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
        failure = self._ledger.failure
        if isinstance(failure, bytes):
            failure = self._ledger.failure = error_from_bytes(failure)
        elif isinstance(failure, LossReport):
            failure = self._ledger.failure = self._aftermath.error_of(failure)
        assert failure is None or isinstance(failure, BaseException)
        return failure

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

    def _note_over(self) -> None:
        self._loaded.set()
        self.monitor.note_over()
        self._over.set()

    def _note_dask_end(self, future: Future) -> None:
        if future.status == "finished":
            future.release()  # else Dask would run the task again if its worker died now
        elif future.status == "error" and not self._over.is_set():
            task = future.key.rsplit("-", 1)[0]
            cause = future.exception()
            if not isinstance(cause, ClusterError):
                failure = ClusterError(f"task {task} ended on its worker: {type(cause).__name__}: {cause}")
                failure.__cause__ = cause
                cause = failure
            self._thread.post(self._fail_on_cluster, task, cause)

    def _fail_on_cluster(self, worker: str, failure: ClusterError) -> None:
        self._service.fail_of(self._ledger.tasks[self._task_of[worker]], failure)
        self._service.flush()
        self._loaded.set()

    def _note_exit(self, worker: str, exit_code: int) -> None:
        self._thread.post(self._service.note_exit, self._task_of[worker], exit_code)

    def _note_gone(self, worker: str, reason: str) -> None:
        if not self._over.is_set():
            failure = ClusterError(f"the worker of task {worker} has gone and is not started again: {reason}")
            self._thread.post(self._fail_on_cluster, worker, failure)

    def _supervise(self) -> None:
        while not self._over.wait(0.2):
            if self._ledger.is_aborting and not self._over.wait(GRACE_S):
                logger.warning("tasks did not end within %g s of the run's end: killing them", GRACE_S)
                break
        self._take_down()

    def _take_down(self) -> None:
        try:
            self._undo.close()
        except Exception:
            logger.exception("taking down run %s was not complete", self.run_id)
        finally:
            if not self._over.is_set():
                self.monitor.note_over()
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
