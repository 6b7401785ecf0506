"""What edges hold, and how long messages take along paths."""

from __future__ import annotations

from daskflow.core.histogram import NOTHING
from daskflow.ledger import EdgeCounts, LedgerCounts
from daskflow.monitor.parts import Edge, EdgeMetrics, PathMetrics
from daskflow.monitor.sampling.sample import Sample
from daskflow.plan import Plan


def edges_of(plan: Plan, now: Sample, since: Sample) -> dict[Edge, EdgeMetrics]:
    """The plan's edges at a sample, and their rates since an earlier one."""
    counts, earlier = now.reading.ledger, since.reading.ledger
    span_s = max(1e-9, counts.elapsed_s - earlier.elapsed_s)
    then = {(edge.source, edge.target): edge for edge in earlier.edges}
    metrics = {}
    for edge in counts.edges:
        if edge.target >= len(plan.nodes):  # to the caller's own task
            continue
        source, target = plan.nodes[edge.source].name, plan.nodes[edge.target].name
        before = then.get((edge.source, edge.target))
        given = counts.nodes[edge.source].done
        given -= earlier.nodes[edge.source].done if earlier.nodes else 0
        dropped = edge.dropped - (before.dropped if before else 0)
        metrics[source, target] = EdgeMetrics(
            source=source,
            target=target,
            capacity=edge.capacity,
            lossy=edge.lossy,
            waiting=edge.waiting,
            dropped=edge.dropped,
            lost=edge.lost,
            rate=given / span_s,
            drop_rate=dropped / span_s,
            carries_pictures=_carries_pictures(plan, edge, now),
        )
    return metrics


def _carries_pictures(plan: Plan, edge: EdgeCounts, now: Sample) -> bool:
    parents = plan.nodes[edge.target].parents
    arguments = {i for i, parent in enumerate(parents) if parent == plan.nodes[edge.source].name}
    tasks = now.reading.ledger.tasks
    return any(
        times.pictures & arguments
        for task, times in zip(tasks, now.reading.times, strict=False)
        if task.node == edge.target
    )


def paths_of(plan: Plan, now: Sample, since: Sample) -> dict[Edge, PathMetrics]:
    """The plan's paths, from each producer to each end that it leads to."""
    counts, earlier = now.reading.ledger, since.reading.ledger.paths
    metrics = {}
    for (source, end), latency in counts.paths.items():
        producer, consumer = plan.nodes[source].name, plan.nodes[_in_plan(plan, counts, end)].name
        recent = latency - earlier.get((source, end), NOTHING)
        metrics[producer, consumer] = PathMetrics(producer, consumer, latency, recent)
    return metrics


def _in_plan(plan: Plan, counts: LedgerCounts, end: int) -> int:
    """The node itself; of the caller's own task, the consumer whose results it takes."""
    if end < len(plan.nodes):
        return end
    return next(edge.source for edge in counts.edges if edge.target == end)
