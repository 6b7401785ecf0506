"""From the ledger's counts to a snapshot in terms of the plan's nodes."""

from __future__ import annotations

from daskflow.core.histogram import Histogram, bucket_of
from daskflow.ledger import LedgerSnapshot, NodeCounts
from daskflow.monitor.activity import Activity
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.plan import Plan


def run_snapshot(plan: Plan, run_id: str, counts: LedgerSnapshot) -> RunSnapshot:
    """The ledger's counts in terms of the plan's nodes; the caller's own tasks are left out."""
    nodes = {
        node.name: _node_metrics(node.kind, count, counts.elapsed_s)
        for node, count in zip(plan.nodes, counts.nodes, strict=False)
    }
    return RunSnapshot(plan.flow_name, run_id, counts.elapsed_s, nodes, plan.flow_type)


def _node_metrics(kind: str, count: NodeCounts, elapsed_s: float) -> NodeMetrics:
    worked = count.done + count.skipped + count.failed
    busy = min(1.0, count.busy_s / (elapsed_s * count.nb_tasks)) if elapsed_s else 0.0
    if kind == "producer":
        blocked = min(count.blocked_share, 1.0 - busy)
    else:
        blocked = count.blocked_share * (1.0 - busy) / max(1e-9, 1.0 - count.leased_share)
        blocked = min(blocked, 1.0 - busy)
    mean_s = count.busy_s / worked if worked else 0.0
    whole = Activity(
        span_s=elapsed_s,
        rate=count.rate,
        possible_rate=count.nb_tasks / mean_s if mean_s else 0.0,
        busy=busy,
        blocked=blocked,
        starved=max(0.0, 1.0 - busy - blocked),
        process_time=Histogram({bucket_of(mean_s): worked}, count.busy_s),
    )
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
        stored=count.stored,
        forwards=count.forwards,
        steps=count.steps,
        tellings=count.tellings,
        restarts=count.restarts,
        gaps=count.gaps,
        whole=whole,
        recent=whole,
    )
