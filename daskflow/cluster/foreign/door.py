"""The door of a scheduler to flows: what it can be asked, and what it notices."""

from __future__ import annotations

import asyncio
import functools
import logging
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

from distributed import Client, Security
from distributed.diagnostics.plugin import SchedulerPlugin

from daskflow.cluster.foreign.hosted import HostedRun
from daskflow.cluster.foreign.order import RunOrder
from daskflow.cluster.foreign.roster import Roster, own_versions
from daskflow.errors import ClusterError, FlowStateError
from daskflow.runtime.failure import failure_to_bytes
from daskflow.version import __version__

logger = logging.getLogger("daskflow.cluster")

NAME = "daskflow-flows"
"""Of the plugin, and the beginning of the names of its operations."""

LONGEST_WAIT_S = 5.0
"""How long a question for news may stay unanswered."""

MOST_ENDED = 20
"""Runs that ended are remembered, so that who was away can be told how."""

LAST_ANSWERS_S = 2.0
"""How long a scheduler that closes waits until callers are told of the ends of their runs."""

Operation = Callable[..., Awaitable[Any]]


class FlowsPlugin(SchedulerPlugin):  # type: ignore[misc]
    """Holds the runs of a scheduler. Lives on its event loop.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        The scheduler, in this process.
    """

    name = NAME

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._roster = Roster(scheduler)
        self._roster.note_room = self._note_room
        self._runs: dict[str, HostedRun] = {}
        self._client: Client | None = None
        self._opening = asyncio.Lock()
        self._unanswered = 0
        for operation in (self.inventory, self.begin, self.news, self.tell, self.snapshot, self.runs):
            scheduler.handlers[f"{NAME}-{operation.__name__}"] = self._answering(operation)

    # -- what the scheduler is asked --------------------------------------------------------------------

    async def inventory(self) -> bytes:
        """The workers, pickled, and the scheduler's own versions."""
        workers = await self._roster.workers(await self._opened())
        return pickle.dumps((workers, own_versions()))

    async def begin(self, order: bytes) -> str:
        """Start a run; returns its id once its tasks are submitted."""
        client = await self._opened()
        wanted: RunOrder = pickle.loads(order)
        same = [run for run in self._runs.values() if run.order.plan.flow_name == wanted.plan.flow_name]
        if wanted.is_detached and any(not run.has_ended for run in same):
            raise FlowStateError(
                f"a flow named {wanted.plan.flow_name!r} runs on this cluster already, and a detached flow "
                "is found by its name: give it another, or stop that one"
            )
        run = HostedRun(self._scheduler, client, self._roster, wanted)
        self._runs[wanted.run_id] = run  # from here on its name is taken
        try:
            await run.start()
        except BaseException:
            del self._runs[wanted.run_id]
            raise
        self._forget_old()
        return wanted.run_id

    async def news(self, run: str, position: int, timeout_s: float) -> dict[str, Any]:
        """What came after a position in a run; waits for it for a while."""
        hosted = self._run(run)
        await hosted.news.wait(position, min(timeout_s, LONGEST_WAIT_S))
        records, position = hosted.news.since(position)
        ended = hosted.has_ended
        return {
            "records": records,
            "position": position,
            "ended": ended,
            "loaded": hosted.is_loaded,
            "failure": hosted.failure_bytes() if ended else None,
            "snapshot": await hosted.snapshot() if ended else None,
        }

    async def tell(self, run: str, action: str, arguments: bytes) -> None:
        """Have something done to a run."""
        await self._run(run).act(action, *pickle.loads(arguments))

    async def snapshot(self, run: str) -> bytes:
        """A run as it is now."""
        return await self._run(run).snapshot()

    async def runs(self) -> list[dict[str, Any]]:
        """The runs that are here."""
        return [run.described() for run in self._runs.values()]

    def _answering(self, operation: Operation) -> Operation:
        """The same with errors as part of the answer, in full: Dask would cut their texts."""

        @functools.wraps(operation)
        async def answer(**arguments: Any) -> dict[str, Any]:
            self._unanswered += 1
            try:
                return {"answer": await operation(**arguments)}
            except Exception as error:  # noqa: BLE001  it belongs to who asked
                return {"error": failure_to_bytes(error)}
            finally:
                self._unanswered -= 1

        return answer

    # -- what it notices --------------------------------------------------------------------------------

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """Called by Dask."""
        if self._live():
            asyncio.create_task(self._welcome())  # noqa: RUF006  it ends by itself, soon

    async def _welcome(self) -> None:
        """Ask a new worker what it is, so that it can be given tasks, and serve slots of its host."""
        await self._roster.workers(await self._opened())
        self._note_room()

    def _note_room(self) -> None:
        for run in self._live():
            run.crew.note_room()

    def remove_worker(self, scheduler: Any, worker: str, *, stimulus_id: str, **kwargs: Any) -> None:
        """Called by Dask."""
        for run in self._live():
            run.crew.note_worker_gone(worker)
        self._roster.forget(worker)

    def valid_workers_downscaling(self, scheduler: Any, workers: list[Any]) -> list[Any]:
        """Called by Dask: workers that hold tasks of flows are not scaled away."""
        return [worker for worker in workers if not self._roster.is_holding(worker.address)]

    async def before_close(self) -> None:
        """Called by Dask."""
        closing = ClusterError(f"the scheduler at {self._scheduler.address} has closed, and the flow with it")
        await asyncio.gather(*(run.end(closing) for run in self._live()))
        end_s = asyncio.get_running_loop().time() + LAST_ANSWERS_S
        while self._unanswered and asyncio.get_running_loop().time() < end_s:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)  # what was said last is still to be written

    async def close(self) -> None:
        """Called by Dask."""
        if self._client is not None:
            await self._client.close()

    # -- its own ----------------------------------------------------------------------------------------

    async def _opened(self) -> Client:
        async with self._opening:
            if self._client is None:
                self._client = await Client(
                    self._scheduler.address,
                    asynchronous=True,
                    security=_as_client(self._scheduler.security),
                    set_as_default=False,
                    name="daskflow",
                )
            return self._client

    def _run(self, run_id: str) -> HostedRun:
        if run_id not in self._runs:
            raise FlowStateError(f"no run {run_id} is known to this scheduler: it may be long over")
        return self._runs[run_id]

    def _live(self) -> list[HostedRun]:
        return [run for run in self._runs.values() if not run.has_ended]

    def _forget_old(self) -> None:
        ended = [run_id for run_id, run in self._runs.items() if run.has_ended]
        for run_id in ended[:-MOST_ENDED]:
            del self._runs[run_id]


async def open_door(dask_scheduler: Any) -> str:
    """Let a scheduler hold flows; once more does no harm. Returns the version of daskflow there.

    Called on the scheduler's event loop, by `distributed.Client.run_on_scheduler`.
    """
    if NAME not in dask_scheduler.plugins:
        dask_scheduler.add_plugin(FlowsPlugin(dask_scheduler), name=NAME)
    return __version__


def _as_client(security: Security) -> Security:
    """The scheduler's own certificate, for a client in its process."""
    if not security.tls_scheduler_cert:
        return security
    return Security(
        require_encryption=security.require_encryption,
        tls_ca_file=security.tls_ca_file,
        tls_client_cert=security.tls_scheduler_cert,
        tls_client_key=security.tls_scheduler_key,
    )
