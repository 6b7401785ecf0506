"""What a trial can measure, and how a report says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity.

    Attributes
    ----------
    label : str
        What it is, in a table.
    unit : str
        Its unit.
    digits : int
        Digits after the point, in a table.
    """

    label: str
    unit: str
    digits: int


METRICS: Mapping[str, Metric] = {
    "rate_per_s": Metric("rate", "messages/s", 0),
    "copies_per_message": Metric("copies", "per message", 2),
    "forwards_per_message": Metric("forwards", "per message", 2),
    "exchanges_per_message": Metric("exchanges with the ledger", "per message", 2),
    "latency_ms": Metric("median latency", "ms", 3),
    "latency_p95_ms": Metric("p95 latency", "ms", 3),
    "latency_p99_ms": Metric("p99 latency", "ms", 3),
    "added_ms_per_hop": Metric("added per hop", "ms", 3),
    "speed_up": Metric("speed-up", "times 1 task", 2),
    "cpu_us_per_hop": Metric("CPU", "µs/message/hop", 0),
    "caller_cpu_us_per_hop": Metric("CPU of the caller", "µs/message/hop", 0),
    "cpu_percent": Metric("CPU", "% of a core", 1),
    "caller_cpu_percent": Metric("CPU of the caller", "% of a core", 1),
    "import_s": Metric("import of daskflow.Flow", "s", 2),
    "start_s": Metric("start", "s", 2),
    "end_s": Metric("end", "s", 2),
    "pss_5_nodes_mb": Metric("PSS, 5 nodes", "MB", 0),
    "pss_10_nodes_mb": Metric("PSS, 10 nodes", "MB", 0),
    "pss_per_task_mb": Metric("PSS per added task", "MB", 1),
}
"""By name; the names carry the unit."""
