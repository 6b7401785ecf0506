"""A LocalCluster shaped by a plan: one process-worker for each task, named after it."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

import dask.config
from distributed import Future, LocalCluster, SpecCluster
from distributed.core import Status

from daskflow.cluster.nanny import RUN_ENDED, FlowNanny, NoteExit, NoteGone
from daskflow.cluster.ports import dashboard_address
from daskflow.plan import Plan, TaskPlan
from daskflow.transport.places import RunPlaces

START_S = 5.0
"""How long a worker that is being started may take before it is killed half-way."""

SETTINGS = {
    # A task may hold the interpreter for long; whether it is alive, its connection to the ledger says.
    "distributed.scheduler.worker-ttl": "1 hour",
    "distributed.admin.tick.limit": "1 hour",
    # How often a task's process may die, the ledger says.
    "distributed.scheduler.allowed-failures": 10**9,
    # By default these take 4 % of a core in each worker that does nothing, and as much for its nanny here.
    "distributed.admin.tick.interval": "2s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.worker.profile.interval": "1s",
    "distributed.worker.profile.cycle": "10s",
    # It asks the driver of GPUs that are not the task's, and a worker for which that fails does not start.
    "distributed.diagnostics.nvml": False,
    # Nothing to move: each task is bound to its worker, and its messages are not Dask's.
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
}

# It reports each connection to a killed worker with a traceback, and they are killed at the end of each run.
logging.getLogger("distributed.batched").setLevel(logging.WARNING)


class FlowCluster(LocalCluster):  # type: ignore[misc]
    """Starts a scheduler and the workers of a plan on this machine; blocks until they are there.

    Parameters
    ----------
    plan : Plan
        Names and resources of the workers.
    places : RunPlaces
        Where the workers keep their scratch files.
    note_exit, note_gone : callable
        Told of the end of each process of a worker, and of the end of a worker; see `daskflow.cluster.nanny`.
    options : mapping
        Arguments of `distributed.LocalCluster`, instead of the defaults here: the dashboard on port 8787, or
        a free one, bound to the loopback interface; no memory limit.
    """

    def __init__(
        self,
        plan: Plan,
        places: RunPlaces,
        note_exit: NoteExit,
        note_gone: NoteGone,
        options: Mapping[str, Any],
    ) -> None:
        self._plan = plan
        self._note_exit = note_exit
        self._note_gone = note_gone
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "dashboard_address": dashboard_address(),
            "memory_limit": None,
            "silence_logs": 50,
            "env": dict(os.environ),
            **options,
        }
        self._dask_settings = {**SETTINGS, "temporary-directory": str(places.disk)}
        with dask.config.set(self._dask_settings):
            super().__init__(n_workers=0, threads_per_worker=1, local_directory=str(places.disk), **settings)

    async def _start(self) -> None:
        # Each worker has a name, resources and a GPU of its own, which LocalCluster has no argument for.
        for task in self._plan.tasks:
            self.worker_spec[task.name] = self._spec_of(task)
        server = self.scheduler_spec["options"]
        if server["dashboard_address"] is None:  # it serves its health and its figures even so
            server["dashboard_address"] = dashboard_address()  # else it warns where port 8787 is taken
        await super()._start()

    def _spec_of(self, task: TaskPlan) -> dict[str, Any]:
        spec: dict[str, Any] = copy.copy(self.new_spec)
        spec["cls"] = FlowNanny
        spec["options"] = {
            **spec["options"],
            "note_exit": self._note_exit,
            "note_gone": self._note_gone,
            "name": task.name,
            "resources": dict(task.resources),
            # The nanny puts them there before any of the node's code runs, at restarts too.
            "env": {**spec["options"]["env"], **task.environment},
        }
        return spec

    async def add_workers(self, tasks: Sequence[TaskPlan]) -> None:
        """Start workers for further tasks; done when they are there."""
        self.worker_spec.update({task.name: self._spec_of(task) for task in tasks})
        with dask.config.set(self._dask_settings):
            await self._correct_state()

    async def remove_workers(self, names: Sequence[str], tasks: Sequence[Future]) -> None:
        """End workers whose tasks have ended; what they hold is needed no more."""
        for task in tasks:  # else the scheduler would miss their results, and say so
            self.scheduler.client_releases_keys(
                keys=[task.key], client=task.client.id, stimulus_id="daskflow-task-left"
            )
            task.release()
        nannies = [self.workers.pop(name) for name in names if name in self.workers]
        for name in names:
            self.worker_spec.pop(name, None)
        await asyncio.gather(*(_kill(nanny) for nanny in nannies))

    def _update_worker_status(self, op: str, msg: Any) -> None:
        # Past SpecCluster's own, which 15 s after a worker was lost looks whether it is there, and closes its
        # nanny if it happens to be on its way back from another death.
        super(SpecCluster, self)._update_worker_status(op, msg)

    async def kill_workers(self) -> None:
        """End all worker processes at once; for when nothing they hold is needed any more."""
        nannies = list(self.workers.values())
        self.worker_spec.clear()
        self.workers.clear()
        await asyncio.gather(*(_kill(nanny) for nanny in nannies))


async def _kill(nanny: Any) -> None:
    nanny.is_wanted = False
    worker = nanny.process
    if worker is not None and worker.status == Status.starting:
        # In the middle of a restart: its death now would be a reason for the nanny to start another.
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(worker.running.wait(), START_S)
    nanny.close_gracefully(reason=RUN_ENDED)  # so that it does not start the worker anew
    worker = nanny.process
    if worker is not None and worker.process is not None:
        await worker.process.kill()
        await worker.stopped.wait()
    await nanny.close(reason=RUN_ENDED)
