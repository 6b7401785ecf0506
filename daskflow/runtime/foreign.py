"""A task on a worker of somebody else's cluster: its places there, and the slots of other hosts."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from distributed import Scheduler

from daskflow.core.node.policy import Policy
from daskflow.runtime.last_words import last_words_kept
from daskflow.runtime.limits import has_limit
from daskflow.runtime.process_notes import noted
from daskflow.runtime.spec import TaskSpec
from daskflow.runtime.warden import start_warden
from daskflow.transport.call_record import forget_calls
from daskflow.transport.far.far_slots import FarSlots
from daskflow.transport.far.presence import accompany, arrive
from daskflow.transport.far.protocol import WHEREABOUTS
from daskflow.transport.far.server import serve_slots
from daskflow.transport.far.whereabouts import Ask
from daskflow.transport.hosts import host_tag

logger = logging.getLogger("daskflow.runtime")


@contextlib.contextmanager
def at_worker(spec: TaskSpec, worker: Any) -> Iterator[tuple[TaskSpec, FarSlots]]:
    """What a task is told, with the places of this worker's host, and its slots on others.

    The places stay when the task ends: what it made may not have been read yet. `remove_places` and the
    host's janitor remove them.

    Parameters
    ----------
    spec : TaskSpec
        As it was sent.
    worker : distributed.Worker
        Where this runs.

    Raises
    ------
    OSError
        The places cannot be made.
    """
    host = host_tag(worker.address)
    places = arrive(spec.run_id, host)
    serve_slots(worker)
    forget_calls(places, spec.task)
    far = FarSlots(
        places,
        spec.run_id,
        worker.loop.asyncio_loop,
        asking(worker.scheduler, spec.run_id),
        worker.connection_args,
    )
    limits = _limits_kept(spec)
    try:
        with last_words_kept(places, spec.task), noted(places, spec.task, spec.task_name, limits):
            if has_limit(limits):
                accompany(spec.run_id, host, start_warden)
            yield replace(spec, places=places), far
    finally:
        far.close()


def _limits_kept(spec: TaskSpec) -> Policy:
    """For what this process may be killed."""
    if has_limit(spec.policy) and Scheduler._instances:  # where a LocalCluster has processes=False
        logger.warning(
            "the limits of node %s are not kept to: its worker is in the process of the scheduler, which "
            "would have to be killed",
            spec.node_name,
        )
        return Policy()
    return spec.policy


@contextlib.contextmanager
def at_client(spec: TaskSpec, client: Any, address: str) -> Iterator[tuple[TaskSpec, FarSlots]]:
    """The same for a task in the caller's process, which may reach no worker: then by way of the scheduler.

    At the end of the run the caller removes its places with `leave` of `daskflow.transport.far.presence`,
    or, where the run goes on without it, lets go of them with `depart`.

    Parameters
    ----------
    spec : TaskSpec
        As it would be sent.
    client : distributed.Client
        Connected to the run's scheduler, with its loop in another thread.
    address : str
        One that a worker of this process could have, which says what host this is.
    """
    places = arrive(spec.run_id, host_tag(address))
    security = client.security.get_connection_args("client")
    far = FarSlots(
        places,
        spec.run_id,
        client.loop.asyncio_loop,
        asking(client.scheduler, spec.run_id),
        security,
        relay=client.scheduler.address,
    )
    try:
        yield replace(spec, places=places), far
    finally:
        far.close()


def asking(scheduler: Any, run_id: str) -> Ask:
    """Asks a scheduler, through one of Dask's RPC objects, where slots of a run are."""
    operation: Callable[..., Awaitable[Mapping[str, Any] | None]] = getattr(scheduler, WHEREABOUTS)

    def ask(task: int, incarnation: int) -> Awaitable[Mapping[str, Any] | None]:
        return operation(run=run_id, task=task, incarnation=incarnation)

    return ask
