"""The plan of a run: frozen, printable, made before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daskflow.core.node.policy import Policy
from daskflow.plan.capacity import leases_of
from daskflow.plan.recovery import FRESH, SNAPSHOTS

if TYPE_CHECKING:
    from daskflow.plan.placement.placement import Placement

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""Read by numeric libraries when they are imported."""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """One task, which is one process-worker.

    Attributes
    ----------
    name : str
        Of the task and its worker, such as ``"detector-1"``.
    node : str
        Name of the node it runs.
    index : int
        Which of the node's tasks it is, from 0.
    device : str
        ``"cpu"`` or ``"gpu"``.
    why : str
        The device with the reason, such as ``"gpu 1"`` or ``"cpu: no GPU found"``.
    resources : mapping of str to float
        Dask resources of the worker; the first is its own tag, by which the task is bound to it. A GPU task
        has its share as ``"GPU"``.
    gpu : str or None
        The one device that its worker sees, as in ``CUDA_VISIBLE_DEVICES``; None for a worker that sees none.
        A consumer that encodes video sees one without a share of it, and its `device` is ``"cpu"``.
    cpu_threads : int
        How many threads numeric libraries may use in its worker.
    keeps_on_gpu : bool
        Whether its results stay in the memory of its GPU, since all who read them are there too.
    env : mapping of str to str
        Environment variables that the user wants in its worker.
    host, workers : tuple of str
        On an existing cluster: hosts, and workers by name or address, of which it is to be on any; empty for
        no wish.
    """

    name: str
    node: str
    index: int
    device: str
    why: str
    resources: Mapping[str, float] = field(default_factory=dict)
    gpu: str | None = None
    cpu_threads: int = 1
    keeps_on_gpu: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    host: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()

    @property
    def device_words(self) -> str:
        """Device and reason, and where the results go if that is not main memory."""
        return f"{self.why}, results stay there" if self.keeps_on_gpu else self.why

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of its worker, at the first start and at each restart."""
        return {
            "CUDA_VISIBLE_DEVICES": self.gpu or "",
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # in which the indices were counted; not CUDA's own default
            **dict.fromkeys(THREAD_VARIABLES, str(self.cpu_threads)),
            **self.env,
        }


@dataclass(frozen=True, slots=True)
class NodePlan:
    """One node and how its tasks are run.

    Attributes
    ----------
    name : str
        Of the node.
    kind : str
        ``"producer"``, ``"processor"``, ``"stateful processor"`` or ``"consumer"``.
    parents : tuple of str
        Names of the nodes that it reads, one per argument.
    recovery : str
        What a new process does that takes over from a killed one; a word of ``daskflow.plan.recovery``.
    policy : Policy
        What is done when something goes wrong, with nothing left open.
    tasks : tuple of TaskPlan
        In the order of their indices.
    batch_size : int
        How many messages a call may be for.
    max_wait_s : float
        How long a batch waits for more of them, in seconds.
    members : tuple of str
        Names of the nodes that it stands for, in the order in which its tasks call them, where it is a fused
        chain; else empty.
    compression : str or None
        How its results are compressed between hosts.
    """

    name: str
    kind: str
    parents: tuple[str, ...]
    recovery: str
    policy: Policy
    tasks: tuple[TaskPlan, ...]
    batch_size: int = 1
    max_wait_s: float = 0.0
    members: tuple[str, ...] = ()
    compression: str | None = None

    @property
    def last(self) -> str:
        """The node whose results its readers get: its own name, or that of the last of its members."""
        return self.members[-1] if self.members else self.name


@dataclass(frozen=True, slots=True)
class EdgePlan:
    """One edge: how much it holds, and what it does when it is full.

    Attributes
    ----------
    source, target : str
        Names of nodes.
    capacity : int
        In messages: those that may wait, and for a blocking edge also those in the hands of the tasks at
        its ends.
    lossy : bool
        Whether the oldest waiting message goes when the edge is full (REALTIME), or the source waits (BATCH).
    inline_capacity : int
        The same as `capacity`, for messages that need no shared memory (16 KiB at most): unless the user
        said how many may wait, more of these do.
    durable : bool
        Whether messages that the target has finished are held until its results are safe.
    """

    source: str
    target: str
    capacity: int
    lossy: bool
    inline_capacity: int
    durable: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before a run.

    Attributes
    ----------
    flow_name : str
        Name of the flow.
    flow_type : str
        ``"batch"`` or ``"realtime"``.
    nodes : tuple of NodePlan
        In topological order.
    edges : tuple of EdgePlan
        One for each pair of neighbours.
    placement : Placement or None
        Which worker of an existing cluster each task would be on; None where that was not asked.
    """

    flow_name: str
    flow_type: str
    nodes: tuple[NodePlan, ...]
    edges: tuple[EdgePlan, ...]
    placement: Placement | None = None

    @property
    def tasks(self) -> tuple[TaskPlan, ...]:
        """All tasks, node by node."""
        return tuple(task for node in self.nodes for task in node.tasks)

    @property
    def most_frames(self) -> int:
        """How many frames the flow holds at most, besides those that nodes keep: in shared memory, except for
        what stays on a GPU.

        A node's results are held from the first that one of its readers has not finished to the last that
        the widest edge admits, however long the stream is; those that a node with snapshots has finished
        since its last one are held too. Dask's profiler, which looks at each task's stack once a second, may
        hold the frames in it for a moment longer.
        """
        made = {node.name: len(node.tasks) * node.batch_size for node in self.nodes}
        leased = {node.name: len(node.tasks) * leases_of(node.batch_size) for node in self.nodes}
        held: dict[str, int] = {}
        replayed = {n.name: n.policy.snapshot_every for n in self.nodes if n.recovery == SNAPSHOTS}
        for edge in self.edges:
            in_hand = made[edge.source] + leased[edge.target] if edge.lossy else 0
            most = edge.capacity + in_hand + replayed.get(edge.target, 0)
            held[edge.source] = max(held.get(edge.source, 0), most)
        self._add_durable(held)
        # Inside of a fused chain each task has one more for each hop that it saves.
        inside = sum(len(node.tasks) * (len(node.members) - 1) for node in self.nodes if node.members)
        return sum(held.values()) + inside

    def _add_durable(self, held: dict[str, int]) -> None:
        """Add to each node's results those that its durable readers hold after they have finished them."""
        can_hold = {node.name for node in self.nodes if node.recovery == FRESH} & held.keys()
        for node in reversed(self.nodes):  # readers first: what they hold goes by how much of theirs is held
            longest = [
                held[edge.target]
                for edge in self.edges
                if edge.source == node.name and edge.durable and edge.target in can_hold
            ]
            if longest:
                held[node.name] += max(longest)

    def __str__(self) -> str:
        from daskflow.plan.table import plan_table

        return plan_table(self)

    def _repr_html_(self) -> str:
        """What a notebook shows of it: the graph, its tasks and edges."""
        from daskflow.plan.html import plan_html

        return plan_html(self)
