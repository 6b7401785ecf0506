"""What a task asks of its worker."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.core.node.surroundings import OWN_TAG
from daskflow.plan.placement.workers import GPU_TAG, WorkerInfo
from daskflow.plan.plan import NodePlan, Plan, TaskPlan
from daskflow.plan.recovery import SNAPSHOTS

ROUNDING = 1e-9
"""Three thirds of a resource are all of it."""


@dataclass(frozen=True, slots=True)
class Need:
    """Tasks with the same one can change places.

    Attributes
    ----------
    resources : tuple of (str, float)
        Amounts of Dask's resources, by name.
    memory_bytes : int
        How much memory of its own the task may take; 0 where nobody said.
    is_alone : bool
        Whether it is to be alone on its worker, since it keeps state.
    hosts, workers : tuple of str
        Of which it is to be on any; empty for no wish.
    """

    resources: tuple[tuple[str, float], ...] = ()
    memory_bytes: int = 0
    is_alone: bool = False
    hosts: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()

    @property
    def wants_gpu(self) -> bool:
        """Whether it is for a worker with a GPU."""
        return any(tag == GPU_TAG for tag, _ in self.resources)

    def could_be_on(self, worker: WorkerInfo) -> bool:
        """Whether a worker without any other task would do."""
        enough = all(worker.resources.get(tag, 0.0) + ROUNDING >= n for tag, n in self.resources)
        remembers = worker.memory_limit is None or worker.memory_limit >= self.memory_bytes
        wished = not self.workers or not worker.names.isdisjoint(self.workers)
        there = not self.hosts or not worker.host_names.isdisjoint(self.hosts)
        return enough and remembers and wished and there

    def words(self) -> str:
        """It, for people."""
        said = [f"{tag}={n:g}" for tag, n in self.resources]
        if self.memory_bytes:
            said.append(f"memory of {self.memory_bytes / 1e6:,.0f} MB")
        if self.hosts:
            said.append(f"on host {' or '.join(self.hosts)}")
        if self.workers:
            said.append(f"on worker {' or '.join(self.workers)}")
        if self.is_alone:
            said.append("alone there: it keeps state" if said else "a worker alone: it keeps state")
        return ", ".join(said) or "a worker"


def needs_of(plan: Plan) -> dict[str, Need]:
    """What each task of a plan asks for, by its name."""
    return {task.name: need_of(node, task) for node in plan.nodes for task in node.tasks}


def need_of(node: NodePlan, task: TaskPlan) -> Need:
    """What a task of a node asks for."""
    keeps_state = node.kind == "stateful processor" or (
        node.kind == "processor" and node.recovery == SNAPSHOTS
    )
    return Need(
        tuple(sorted(resources_of(task).items())),
        int(node.policy.memory_limit or 0),
        keeps_state,
        task.host,
        task.workers,
    )


def resources_of(task: TaskPlan) -> dict[str, float]:
    """Dask's resources that a task takes on a worker of others; the tag of its own it needs on ours alone."""
    return {tag: n for tag, n in task.resources.items() if not tag.startswith(OWN_TAG)}
