"""The scheduler's side of a run: the ledger, and all that stands around it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from daskflow.cluster.aftermath import Aftermath
from daskflow.cluster.dashboard import add_page
from daskflow.cluster.loss_report import LossReport
from daskflow.cluster.monitoring import NewGauge, RunMonitor
from daskflow.cluster.snapshots import install
from daskflow.errors import ClusterError
from daskflow.ledger import Ledger, Topology
from daskflow.monitor.prometheus import export_runs
from daskflow.monitor.runs import RUNS
from daskflow.monitor.sampling.gauge import Gauge
from daskflow.plan import Plan
from daskflow.runtime.failure import error_from_bytes
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.edge_queue import EdgeQueueExtension
from daskflow.transport.ledger_thread import LedgerThread
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import Record, Records
from daskflow.transport.service import LedgerService

logger = logging.getLogger("daskflow.cluster")

GRACE_S = 5.0
"""How long a task may go on with the call it is in, once the run has been ended, before it is killed."""


class RunController:
    """Holds a run together in the process of its scheduler: the caller's own, or that of an existing cluster.

    Parameters
    ----------
    plan : Plan
        What runs.
    topology : Topology
        Of the ledger.
    tasks, deliveries : sequence of TaskSpec
        For workers, and for the caller's own process, in the order of their indices.
    run_id : str
        Which run.
    places : RunPlaces
        Of the run on this machine; they need not exist where no task runs here.
    address_of : callable
        The address of the worker that a task is on, by its name; None where that is not known.
    preview : bool
        Whether small pictures of messages may be shown.
    total : int or None
        How many messages there will be.
    pass_on : callable
        Called in the ledger's thread with each record that is to be logged at the caller's.
    note_change : callable
        Called in the ledger's thread when every node is loaded, and when every task has closed.
    new_gauge : callable
        Makes what reads the use of processes and machine.
    new_aftermath : callable
        Makes what deals with what lost processes leave behind.
    """

    def __init__(
        self,
        plan: Plan,
        topology: Topology,
        tasks: Sequence[TaskSpec],
        deliveries: Sequence[TaskSpec],
        run_id: str,
        places: RunPlaces,
        *,
        address_of: Callable[[str], str | None],
        preview: bool,
        total: int | None,
        pass_on: Callable[[Record], object],
        note_change: Callable[[], object] = lambda: None,
        new_gauge: NewGauge = Gauge,
        new_aftermath: Callable[..., Aftermath] = Aftermath,
    ) -> None:
        self.plan = plan
        self.run_id = run_id
        self._address_of = address_of
        self._note_change = note_change
        self.ledger = Ledger(topology)
        self.loaded = threading.Event()
        """Every node is loaded in its worker, or the run has failed."""
        self.over = threading.Event()
        """Every task has closed."""
        self.task_of = {spec.task_name: spec.task for spec in tasks}
        """Indices by name, without the caller's own tasks."""
        records = Records(pass_on)
        self._aftermath = new_aftermath(
            self.ledger, [*tasks, *deliveries], places, self._note_loaded, self._note_over, records
        )
        self.service = LedgerService(self.ledger, self._aftermath, records=records, preview=preview)
        self.thread = LedgerThread(self.service)
        self.monitor = RunMonitor(
            plan, run_id, self.thread, places, total, lambda: self.ledger.failure, new_gauge
        )
        """Knows how the run goes, and after its end how it went."""

    def start(self, undo: contextlib.ExitStack) -> None:
        """Start the threads; what ends them is put on `undo`."""
        self.thread.start()
        undo.callback(self.thread.close)  # last: it hears how the workers ended
        self.monitor.start()
        undo.callback(self.monitor.close)
        RUNS.add(self.monitor)
        undo.callback(RUNS.remove, self.monitor)
        undo.callback(export_runs())  # /metrics is there without a dashboard too

    def appear_on(self, scheduler: Any) -> None:
        """Show edges, snapshots and the page about flows on the scheduler; on its event loop."""
        names = {i: node.name for i, node in enumerate(self.plan.nodes)}
        EdgeQueueExtension.on(scheduler).add_run(self.run_id, self.ledger, names, self._address_of)
        install(scheduler)
        try:
            add_page(scheduler)
        except Exception:
            logger.exception("the page about flows could not be added to Dask's dashboard; the flow runs")

    def vanish_from(self, scheduler: Any) -> None:
        """Take away what `appear_on` has shown of this run; on the scheduler's event loop."""
        EdgeQueueExtension.on(scheduler).remove_run(self.run_id)

    def add(self, spec: TaskSpec) -> None:
        """Take note of a task that joins the run, or joins it again."""
        self.task_of[spec.task_name] = spec.task
        self._aftermath.add(spec)

    def stop(self, *, drain: bool) -> None:
        """Let the producers end and finish what is under way, or end at once. Does not block."""
        if drain:
            self.thread.post(self.service.stop)
        else:
            self.thread.post(self.service.fail, None)

    def fail(self, failure: ClusterError) -> None:
        """End the run at once because of something that is no task's. Does not block."""
        self.thread.post(self._fail, failure)

    def fail_of(self, task_name: str, failure: ClusterError) -> None:
        """End the run because of what became of a task on the cluster. Does not block."""
        self.thread.post(self._fail_of, task_name, failure)

    def note_exit(self, task_name: str, exit_code: int | None) -> None:
        """Take note of the end of a process that ran a task, with its exit code if known. Does not block."""
        self.thread.post(self.service.note_exit, self.task_of[task_name], exit_code)

    def note_dask_error(self, task_name: str, cause: BaseException) -> None:
        """End the run because a task's function has raised; nodes' own errors go another way."""
        if not isinstance(cause, ClusterError):
            failure = ClusterError(f"task {task_name} ended on its worker: {type(cause).__name__}: {cause}")
            failure.__cause__ = cause
            cause = failure
        self.fail_of(task_name, cause)

    @property
    def failure(self) -> BaseException | None:
        """What failed the run; None while nothing has."""
        failure = self.ledger.failure
        if isinstance(failure, bytes):
            failure = self.ledger.failure = error_from_bytes(failure)
        elif isinstance(failure, LossReport):
            failure = self.ledger.failure = self._aftermath.error_of(failure)
        assert failure is None or isinstance(failure, BaseException)
        return failure

    def note_end(self) -> None:
        """Take note that everything is taken down, whether or not every task had closed."""
        if not self.over.is_set():
            self.monitor.note_over()

    def _fail_of(self, task_name: str, failure: ClusterError) -> None:
        self.service.fail_of(self.ledger.tasks[self.task_of[task_name]], failure)
        self.service.flush()
        self._note_loaded()

    def _fail(self, failure: ClusterError) -> None:
        self.service.fail(failure)
        self._note_loaded()

    def _note_loaded(self) -> None:
        self.loaded.set()
        self._note_change()

    def _note_over(self) -> None:
        self.loaded.set()
        self.monitor.note_over()
        self.over.set()
        self._note_change()
