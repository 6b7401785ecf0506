"""Snapshots made by hand."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from daskflow.core.histogram import NOTHING, Histogram, bucket_of
from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import EdgeMetrics, TaskMetrics
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

_ACTIVITY = {field.name for field in fields(Activity)}


def alike(time_s: float, count: int) -> Histogram:
    """So many that all took the same time."""
    return Histogram({bucket_of(time_s): count}, time_s * count) if count else NOTHING


def metrics(name: str, kind: str, **figures: Any) -> NodeMetrics:
    """A node; figures of its activity are those of the whole run and of the last seconds alike."""
    figures.setdefault("span_s", 5.0)
    count = round(figures.get("rate", 0.0) * figures["span_s"])
    figures.setdefault("process_time", alike(figures.pop("process_time_s", 0.001), count))
    activity = Activity(**{key: figures.pop(key) for key in list(figures) if key in _ACTIVITY})
    return NodeMetrics(name, kind, whole=activity, recent=activity, **figures)


def snapshot(
    *nodes: NodeMetrics,
    elapsed_s: float = 1.0,
    edges: tuple[EdgeMetrics, ...] = (),
    tasks: tuple[TaskMetrics, ...] = (),
    **figures: Any,
) -> RunSnapshot:
    """A run of some nodes."""
    return RunSnapshot(
        "flow",
        "run",
        elapsed_s,
        {node.name: node for node in nodes},
        edges={(edge.source, edge.target): edge for edge in edges},
        tasks={task.name: task for task in tasks},
        **figures,
    )
