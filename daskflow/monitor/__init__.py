"""What a run is doing, for people and programs."""

from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot, run_snapshot

__all__ = ["NodeMetrics", "RunSnapshot", "run_snapshot"]
