"""From a snapshot to the samples of Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from daskflow.core.histogram import Histogram
from daskflow.monitor.parts import EdgeMetrics, TaskMetrics
from daskflow.monitor.prometheus import families
from daskflow.monitor.prometheus.families import Family
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

Sample: TypeAlias = tuple[Family, tuple[str, ...], float | Histogram]
"""Of which family, values of its labels, and its value."""

ACTIVITIES = ("busy", "copying", "wire", "blocked", "starved")


def samples_of(snapshot: RunSnapshot) -> Iterator[Sample]:
    """All samples of a run."""
    for node in snapshot.nodes.values():
        yield from _of_node(node)
    for edge in snapshot.edges.values():
        yield from _of_edge(edge)
    for task in snapshot.tasks.values():
        yield from _of_task(task)
    for path in snapshot.paths.values():
        yield families.FLOW_LATENCY, (path.producer, path.consumer), path.latency
    yield from _of_flow(snapshot)


def _of_node(node: NodeMetrics) -> Iterator[Sample]:
    name = (node.name,)
    ends = {
        "done": done(node),
        "skipped": node.skipped,
        "failed": node.failed,
        "dropped": node.dropped,
        "lost": node.lost,
        "voided": node.voided,
    }
    for outcome, count in ends.items():
        yield families.NODE_MESSAGES, (node.name, outcome), count
    yield families.NODE_PROCESSING, name, node.whole.process_time
    task_s = node.whole.span_s * node.nb_tasks
    for activity in ACTIVITIES:
        yield families.NODE_TIME, (node.name, activity), getattr(node.whole, activity) * task_s
    yield families.NODE_CPU, name, node.whole.cpu * node.whole.span_s
    yield families.NODE_TASKS, name, node.nb_tasks
    yield families.NODE_IN_FLIGHT, name, node.in_flight
    yield families.NODE_POSSIBLE_RATE, name, node.recent.possible_rate
    yield families.NODE_RESULTS, (node.name, "stored"), node.stored
    yield families.NODE_RESULTS, (node.name, "forwarded"), node.forwards
    yield families.NODE_GAPS, name, node.gaps


def done(node: NodeMetrics) -> int:
    """Messages on which a node's call returned a result, or that its consumer took in."""
    return node.received - node.skipped - node.failed if node.kind == "consumer" else node.emitted


def _of_edge(edge: EdgeMetrics) -> Iterator[Sample]:
    ends = edge.source, edge.target
    yield families.EDGE_WAITING, ends, edge.waiting
    yield families.EDGE_CAPACITY, ends, edge.capacity
    yield families.EDGE_DROPPED, ends, edge.dropped
    yield families.EDGE_LOST, ends, edge.lost


def _of_task(task: TaskMetrics) -> Iterator[Sample]:
    name = task.node, task.name
    yield families.TASK_MESSAGES, name, task.done
    yield families.TASK_RESTARTS, name, task.restarts
    yield families.TASK_MEMORY, name, task.memory_bytes
    yield families.TASK_CPU, name, task.cpu
    yield families.TASK_BUSY, name, task.busy
    yield families.TASK_SLOTS, (*name, "memory"), task.slots - task.slots_on_disk
    yield families.TASK_SLOTS, (*name, "disk"), task.slots_on_disk


def _of_flow(snapshot: RunSnapshot) -> Iterator[Sample]:
    machine, scheduler = snapshot.machine, snapshot.scheduler
    verdict = snapshot.verdict
    yield families.FLOW_ELAPSED, (), snapshot.elapsed_s
    yield families.FLOW_BOTTLENECK, (verdict.bottleneck or "", verdict.reason), 1
    yield families.LEDGER_LAG, (), scheduler.lag_s
    yield families.LEDGER_CPU, (), scheduler.ledger_cpu
    yield families.SCHEDULER_CPU, (), scheduler.process_cpu
    yield families.SHARED_MEMORY, (), machine.shared_memory_bytes
    yield families.SHARED_MEMORY_FREE, (), machine.shared_memory_free_bytes
