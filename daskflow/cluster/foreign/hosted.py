"""A run in the process of a cluster's scheduler, which outlives its caller where that is wished."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgpack
from distributed import Client
from distributed.utils import offload

from daskflow.cluster.autoscaling import Autoscaler
from daskflow.cluster.controller import GRACE_S, RunController
from daskflow.cluster.foreign.crew import ForeignCrew
from daskflow.cluster.foreign.hosts import Hosts
from daskflow.cluster.foreign.inquests import Inquests, Process
from daskflow.cluster.foreign.leftovers import ForeignAftermath
from daskflow.cluster.foreign.news import News
from daskflow.cluster.foreign.order import RunOrder
from daskflow.cluster.foreign.roster import Roster
from daskflow.cluster.foreign.worker_gauge import WorkerGauge
from daskflow.cluster.scaling import Scaler
from daskflow.errors import ClusterError, ScalingError
from daskflow.monitor.records import to_record
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.runtime.failure import failure_to_bytes
from daskflow.runtime.remains import Remains
from daskflow.transport.comm_server import CommServer
from daskflow.transport.connection import Connection
from daskflow.transport.far.desk import SlotDesk
from daskflow.transport.places import RunPlaces
from daskflow.transport.surroundings import NEIGHBOUR

logger = logging.getLogger("daskflow.cluster")

CALLER_GRACE_S = 10.0
"""How long a run that is not detached goes on without its caller's connection, which may come back."""

RESTART_S = 30.0
"""How long workers may take to come back that were restarted since a task of theirs did not end."""


class HostedRun:
    """Starts a run and takes it down. Lives on the scheduler's event loop.

    Parameters
    ----------
    scheduler : distributed.Scheduler
        The scheduler, in this process.
    client : distributed.Client
        An asynchronous one of this event loop.
    roster : Roster
        The workers.
    order : RunOrder
        The run.
    """

    def __init__(self, scheduler: Any, client: Client, roster: Roster, order: RunOrder) -> None:
        self.order = order
        self._scheduler = scheduler
        self._roster = roster
        self._loop = asyncio.get_running_loop()
        self.news = News(self._loop)
        self._hosts = Hosts(client, roster)
        self._host_of: dict[tuple[int, int], str] = {}  # of each process, by task and incarnation
        self._aftermath: ForeignAftermath
        self._lost_hosts: set[str] = set()
        self._over = asyncio.Event()
        self.controller = RunController(
            order.plan,
            order.topology,
            order.tasks,
            order.deliveries,
            order.run_id,
            RunPlaces.of_run(order.run_id),
            address_of=self._address_of,
            preview=order.options.preview,
            total=order.total,
            pass_on=self.news.add,
            note_change=lambda: self._loop.call_soon_threadsafe(self._note_change),
            new_gauge=partial(WorkerGauge, self._metrics, roster.cores),
            new_aftermath=self._new_aftermath,
        )
        self._inquests = Inquests(order.run_id, self._hosts, roster, self._note_remains)
        self.crew = ForeignCrew(client, roster, self._hosts, self.controller, order, self._before_replacing)
        self.controller.service.note_joined = self._note_joined
        self._desk = SlotDesk(scheduler, order.run_id, self._where_is)
        self._scaler = Scaler(order.plan, self.controller, self.crew)
        self._autoscaler = Autoscaler(self.controller.monitor, self._scaler)
        self._comms = CommServer(self.controller.thread, before_loss=self._before_loss)
        self._undo = contextlib.ExitStack()
        self._supervision: asyncio.Task[None] | None = None
        self._caller_there_s = self._loop.time()

    async def start(self) -> None:
        """Start the run; whatever was started is undone where that fails.

        Raises
        ------
        PlacementError
            The workers cannot take its tasks.
        """
        try:
            self.controller.start(self._undo)
            await self._comms.start(self._scheduler, self.order.run_id)
            self._desk.open()
            self.controller.appear_on(self._scheduler)
            await self.crew.begin()
        except BaseException:
            await self._take_down()
            raise
        self._supervision = asyncio.create_task(self._supervise())

    @property
    def has_ended(self) -> bool:
        """Whether everything is taken down."""
        return self.news.has_ended

    @property
    def is_loaded(self) -> bool:
        """Whether every node is loaded in its worker, and nothing has failed by then."""
        return self.controller.loaded.is_set() and self.controller.ledger.failure is None

    async def end(self, failure: ClusterError) -> None:
        """Fail the run and wait until it is taken down."""
        self.controller.fail(failure)
        if self._supervision is not None:
            await self._supervision

    async def act(self, action: str, *arguments: Any) -> None:
        """Do what the caller wants of the run; a change of its tasks is waited for."""
        if action == "stop":
            self.controller.stop(drain=arguments[0])
        elif action == "fail":
            self.controller.fail(arguments[0])
        elif action == "scale":
            try:
                await asyncio.to_thread(self._autoscaler.scale, *arguments)
            except ScalingError as error:
                raise ScalingError(str(error)) from error  # kinds of it are no matter for the caller
        elif action == "autoscale":
            self._autoscaler.follow(*arguments)
        else:
            raise ValueError(f"a run knows no {action!r}")

    async def snapshot(self) -> bytes:
        """The run as it is now, packed."""
        packed: bytes = await offload(self._packed)
        return packed

    def described(self) -> dict[str, Any]:
        """What a list of runs says of it."""
        order, snapshot = self.order, self.controller.monitor.latest()
        return {
            "run": order.run_id,
            "flow": order.plan.flow_name,
            "state": snapshot.state,
            "elapsed_s": snapshot.elapsed_s,
            "tasks": len(order.plan.tasks),
            "workers": len(set(self.crew.places.values())),
            "detached": order.is_detached,
            "position": self.news.position,
        }

    def failure_bytes(self) -> bytes | None:
        """What failed the run, packed."""
        failure = self.controller.failure
        return None if failure is None else failure_to_bytes(failure)

    def _address_of(self, name: str) -> str | None:
        return self.crew.places.get(name)

    def _new_aftermath(self, *parts: Any) -> ForeignAftermath:
        self._aftermath = ForeignAftermath(
            *parts,
            loop=self._loop,
            in_ledger=lambda *call: self.controller.thread.post(*call),
            run_id=self.order.run_id,
            hosts=self._hosts,
            tags=self._host_of,
            hostname_of=self._hostname_of,
        )
        return self._aftermath

    async def _before_loss(self, connection: Connection) -> None:
        """Find out what became of a process whose connection has ended, unless it said farewell."""
        if self._is_ending:
            return
        state = await self._said_by_ledger(self.controller.service.task_of, connection)
        if state is not None and not self._is_ending:
            await self._inquests.hold(state.index, connection.incarnation)

    async def _before_replacing(self, task: int) -> None:
        """The same for a task whose worker is gone; when this returns, the ledger has heard of it."""
        process = None if self._is_ending else await self._inquests.hold(task)
        if process is not None and not self._is_ending:
            give_up = self.controller.service.give_up
            await self._said_by_ledger(give_up, process.task, process.incarnation)

    def _said_by_ledger(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """What a function returns in the ledger's thread, after all that it was told before."""
        answer: asyncio.Future[Any] = self._loop.create_future()

        def tell(found: Any) -> None:
            if not answer.done():  # who asked may have been cancelled
                answer.set_result(found)

        self.controller.thread.post(lambda: self._loop.call_soon_threadsafe(tell, function(*arguments)))
        return answer

    @property
    def _is_ending(self) -> bool:
        return self.controller.over.is_set() or self.controller.ledger.is_aborting

    def _note_remains(self, process: Process, remains: Remains) -> None:
        """Have the ledger know of a process what was found on its host, before it hears of the end."""
        self.controller.thread.post(self._aftermath.take_in, process, remains)
        own = [killing for killing in remains.killings if killing.task == process.task]
        if remains.killings:
            why = (own[0].why, own[0].number) if own else (NEIGHBOUR, None)
            note_killed = self.controller.service.note_killed
            self.controller.thread.post(note_killed, process.task, process.incarnation, *why)

    def _hostname_of(self, task: int, incarnation: int) -> str:
        """What people call the host of a process; empty where it is not known."""
        return self._roster.hostname_of(self._host_of.get((task, incarnation), ""))

    def _look_for_lost_hosts(self) -> None:
        """Tell the ledger of hosts that are gone with what was in their memory."""
        hosts = dict(self._host_of)
        for host in {*hosts.values()} - self._lost_hosts:
            if host and self._is_gone(host):
                self._lost_hosts.add(host)
                owners = [owner for owner, there in hosts.items() if there == host]
                logger.warning(
                    "host %s is lost to flow %s", self._roster.hostname_of(host), self.order.plan.flow_name
                )
                self.controller.thread.post(self.controller.service.lose_slots, owners)
        for host in self.crew.awaited_hosts:  # of tasks that never joined, too
            if self._is_gone(host):
                self.crew.note_host_known(host)

    def _is_gone(self, host: str) -> bool:
        return self._roster.is_without_worker(host, self.order.options.host_timeout_s)

    def _note_joined(self, task: int, incarnation: int, pid: int) -> None:
        """Remember on which host a process is; in the ledger's thread."""
        name = self.controller.ledger.tasks[task].name
        address, host = self.crew.places.get(name, ""), self.crew.host_of(name)
        self._inquests.note_joined(
            Process(task, incarnation, pid, host, address, self._roster.has_nanny(address))
        )
        self._host_of[task, incarnation] = host
        self._lost_hosts.discard(host)  # it is back, and may be lost again

    def _where_is(self, task: int, incarnation: int) -> dict[str, Any] | None:
        """Who can be asked for the slots of a process: any worker on its host."""
        host = self._host_of.get((task, incarnation))
        if host is None or self._is_gone(host):
            return None
        return {"host": host, "workers": self._roster.on_host(host)}

    def _note_change(self) -> None:
        self.news.wake()
        if self.controller.over.is_set():
            self._over.set()

    def _metrics(self) -> Mapping[int, Mapping[str, Any]]:
        """What the worker of each task told Dask of its process, by index of the task; from any thread."""
        found = {}
        for name, address in self.crew.places.items():
            state = self._scheduler.workers.get(address)
            if state is not None:
                found[self.controller.task_of[name]] = state.metrics
        return found

    def _packed(self) -> bytes:
        snapshot: RunSnapshot = self.controller.monitor.now()
        packed: bytes = msgpack.packb(to_record(snapshot, history=True, verdict=False))
        return packed

    async def _supervise(self) -> None:
        """Wait for the end, and see to it that it comes: then take everything down."""
        try:
            await self._see_to_the_end()
        except Exception as error:
            logger.exception("flow %s ends, since it cannot be watched over", self.order.plan.flow_name)
            self.controller.fail(ClusterError(f"the scheduler could not go on with the run: {error!r}"))
        await self._take_down()

    async def _see_to_the_end(self) -> None:
        ending_s: float | None = None
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await self._over.wait()
            self._look_for_lost_hosts()
            now_s = self._loop.time()
            self._look_for_caller(now_s)
            if self.controller.ledger.is_aborting and ending_s is None:
                ending_s = now_s
            if ending_s is not None and now_s - ending_s > GRACE_S:
                await self._leave_the_rest()
                return

    def _look_for_caller(self, now_s: float) -> None:
        """End the run of a caller that has gone; one that is stopped or busy is still connected."""
        if self.order.is_detached or self.order.caller in self._scheduler.clients:
            self._caller_there_s = now_s
        elif now_s - self._caller_there_s > CALLER_GRACE_S:
            logger.warning("flow %s has lost its caller and ends", self.order.plan.flow_name)
            self._caller_there_s = float("inf")
            self.controller.stop(drain=False)

    async def _leave_the_rest(self) -> None:
        """Leave tasks that do not end to themselves, and restart those workers that nobody else uses."""
        stuck = self.crew.places
        ours = {address for address in stuck.values() if self.crew.is_alone_on(address)}
        self.crew.forget()
        for name, address in stuck.items():
            if address in self._scheduler.workers:
                what = "is restarted" if address in ours else "is left as it is, since others use it too"
                logger.warning(
                    "task %s of flow %s has not ended within %g s of the run's end: its worker %s %s",
                    name, self.order.plan.flow_name, GRACE_S, address, what,
                )  # fmt: skip
        if ours:
            await self._scheduler.restart_workers(
                workers=list(ours), timeout=RESTART_S, on_error="return", stimulus_id="daskflow-end"
            )

    async def _take_down(self) -> None:
        try:
            async with contextlib.AsyncExitStack() as steps:  # all are taken, whatever becomes of the others
                steps.callback(self._undo.close)
                steps.callback(self.controller.vanish_from, self._scheduler)
                steps.callback(self._desk.close)
                steps.push_async_callback(self._comms.close)
                steps.push_async_callback(self.crew.close)
                steps.push_async_callback(self._aftermath.finish)
                steps.push_async_callback(asyncio.to_thread, self._scaler.close)  # a change comes to its end
                steps.push_async_callback(asyncio.to_thread, self._autoscaler.close)
        except Exception:
            logger.exception("taking down run %s was not complete", self.order.run_id)
        finally:
            self.controller.note_end()
            self.news.end()
