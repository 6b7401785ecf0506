"""What a run is doing, for people and programs."""

from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import EdgeMetrics, Mishap, Moment, PathMetrics, Rescaling, TaskMetrics
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

__all__ = [
    "Activity",
    "EdgeMetrics",
    "Mishap",
    "Moment",
    "NodeMetrics",
    "PathMetrics",
    "Rescaling",
    "RunSnapshot",
    "TaskMetrics",
]
