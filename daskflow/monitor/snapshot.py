"""What a run is doing, at one moment, in terms of its nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from daskflow.core.node import Node
from daskflow.ledger import LedgerSnapshot, NodeCounts
from daskflow.plan import Plan


@dataclass(frozen=True, slots=True)
class NodeMetrics:
    """Counters of one node since the run began. Shares are of its tasks' time, from 0 to 1.

    Attributes
    ----------
    name, kind : str
        The node and what it is; see `daskflow.plan.NodePlan`.
    nb_tasks : int
        How many tasks run it.
    received : int
        Messages that its tasks took and finished.
    emitted : int
        Messages that it gave; 0 for consumers.
    skipped : int
        Messages for which it returned `SKIP`.
    dropped : int
        Messages that went because the edge into it was full.
    failed : int
        Messages on which it raised, or that killed its processes: given up.
    voided : int
        Messages that never came, because a node above had skipped, dropped or failed them.
    in_flight : int
        Messages in the hands of its tasks.
    waiting : int
        Messages in the edges into it.
    process_time_s : float
        Mean time in the node's own code, in seconds per message.
    rate : float
        Messages finished per second, from the first to the last.
    busy, blocked, starved : float
        Time in the node's own code; without room for a result; without input.
    stored : int
        Results that were written into shared memory: copied there, or made there with `Context.empty`.
    forwards : int
        Results that were in shared memory already, since they were inputs: nothing was copied.
    steps, tellings : int
        How often its tasks spoke to the ledger, and how often the ledger spoke to them.
    restarts : int
        How often a task of it was started anew after its process had died.
    gaps : int
        How often a live producer went on after its process had died: what happened meanwhile is missing.
    """

    name: str
    kind: str
    nb_tasks: int
    received: int
    emitted: int
    skipped: int
    dropped: int
    failed: int
    voided: int
    in_flight: int
    waiting: int
    process_time_s: float
    rate: float
    busy: float
    blocked: float
    starved: float
    stored: int
    forwards: int
    steps: int
    tellings: int
    restarts: int
    gaps: int


@dataclass(frozen=True, slots=True)
class RunSnapshot(Mapping[str, NodeMetrics]):
    """Metrics of all nodes by name, in topological order; a node object is a key too.

    Attributes
    ----------
    flow_name, run_id : str
        The flow, and which run of it.
    elapsed_s : float
        Seconds since messages could move, up to the end of the run.
    nodes : mapping of str to NodeMetrics
        By name of the node.
    """

    flow_name: str
    run_id: str
    elapsed_s: float
    nodes: Mapping[str, NodeMetrics]

    def __getitem__(self, key: str | Node) -> NodeMetrics:
        name = key.name if isinstance(key, Node) else key
        return self.nodes[name or ""]

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def __str__(self) -> str:
        from daskflow.monitor.table import metrics_table

        return metrics_table(self)


def run_snapshot(plan: Plan, run_id: str, counts: LedgerSnapshot) -> RunSnapshot:
    """The ledger's counts in terms of the plan's nodes; the caller's own tasks are left out."""
    nodes = {
        node.name: _node_metrics(node.kind, count, counts.elapsed_s)
        for node, count in zip(plan.nodes, counts.nodes, strict=False)
    }
    return RunSnapshot(plan.flow_name, run_id, counts.elapsed_s, nodes)


def _node_metrics(kind: str, count: NodeCounts, elapsed_s: float) -> NodeMetrics:
    worked = count.done + count.skipped + count.failed
    busy = min(1.0, count.busy_s / (elapsed_s * count.nb_tasks)) if elapsed_s else 0.0
    if kind == "producer":
        blocked = min(count.blocked_share, 1.0 - busy)
    else:
        blocked = count.blocked_share * (1.0 - busy) / max(1e-9, 1.0 - count.leased_share)
        blocked = min(blocked, 1.0 - busy)
    return NodeMetrics(
        name=count.name,
        kind=kind,
        nb_tasks=count.nb_tasks,
        received=0 if kind == "producer" else worked,
        emitted=0 if kind == "consumer" else count.done,
        skipped=count.skipped,
        dropped=count.dropped,
        failed=count.failed,
        voided=count.voided,
        in_flight=count.in_flight,
        waiting=count.waiting,
        process_time_s=count.busy_s / worked if worked else 0.0,
        rate=count.rate,
        busy=busy,
        blocked=blocked,
        starved=max(0.0, 1.0 - busy - blocked),
        stored=count.stored,
        forwards=count.forwards,
        steps=count.steps,
        tellings=count.tellings,
        restarts=count.restarts,
        gaps=count.gaps,
    )
