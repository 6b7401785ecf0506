"""What a run is doing, at one moment: the only thing that pages, tables, exporters and reports read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from daskflow.core.node import Node
from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import (
    Edge,
    EdgeMetrics,
    MachineMetrics,
    Mishap,
    Moment,
    PathMetrics,
    Rescaling,
    SchedulerMetrics,
    TaskMetrics,
)

if TYPE_CHECKING:
    from daskflow.monitor.verdict import Verdict


@dataclass(frozen=True, slots=True)
class NodeMetrics:
    """One node: counters since the run began, and what it did with its time.

    Attributes
    ----------
    name, kind : str
        The node and what it is; see `daskflow.plan.NodePlan`.
    nb_tasks : int
        How many tasks run it.
    device : str
        Where they run: ``"cpu"``, ``"gpu"``, or ``"2 gpu, 1 cpu"``.
    received : int
        Messages that its tasks took and finished.
    emitted : int
        Messages that it gave; 0 for consumers.
    skipped : int
        Messages for which it returned `SKIP`.
    dropped : int
        Messages that went because the edge into it was full.
    lost : int
        Messages that went with a host before it had them, and could not be made again.
    failed : int
        Messages on which it raised, or that killed its processes: given up.
    voided : int
        Messages that never came, because a node above had skipped, dropped, lost or failed them.
    in_flight : int
        Messages in the hands of its tasks.
    waiting : int
        Messages in the edges into it.
    stored : int
        Results that were written into shared memory: copied there, or made there with `Context.empty`.
    forwards : int
        Results that were in shared memory already, since they were inputs: nothing was copied.
    made_again : int
        Results that it made once more, since they had gone with a host.
    steps, tellings : int
        How often its tasks spoke to the ledger, and how often the ledger spoke to them.
    restarts : int
        How often a task of it was started anew after its process had died.
    gaps : int
        How often a live producer went on after its process had died: what happened meanwhile is missing.
    whole : Activity
        What it did with its time since messages could move, up to the end of the run.
    recent : Activity
        The same over the last seconds; after the end, over those before it.
    members : tuple of str
        Names of the nodes that it stands for, where it is a fused chain; else empty.
    """

    name: str
    kind: str
    nb_tasks: int = 1
    device: str = "cpu"
    received: int = 0
    emitted: int = 0
    skipped: int = 0
    dropped: int = 0
    lost: int = 0
    failed: int = 0
    voided: int = 0
    in_flight: int = 0
    waiting: int = 0
    stored: int = 0
    forwards: int = 0
    made_again: int = 0
    steps: int = 0
    tellings: int = 0
    restarts: int = 0
    gaps: int = 0
    whole: Activity = field(default_factory=Activity)
    recent: Activity = field(default_factory=Activity)
    members: tuple[str, ...] = ()

    @property
    def process_time_s(self) -> float:
        """Mean time in the node's own code, in seconds per message."""
        return self.whole.process_time.mean_s

    @property
    def rate(self) -> float:
        """Messages finished per second, over the whole run."""
        return self.whole.rate

    @property
    def busy(self) -> float:
        """Share of its tasks' time in the node's own code, over the whole run."""
        return self.whole.busy

    @property
    def blocked(self) -> float:
        """Share without room for a result."""
        return self.whole.blocked

    @property
    def starved(self) -> float:
        """Share without input."""
        return self.whole.starved


STARTING, RUNNING, STOPPING, ENDED, FAILED = "starting", "running", "stopping", "ended", "failed"
"""How a run stands."""


@dataclass(frozen=True, slots=True)
class RunSnapshot(Mapping[str, NodeMetrics]):
    """A run at one moment; as a mapping, metrics of its nodes by name, in topological order.

    A node object is a key too, and of the members of a fused chain each is one for the chain.

    Attributes
    ----------
    flow_name, run_id, flow_type : str
        The flow, which run of it, and ``"batch"`` or ``"realtime"``.
    state : str
        ``"starting"`` while nodes open, ``"running"``, ``"stopping"`` once it was asked to end, ``"ended"``
        or ``"failed"``.
    time_s : float
        When this was, in seconds since the epoch.
    elapsed_s : float
        Seconds since messages could move, up to the end of the run; 0 while nodes open.
    nodes : mapping of str to NodeMetrics
        By name, in topological order.
    edges : mapping of (str, str) to EdgeMetrics
        By names of source and target.
    tasks : mapping of str to TaskMetrics
        By name, node by node.
    paths : mapping of (str, str) to PathMetrics
        By names of producer and of the node at the end.
    machine : MachineMetrics
        The machine.
    scheduler : SchedulerMetrics
        The process that the ledger lives in.
    history : tuple of Moment
        Earlier moments, about one a second, the latest last; some minutes at most.
    mishaps : tuple of Mishap
        Recent warnings, errors and dead letters, the latest last.
    rescalings : tuple of Rescaling
        Changes of how many tasks nodes have, the last ones.
    total : int or None
        How many messages there will be, where the producers know.
    can_preview : bool
        Whether pictures of its edges may be looked at.
    """

    flow_name: str
    run_id: str
    elapsed_s: float
    nodes: Mapping[str, NodeMetrics]
    flow_type: str = "batch"
    state: str = RUNNING
    time_s: float = 0.0
    edges: Mapping[Edge, EdgeMetrics] = field(default_factory=dict)
    tasks: Mapping[str, TaskMetrics] = field(default_factory=dict)
    paths: Mapping[Edge, PathMetrics] = field(default_factory=dict)
    machine: MachineMetrics = field(default_factory=MachineMetrics)
    scheduler: SchedulerMetrics = field(default_factory=SchedulerMetrics)
    history: tuple[Moment, ...] = ()
    mishaps: tuple[Mishap, ...] = ()
    rescalings: tuple[Rescaling, ...] = ()
    total: int | None = None
    can_preview: bool = True

    def __getitem__(self, key: str | Node) -> NodeMetrics:
        name = (key.name if isinstance(key, Node) else key) or ""
        chain = None if name in self.nodes else self._chain_of(name)
        return self.nodes[name] if chain is None else chain

    def _chain_of(self, member: str) -> NodeMetrics | None:
        return next((node for node in self.nodes.values() if member in node.members), None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended, well or not."""
        return self.state in (ENDED, FAILED)

    @property
    def verdict(self) -> Verdict:
        """What limits the flow, why, and what would help: in the last seconds, or after the end in all."""
        from daskflow.monitor.verdict import verdict_of

        return verdict_of(self)

    def __str__(self) -> str:
        from daskflow.monitor.table import metrics_table

        return metrics_table(self)

    def _repr_html_(self) -> str:
        """What a notebook shows of it: graph, verdict, and a table of the nodes."""
        from daskflow.monitor.html import snapshot_html

        return snapshot_html(self)
