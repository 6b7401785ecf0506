"""What machine and ledger did between two samples."""

from __future__ import annotations

import os

from daskflow.monitor.parts import MachineMetrics, SchedulerMetrics
from daskflow.monitor.sampling.sample import Sample


def machine_metrics(now: Sample, since: Sample) -> MachineMetrics:
    """The machine."""
    usage, before = now.usage, since.usage
    flow_s = sum(usage.cpu_s.values()) - sum(before.cpu_s.values())
    return MachineMetrics(
        cores=usage.cores or len(os.sched_getaffinity(0)),
        cpu=_per_second(usage.busy_s - before.busy_s, now, since),
        flow_cpu=_per_second(flow_s, now, since),
        memory_free_bytes=usage.memory_free_bytes,
        shared_memory_bytes=usage.shared_memory_bytes,
        shared_memory_free_bytes=usage.shared_memory_free_bytes,
    )


def scheduler_metrics(now: Sample, since: Sample) -> SchedulerMetrics:
    """The process that the ledger lives in."""
    usage, before = now.usage, since.usage
    return SchedulerMetrics(
        ledger_cpu=_per_second(usage.ledger_s - before.ledger_s, now, since),
        process_cpu=_per_second(usage.process_s - before.process_s, now, since),
        lag_s=usage.lag_s,
    )


def _per_second(spent_s: float, now: Sample, since: Sample) -> float:
    span_s = now.reading.ledger.elapsed_s - since.reading.ledger.elapsed_s
    return max(0.0, spent_s) / span_s if span_s > 0 else 0.0
