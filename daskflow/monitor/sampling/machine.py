"""What machine and ledger did between two samples."""

from __future__ import annotations

import os

from daskflow.monitor.parts import MachineMetrics, SchedulerMetrics
from daskflow.monitor.sampling.sample import Sample


def machine_metrics(now: Sample, since: Sample) -> MachineMetrics:
    """The machine."""
    usage, before, span_s = now.usage, since.usage, _span_s(now, since)
    flow_s = sum(usage.cpu_s.values()) - sum(before.cpu_s.values())
    return MachineMetrics(
        cores=len(os.sched_getaffinity(0)),
        cpu=max(0.0, usage.busy_s - before.busy_s) / span_s,
        flow_cpu=max(0.0, flow_s) / span_s,
        memory_free_bytes=usage.memory_free_bytes,
        shared_memory_bytes=usage.shared_memory_bytes,
        shared_memory_free_bytes=usage.shared_memory_free_bytes,
    )


def scheduler_metrics(now: Sample, since: Sample) -> SchedulerMetrics:
    """The process that the ledger lives in."""
    usage, before, span_s = now.usage, since.usage, _span_s(now, since)
    return SchedulerMetrics(
        ledger_cpu=max(0.0, usage.ledger_s - before.ledger_s) / span_s,
        process_cpu=max(0.0, usage.process_s - before.process_s) / span_s,
        lag_s=usage.lag_s,
    )


def _span_s(now: Sample, since: Sample) -> float:
    return max(1e-9, now.reading.ledger.elapsed_s - since.reading.ledger.elapsed_s)
