"""Starts and ends tasks of a run while messages move."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from distributed import Future

from daskflow.cluster.local import FlowCluster
from daskflow.cluster.topology import CompileTask
from daskflow.core.constants import GPU
from daskflow.core.node import Node, ProcessorNode
from daskflow.errors import ClusterError, ScalingError
from daskflow.options import FlowOptions
from daskflow.plan import Inventory, Plan, TaskPlan
from daskflow.plan.rescaling import rescaled, scalable
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.ledger_thread import LedgerThread

T = TypeVar("T")


class Scaler:
    """Changes how many tasks run a node. One change is made at a time; each blocks until it is made.

    Parameters
    ----------
    plan : Plan
        What runs.
    nodes : sequence of Node
        In the plan's order.
    options : FlowOptions
        By which it was planned.
    thread : LedgerThread
        Of the run.
    cluster : FlowCluster
        Of the run.
    compile_task : callable
        Makes the specification of a task.
    submit : callable
        Has Dask run a task.
    release : callable
        Gives up the future of a task, by name, and returns it.
    note_task : callable
        Told of each task that joins, before its worker starts.
    note_plan : callable
        Told of each new plan, with the node, how many tasks it had and has, and why.
    """

    def __init__(
        self,
        plan: Plan,
        nodes: Sequence[Node],
        options: FlowOptions,
        thread: LedgerThread,
        cluster: FlowCluster,
        *,
        compile_task: CompileTask,
        submit: Callable[[TaskSpec], None],
        release: Callable[[str], Future],
        note_task: Callable[[TaskSpec], None],
        note_plan: Callable[[Plan, str, int, int, str], None],
    ) -> None:
        self.plan = plan
        """As it is now."""
        self._nodes = list(nodes)
        self._options = options
        self._thread = thread
        self._cluster = cluster
        self._compile = compile_task
        self._submit = submit
        self._release = release
        self._note_task = note_task
        self._note_plan = note_plan
        self._index_of = {task.name: i for i, task in enumerate(plan.tasks)}
        self._changing = threading.Lock()
        self._is_closed = False

    def scale(self, name: str, nb_tasks: int, reason: str = "") -> None:
        """Give a node so many tasks; blocks until those that join have opened, or those that leave are gone.

        A run that ends meanwhile ends the wait. `reason` is for those who watch; empty where somebody asked.

        Raises
        ------
        ScalingError
            The node cannot be scaled, or the run is over; nothing was changed.
        AllocationError
            The node only runs on a GPU, and there is none left; nothing was changed.
        ClusterError
            A worker did not start; the run has failed.
        """
        with self._changing:
            if self._is_closed:
                raise _cannot_be_scaled(name, "the run has ended")
            plan = self._replanned(name, nb_tasks)
            position = [node.name for node in plan.nodes].index(name)
            before, after = self.plan.nodes[position].tasks, plan.nodes[position].tasks
            if len(after) > len(before):
                self._start(plan, position, after[len(before) :], reason)
            elif len(after) < len(before):
                self._end(plan, position, before[len(after) :], reason)

    def scaled_by(self, name: str) -> str:
        """The node that has more or fewer tasks for a name: of the members of a chain it is the chain.

        Raises
        ------
        ScalingError
            It cannot be scaled, or there is none.
        """
        return scalable(self.plan, name).name

    def close(self) -> None:
        """Change nothing more; blocks until a change that is under way is made."""
        with self._changing:
            self._is_closed = True

    def _replanned(self, name: str, nb_tasks: int) -> Plan:
        inventory = Inventory.of_this_machine(self._options.gpus, gpu_ipc=self._options.gpu_ipc)
        by_name = dict(zip([each.name for each in self.plan.nodes], self._nodes, strict=True))
        node = by_name.get(name)
        supports_gpu = isinstance(node, ProcessorNode) and GPU in node.devices
        return rescaled(self.plan, self._options, inventory, name, nb_tasks, supports_gpu=supports_gpu)

    def _start(self, plan: Plan, position: int, tasks: Sequence[TaskPlan], reason: str) -> None:
        node_plan, node = plan.nodes[position], self._nodes[position]
        specs = [self._compile(plan, node_plan, node, task, 0) for task in tasks]
        specs = self._changed(node_plan.name, self._add, position, specs)
        self._index_of.update({spec.task_name: spec.task for spec in specs})
        try:
            self._cluster.sync(self._cluster.add_workers, tasks)
        except Exception as error:
            failure = ClusterError(f"further workers of node {node_plan.name!r} did not start: {error}")
            failure.__cause__ = error
            self._thread.post(self._thread.service.fail, failure)  # it would wait for their tasks
            raise failure from error
        for spec in specs:
            self._submit(spec)
        self._take_up(plan, position, reason)
        states = self._thread.service.ledger.tasks
        self._wait(lambda: all(states[spec.task].attached or states[spec.task].closed for spec in specs))

    def _end(self, plan: Plan, position: int, tasks: Sequence[TaskPlan], reason: str) -> None:
        indices, names = [self._index_of[task.name] for task in tasks], [task.name for task in tasks]
        ledger = self._thread.service.ledger
        self._changed(plan.nodes[position].name, self._retire, indices)
        self._take_up(plan, position, reason)  # a Ctrl-C in the wait leaves workers that have nothing to do
        self._wait(lambda: all(ledger.has_left(index) for index in indices))
        if ledger.is_over or ledger.is_aborting:
            return  # all that runs is taken down
        keys = [self._release(name) for name in names]
        self._cluster.sync(self._cluster.remove_workers, names, keys)

    def _changed(self, name: str, change: Callable[..., T], *arguments: Any) -> T:
        """Make a change in the ledger's thread; it is refused for a node of this name once that has ended."""
        try:
            return self._thread.call(change, *arguments)
        except concurrent.futures.CancelledError as error:
            raise _cannot_be_scaled(name, "the run has ended") from error

    def _take_up(self, plan: Plan, position: int, reason: str) -> None:
        """Go by a new plan from now on."""
        before, self.plan = self.plan, plan
        node, earlier_node = plan.nodes[position], before.nodes[position]
        self._note_plan(plan, node.name, len(earlier_node.tasks), len(node.tasks), reason)
        index = {node.name: i for i, node in enumerate(plan.nodes)}
        resize = self._thread.service.ledger.resize
        for edge, earlier in zip(plan.edges, before.edges, strict=True):
            if edge != earlier:
                ends = index[edge.source], index[edge.target]
                self._thread.post(resize, *ends, edge.capacity, edge.inline_capacity)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        """Block until something is so in the ledger's thread, or the run comes to its end."""
        ledger, come = self._thread.service.ledger, threading.Event()
        try:
            self._thread.call(
                self._thread.service.when,
                lambda: is_so() or ledger.is_over or ledger.is_aborting,
                come.set,
            )
        except concurrent.futures.CancelledError:
            return
        come.wait()

    # -- in the ledger's thread -------------------------------------------------------------------------

    def _add(self, position: int, specs: Sequence[TaskSpec]) -> list[TaskSpec]:
        service = self._thread.service
        added: list[TaskSpec] = []
        for spec in specs:
            try:
                index = service.add_task(position)
            except ValueError as error:
                self._retire([each.task for each in added])
                raise _cannot_be_scaled(spec.node_name, str(error)) from error
            added.append(replace(spec, task=index))
            self._note_task(added[-1])
        return added

    def _retire(self, indices: Sequence[int]) -> None:
        for index in indices:
            self._thread.service.retire(index)


def _cannot_be_scaled(name: str, why: str) -> ScalingError:
    return ScalingError(f"node {name!r} cannot be scaled: {why}")
