"""The workers of a cluster as a plan sees them: asked once each, from the scheduler."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from distributed import Client
from distributed.versions import get_versions

from daskflow.plan.placement import Need, WorkerInfo
from daskflow.transport.far.server import serve_slots
from daskflow.transport.hosts import host_tag
from daskflow.version import __version__

COMPARED = ("dask", "distributed", "msgpack", "numpy")
"""Packages of which a flow's processes compare versions, beside Python's and daskflow's."""

ASK_S = 10.0
"""How long a worker may take to answer; its process may be held up by other work."""


def describe_worker(dask_worker: Any) -> dict[str, Any]:
    """What a worker says of itself; runs in its process, which serves the slots of its host from then on."""
    serve_slots(dask_worker)
    return {
        "host": host_tag(dask_worker.address),
        "hostname": socket.gethostname(),
        "cores": len(os.sched_getaffinity(0)),
        "daskflow": __version__,
    }


@dataclass(frozen=True, slots=True)
class Hold:
    """A task that a worker has.

    Attributes
    ----------
    run_id, flow, task : str
        Of which run, of which flow; and its name.
    need : Need
        What it asks of the worker.
    """

    run_id: str
    flow: str
    task: str
    need: Need


class Roster:
    """Knows the workers of a scheduler. Lives on its event loop.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        The scheduler, in this process.
    """

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._said: dict[str, dict[str, Any]] = {}  # by address, which stands for one process
        self._asking: dict[str, asyncio.Task[None]] = {}  # several runs may want to know the same
        self._held: dict[str, dict[tuple[str, str], Hold]] = {}
        self.note_room: Callable[[], object] = lambda: None
        """Called when a worker may have room for a task that it had not before."""
        self._hostnames: dict[str, str] = {}
        self._left_s: dict[str, float] = {}  # when the last worker of a host went

    def hold(self, address: str, hold: Hold) -> None:
        """Note that a worker has a task from now on."""
        self._held.setdefault(address, {})[hold.run_id, hold.task] = hold

    def let_go(self, address: str, run_id: str, task: str) -> None:
        """Note that it has it no more."""
        held = self._held.get(address, {})
        held.pop((run_id, task), None)
        if not held:
            self._held.pop(address, None)
        self.note_room()

    def is_holding(self, address: str) -> bool:
        """Whether a worker has tasks of flows."""
        return address in self._held

    def can_be_restarted(self, address: str, run_id: str, keys: Collection[str]) -> bool:
        """Whether a worker has nothing but a run's tasks, with these keys, and a nanny that restarts it."""
        state = self._scheduler.workers.get(address)
        return (
            state is not None
            and bool(state.nanny)
            and not state.has_what
            and all(task.key in keys for task in state.processing)
            and all(hold.run_id == run_id for hold in self._held.get(address, {}).values())
        )

    def forget(self, address: str) -> None:
        """Note that a worker is gone."""
        host = self.host_of(address)
        self._said.pop(address, None)
        self._held.pop(address, None)
        if host and not self.on_host(host):
            self._left_s[host] = time.monotonic()

    async def workers(self, client: Client, run_id: str = "") -> list[WorkerInfo]:
        """All workers that are there, by name; those that were not asked before are asked now.

        Parameters
        ----------
        client : distributed.Client
            An asynchronous one of this event loop.
        run_id : str
            The run that wants to know: what it has on workers itself is not said of them.
        """
        states = list(self._scheduler.workers.values())
        unasked = [state.address for state in states if state.address not in self._said]
        for address in unasked:
            if address not in self._asking:
                self._asking[address] = asyncio.create_task(self._ask(client, address))
        if unasked:
            await asyncio.wait([self._asking[address] for address in unasked])
        known = [self._info(state, run_id) for state in states if state.address in self._scheduler.workers]
        return sorted(known, key=lambda worker: (worker.hostname, worker.name))

    def is_there(self, address: str) -> bool:
        """Whether a worker is connected."""
        return address in self._scheduler.workers

    def has_nanny(self, address: str) -> bool:
        """Whether a worker that is connected is started anew should it die; from any thread."""
        state = self._scheduler.workers.get(address)
        return state is not None and bool(state.nanny)

    def on_host(self, host: str) -> list[str]:
        """Addresses of the workers on a host that are there now."""
        return [
            address for address in self._scheduler.workers if self._said.get(address, {}).get("host") == host
        ]

    def is_without_worker(self, host: str, for_s: float) -> bool:
        """Whether no worker has been on a host for more than so many seconds, after there were some."""
        left_s = self._left_s.get(host)
        return left_s is not None and not self.on_host(host) and time.monotonic() - left_s > for_s

    def cores(self) -> tuple[int, float]:
        """How many cores the hosts have, and how many of them the workers keep busy; from any thread."""
        of_host: dict[str, int] = {}
        busy = 0.0
        for state in list(self._scheduler.workers.values()):
            said = self._said.get(state.address, {})
            host = str(said.get("host", state.host))
            of_host[host] = max(of_host.get(host, 0), int(said.get("cores", state.nthreads)))
            busy += state.metrics.get("cpu", 0.0) / 100
        return sum(of_host.values()), busy

    def hostname_of(self, host: str) -> str:
        """What people call a host."""
        return self._hostnames.get(host, host)

    def host_of(self, address: str) -> str:
        """The tag of the host of a worker, or of one that was there; empty if it was never asked."""
        return str(self._said.get(address, {}).get("host", ""))

    async def _ask(self, client: Client, address: str) -> None:
        try:
            self._note(address, await self._answer_of(client, address))
        finally:
            del self._asking[address]

    async def _answer_of(self, client: Client, address: str) -> Any:
        try:
            async with asyncio.timeout(ASK_S):
                answers = await client.run(describe_worker, workers=[address], on_error="return")
            return answers[address]
        except TimeoutError:
            return TimeoutError(f"it gave no answer within {ASK_S:g} s")
        except Exception as error:  # noqa: BLE001  whatever Dask makes of a worker that just goes
            return error

    def _note(self, address: str, answer: Any) -> None:
        if isinstance(answer, BaseException):
            is_missing = _is_missing(answer)
            self._said[address] = {"error": "" if is_missing else f"{type(answer).__name__}: {answer}"}
        else:
            self._said[address] = answer
            self._hostnames[answer["host"]] = answer["hostname"]

    def _info(self, state: Any, run_id: str) -> WorkerInfo:
        held = [hold for hold in self._held.get(state.address, {}).values() if hold.run_id != run_id]
        taken: Counter[str] = Counter()
        for hold in held:
            taken.update(dict(hold.need.resources))
        said: Mapping[str, Any] = self._said.get(state.address, {})
        if said.get("error"):
            self._said.pop(state.address)  # it is asked again the next time
        return WorkerInfo(
            address=state.address,
            name=str(state.name),
            host=str(said.get("host", state.host)),
            hostname=str(said.get("hostname", state.host)),
            nthreads=state.nthreads,
            cores=int(said.get("cores", state.nthreads)),
            memory_limit=state.memory_limit or None,
            resources=dict(state.resources),
            versions={**_versions(state.versions), "daskflow": str(said.get("daskflow", ""))},
            held=tuple(f"{hold.flow}/{hold.task}" for hold in held),
            taken=dict(taken),
            is_closed=any(hold.need.is_alone for hold in held),
            has_nanny=bool(state.nanny),
            status=state.status.name,
            error=str(said.get("error", "")),
        )


def _is_missing(error: BaseException) -> bool:
    """Whether that is the error of a worker without daskflow."""
    # It fails before it is called, and then Dask passes on no more than the words.
    return "No module named 'daskflow" in str(error)


def own_versions() -> dict[str, str]:
    """Versions that must fit together, of this process."""
    return {**_versions(get_versions()), "daskflow": __version__}


def _versions(told: Mapping[str, Any]) -> dict[str, str]:
    """The versions that must fit together, among all that Dask tells of a process."""
    packages = told.get("packages", told)
    python = str(packages.get("python") or "")
    found = {name: str(packages[name]) for name in COMPARED if packages.get(name)}
    return {"python": ".".join(python.split(".")[:2]), **found}
