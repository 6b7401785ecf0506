"""Who has the tasks of a run run: on workers of its own, or on those of an existing cluster."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Protocol

from distributed import Client, Future

from daskflow.cluster.compiling import CompileTask
from daskflow.cluster.controller import RunController
from daskflow.cluster.local import FlowCluster
from daskflow.core.constants import GPU
from daskflow.core.node import Node, ProcessorNode
from daskflow.options import FlowOptions
from daskflow.plan import Inventory, Plan, TaskPlan
from daskflow.plan.rescaling import rescaled
from daskflow.runtime.dask_task import run_task
from daskflow.runtime.spec import TaskSpec


class Crew(Protocol):
    """What a change of a node's tasks asks for. All of it may block: it is not for the event loop."""

    def planned(self, plan: Plan, name: str, nb_tasks: int) -> Plan:
        """A plan with another number of tasks for a node; see `daskflow.plan.rescaling.rescaled`."""

    def compiled(self, plan: Plan, position: int, task: TaskPlan) -> TaskSpec:
        """The specification of a task of the node at a position; its index is not known yet."""

    def start(self, plan: Plan, tasks: Sequence[TaskPlan], specs: Sequence[TaskSpec]) -> None:
        """Have further tasks run. Where that raises, nothing is left of them."""

    def end(self, plan: Plan, names: Sequence[str]) -> None:
        """Take away tasks that have ended, and are no part of the plan any more."""


class LocalCrew:
    """The tasks of a run on workers of its own, one for each.

    Parameters
    ----------
    cluster : FlowCluster
        Of the run.
    client : distributed.Client
        Of that cluster.
    controller : RunController
        Of the run: is told when a task's function raises.
    nodes : sequence of Node
        In the plan's order.
    options : FlowOptions
        By which it was planned.
    compile_task : callable
        Makes the specification of a task.
    """

    def __init__(
        self,
        cluster: FlowCluster,
        client: Client,
        controller: RunController,
        nodes: Sequence[Node],
        options: FlowOptions,
        compile_task: CompileTask,
    ) -> None:
        self._cluster = cluster
        self._client = client
        self._controller = controller
        self._nodes = list(nodes)
        self._options = options
        self._compile = compile_task
        self._futures: dict[str, Future] = {}  # by name of the task

    @property
    def futures(self) -> Collection[Future]:
        """Of all tasks."""
        return self._futures.values()

    def planned(self, plan: Plan, name: str, nb_tasks: int) -> Plan:
        """A plan with another number of tasks for a node, on this machine."""
        inventory = Inventory.of_this_machine(self._options.gpus, gpu_ipc=self._options.gpu_ipc)
        node = dict(zip([each.name for each in plan.nodes], self._nodes, strict=True)).get(name)
        supports_gpu = isinstance(node, ProcessorNode) and GPU in node.devices
        return rescaled(plan, self._options, inventory, name, nb_tasks, supports_gpu=supports_gpu)

    def compiled(self, plan: Plan, position: int, task: TaskPlan) -> TaskSpec:
        """The specification of a task of the node at a position."""
        return self._compile(plan, plan.nodes[position], self._nodes[position], task, 0)

    def start(self, plan: Plan, tasks: Sequence[TaskPlan], specs: Sequence[TaskSpec]) -> None:
        """Start workers for tasks, and the tasks on them; blocks until the workers are there."""
        try:
            self._cluster.sync(self._cluster.add_workers, tasks)
        except Exception:
            self._cluster.sync(self._cluster.remove_workers, [task.name for task in tasks], [])
            raise
        for spec in specs:
            self.submit(spec)

    def end(self, plan: Plan, names: Sequence[str]) -> None:
        """End the workers of tasks that have ended."""
        ended = [self._futures.pop(name) for name in names]
        self._cluster.sync(self._cluster.remove_workers, names, ended)

    def submit(self, spec: TaskSpec) -> None:
        """Have Dask run a task whose worker is there."""
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

    def _note_dask_end(self, future: Future) -> None:
        if future.status == "finished":
            future.release()  # else Dask would run the task again if its worker died now
        elif future.status == "error" and not self._controller.over.is_set():
            self._controller.note_dask_error(future.key.rsplit("-", 1)[0], future.exception())
