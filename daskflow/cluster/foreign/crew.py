"""The tasks of a run on the workers of a cluster: placed, submitted, and placed anew when one is lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from distributed import Client, Future

from daskflow.cluster.controller import RunController
from daskflow.cluster.foreign.hosts import Hosts
from daskflow.cluster.foreign.order import RunOrder
from daskflow.cluster.foreign.roster import ASK_S, Hold, Roster, own_versions
from daskflow.errors import PlacementError, ScalingError
from daskflow.plan import Inventory, Plan, TaskPlan
from daskflow.plan.placement import Need, needs_of, place, sorted_workers
from daskflow.plan.rescaling import rescaled
from daskflow.runtime.dask_task import run_task
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.far.server import remove_places

T = TypeVar("T")

logger = logging.getLogger("daskflow.cluster")

REPLACE_S = 60.0
"""How long a task that lost its worker waits for another to have room: a restarted one, or a new one."""

LOOK_AGAIN_S = 2.0
"""How often it looks for a place by itself: Dask tells nobody when a worker goes on after a pause."""

CLEAN_UP_S = 10.0
"""How long workers may take to remove what a run has left; their hosts' janitors do it where they do not."""

PRIORITY = 10
"""Of a flow's tasks, before ordinary ones, which they leave the worker's threads to as soon as they run."""


class ForeignCrew:
    """Has Dask run the tasks of a run. Lives on the scheduler's event loop.

    Parameters
    ----------
    client : distributed.Client
        An asynchronous one of this event loop.
    roster : Roster
        The workers.
    hosts : Hosts
        The way to their hosts.
    controller : RunController
        Of the run: is told what goes wrong.
    order : RunOrder
        The run.
    before_replacing : callable
        Awaited with the index of a task that has lost its worker, before another takes its place.
    """

    def __init__(
        self,
        client: Client,
        roster: Roster,
        hosts: Hosts,
        controller: RunController,
        order: RunOrder,
        before_replacing: Callable[[int], Awaitable[None]],
    ) -> None:
        self._client = client
        self._roster = roster
        self._hosts = hosts
        self._controller = controller
        self._flow = order.plan.flow_name
        self._plan = order.plan
        self._tasks_per_worker = order.tasks_per_worker
        self._order = order
        self._before_replacing = before_replacing
        self._loop = asyncio.get_running_loop()
        self._specs = {spec.task_name: spec for spec in order.tasks}
        self._futures: dict[str, Future] = {}
        self._address_of: dict[str, str] = {}
        self._ended: set[str] = set()  # tasks that want no place any more
        self._waits_for: dict[str, str] = {}  # the host, by the name of a task that wants no place yet
        self._asked: set[str] = set()  # hosts that are asked whether they are there
        self._in_doubt: set[str] = set()  # tasks of which it is not known yet how their process ended
        self._used: dict[str, None] = {}  # addresses, ever
        self._changed = asyncio.Event()  # something that may give a lost task a place
        self._replacing: asyncio.Task[None] | None = None
        self._patient_until_s = 0.0
        self._is_closed = False

    async def begin(self) -> None:
        """Place and submit all tasks.

        Raises
        ------
        PlacementError
            The workers cannot take them; nothing was submitted.
        """
        await self._place(self._plan)

    def note_worker_gone(self, address: str) -> None:
        """Take note that a worker has gone: the tasks that it had are placed anew."""
        lost = [name for name, there in self._address_of.items() if there == address]
        host = self._roster.host_of(address)
        for name in lost:
            self._let_go(name)
            if self._begins_where_told(name):
                self._waits_for[name] = host
        if lost and not self._is_closed and not self._controller.over.is_set():
            self._in_doubt.update(lost)
            self._be_patient(self._order.options.host_timeout_s if self._waits_for else 0.0)
            asyncio.create_task(self._note_lost(lost))  # noqa: RUF006  it ends by itself, soon
            self._ask_for_hosts()
        self._changed.set()

    async def _note_lost(self, names: Sequence[str]) -> None:
        await asyncio.gather(*(self._before_replacing(self._controller.task_of[name]) for name in names))
        self._in_doubt.difference_update(names)
        if self._is_closed or self._controller.over.is_set() or self._controller.ledger.is_aborting:
            return  # tasks that are gone stay so
        for name in names:
            self._controller.note_exit(name, None)
        if self._replacing is None:
            self._replacing = asyncio.create_task(self._replace())
        self._changed.set()

    def note_host_known(self, host: str) -> None:
        """Take note that a host is there, or was without a worker for so long that its memory is lost."""
        for name in [name for name, awaited in self._waits_for.items() if awaited == host]:
            del self._waits_for[name]
            self._be_patient()
        self._changed.set()

    @property
    def awaited_hosts(self) -> set[str]:
        """Hosts of which it is not known whether they are lost, and that tasks wait for."""
        return set(self._waits_for.values())

    def note_room(self) -> None:
        """Take note that there is another worker, or more room on one."""
        self._ask_for_hosts()
        self._changed.set()

    @property
    def places(self) -> dict[str, str]:
        """Addresses of workers by the names of the tasks that are on them; a copy, for any thread."""
        return dict(self._address_of)

    def host_of(self, name: str) -> str:
        """The tag of the host that a task is on; from any thread."""
        return self._roster.host_of(self._address_of.get(name, ""))

    def is_alone_on(self, address: str) -> bool:
        """Whether nobody would miss what is on a worker, and its nanny starts another in its place."""
        ours = {future.key for future in self._futures.values()}
        return self._roster.can_be_restarted(address, self._order.run_id, ours)

    def forget(self) -> None:
        """Forget all tasks, and give none of them another place."""
        self._is_closed = True
        if self._replacing is not None:
            self._replacing.cancel()
        for name in list(self._address_of):
            self._let_go(name)

    async def close(self) -> None:
        """Forget all tasks, and remove what they left on their hosts, where those answer."""
        self.forget()
        there = [address for address in self._used if self._roster.is_there(address)]
        if there:
            with contextlib.suppress(TimeoutError):  # a call of a node may hold up a whole process
                async with asyncio.timeout(CLEAN_UP_S):
                    run_id = self._order.run_id
                    await self._client.run(remove_places, run_id, workers=there, on_error="ignore")

    # -- from the scaler's thread -----------------------------------------------------------------------

    def planned(self, plan: Plan, name: str, nb_tasks: int) -> Plan:
        """A plan with another number of tasks for a node, on the workers that are there."""
        workers = self._on_loop(self._roster.workers(self._client, self._order.run_id))
        inventory = Inventory.of_workers(
            sorted_workers(workers, self._order.versions).usable,
            tasks_per_worker=self._tasks_per_worker,
            gpus=self._order.options.gpus,
        )
        supports_gpu = name in self._order.scalable_on_gpu
        return rescaled(plan, self._order.options, inventory, name, nb_tasks, supports_gpu=supports_gpu)

    def compiled(self, plan: Plan, position: int, task: TaskPlan) -> TaskSpec:
        """The specification of a further task of a node: like that of another one, with the same pickle."""
        node = plan.nodes[position]
        same = [spec for spec in self._order.tasks if spec.node_name == node.name]
        like = next((spec for spec in same if spec.device == task.device), None)
        if like is None:  # its node was pickled for another device, and is not opened here
            raise ScalingError(
                f"node {node.name!r} runs on the {same[0].device}: {task.name} would not, {task.why}"
            )
        return replace(
            like,
            task_name=task.name,
            task_index=task.index,
            task_count=len(node.tasks),
            resources=task.resources,
        )

    def start(self, plan: Plan, tasks: Sequence[TaskPlan], specs: Sequence[TaskSpec]) -> None:
        """Have further tasks run, where workers have room for them."""
        self._on_loop(self._add(plan, specs))

    def end(self, plan: Plan, names: Sequence[str]) -> None:
        """Forget tasks that have ended."""
        self._on_loop(self._remove(plan, names))

    def _on_loop(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    # ---------------------------------------------------------------------------------------------------

    async def _add(self, plan: Plan, specs: Sequence[TaskSpec]) -> None:
        before, self._plan = self._plan, plan
        self._specs.update({spec.task_name: spec for spec in specs})
        self._ended.difference_update(spec.task_name for spec in specs)
        try:
            await self._place(plan)
        except BaseException:
            self._plan = before
            for spec in specs:
                del self._specs[spec.task_name]
            raise

    async def _remove(self, plan: Plan, names: Sequence[str]) -> None:
        self._plan = plan
        for name in names:
            self._specs.pop(name, None)
            self._ended.discard(name)
            self._let_go(name)

    def _begins_where_told(self, name: str) -> bool:
        """Whether a task is of a producer which is told where to begin by what its readers miss.

        Where its host is lost with its memory, that is before what it has made, and is known only then.
        """
        node = self._specs[name].node_name
        return any(edge.source == node and edge.durable for edge in self._plan.edges) and not any(
            edge.target == node for edge in self._plan.edges
        )

    def _ask_for_hosts(self) -> None:
        for host in self.awaited_hosts - self._asked:
            self._asked.add(host)
            asyncio.create_task(self._ask_for(host))  # noqa: RUF006  it ends by itself

    async def _ask_for(self, host: str) -> None:
        """See whether a host is there: of a host that is lost some workers are so a little earlier."""
        try:
            if await self._hosts.call_on_first([host], os.getpid, timeout_s=ASK_S):
                self.note_host_known(host)
        finally:
            self._asked.discard(host)

    async def _place(self, plan: Plan) -> None:
        workers = await self._roster.workers(self._client, self._order.run_id)
        nowhere = (*self._ended, *self._waits_for, *self._in_doubt)
        placed = {**dict.fromkeys(nowhere, ""), **self._address_of}
        placement = place(
            plan,
            workers,
            tasks_per_worker=self._tasks_per_worker,
            here=self._order.versions,
            scheduler=own_versions(),
            fixed=placed,
            scheduler_address=self._client.scheduler.address,
        )
        wanted = [spec for name, spec in self._specs.items() if name not in placed]
        if not wanted:
            return
        logger.info("flow %s: %s", self._flow, placement.table())
        for warning in placement.warnings:
            logger.warning("flow %s: %s", self._flow, warning)
        needs = needs_of(plan)
        for spec in wanted:
            self._submit(spec, placement.address_of[spec.task_name], needs[spec.task_name])

    def _be_patient(self, longer_s: float = 0.0) -> None:
        """Wait for a place for so long from now on."""
        self._patient_until_s = max(self._patient_until_s, self._loop.time() + REPLACE_S + longer_s)

    async def _replace(self) -> None:
        """Give tasks that lost their worker another, as soon as there is one."""
        try:
            while not await self._is_all_replaced():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN_S):
                        await self._changed.wait()
        except Exception as error:
            missing = sorted(self._specs.keys() - self._address_of.keys() - self._ended)
            words = f"no worker took over task {', '.join(missing)}: {error}"
            if not isinstance(error, PlacementError):
                logger.exception("flow %s: %s", self._flow, words)
            if missing:
                self._controller.fail_of(missing[0], PlacementError(words))
            else:
                self._controller.fail(PlacementError(words))
        finally:
            self._replacing = None

    async def _is_all_replaced(self) -> bool:
        self._changed.clear()
        try:
            await self._place(self._plan)
        except PlacementError as error:
            if self._loop.time() < self._patient_until_s:
                return False
            raise PlacementError(f"there was no place for it within {REPLACE_S:g} s. {error}") from error
        return not self._waits_for

    def _submit(self, spec: TaskSpec, address: str, need: Need) -> None:
        name = spec.task_name
        future = self._client.submit(
            run_task,
            spec,
            key=f"{name}-{uuid.uuid4().hex}",
            workers=[address],
            resources=dict(need.resources),
            pure=False,
            priority=PRIORITY,
        )
        self._futures[name] = future
        self._address_of[name] = address
        self._used[address] = None
        self._roster.hold(address, Hold(self._order.run_id, self._flow, name, need))
        asyncio.create_task(self._watch(name, future))  # noqa: RUF006  it ends with the future

    async def _watch(self, name: str, future: Future) -> None:
        error: Any = await future.exception()
        if future.cancelled() or self._futures.get(name) is not future:
            return  # its worker was lost; or all are about to be, since somebody restarts the cluster
        if error is None:
            self._ended.add(name)
            self._let_go(name)  # else Dask would run the task again if its worker died now
        elif not self._controller.over.is_set():
            self._controller.note_dask_error(name, error)

    def _let_go(self, name: str) -> None:
        address, future = self._address_of.pop(name, None), self._futures.pop(name, None)
        if future is not None:
            future.release()
        if address is not None:
            self._roster.let_go(address, self._order.run_id, name)
