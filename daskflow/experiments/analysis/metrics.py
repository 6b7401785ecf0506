"""What can be measured of a trial: names, units, and which direction is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

Record = Mapping[str, Any]
"""A trial of a sweep: what it was, and what was measured."""

HIGHER, LOWER, NEITHER = 1, -1, 0
"""Which values of a metric are better."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured of a trial.

    Attributes
    ----------
    name : str
        In the records.
    label : str
        For people.
    unit : str
        For people; values of records times `scale` are in it.
    scale : float
        From the unit of the records, which is an SI unit without a prefix.
    better : int
        `HIGHER`, `LOWER`, or `NEITHER` where a change is neither good nor bad.
    """

    name: str
    label: str
    unit: str = ""
    scale: float = 1.0
    better: int = NEITHER

    @property
    def heading(self) -> str:
        """Label and unit."""
        return f"{self.label}, {self.unit}" if self.unit else self.label


_KNOWN = (
    Metric("rate", "rate", "messages/s", better=HIGHER),
    Metric("latency_p50_s", "latency, median", "ms", 1e3, LOWER),
    Metric("latency_p95_s", "latency, p95", "ms", 1e3, LOWER),
    Metric("latency_p99_s", "latency, p99", "ms", 1e3, LOWER),
    Metric("cpu_s_per_message", "CPU time", "ms/message", 1e3, LOWER),
    Metric("cpu_cores", "cores busy", "cores"),
    Metric("memory_bytes", "memory", "MB", 1e-6, LOWER),
    Metric("shared_memory_bytes", "shared memory", "MB", 1e-6, LOWER),
    Metric("dropped", "dropped", "messages", better=LOWER),
    Metric("lost", "lost", "messages", better=LOWER),
    Metric("failed", "failed", "messages", better=LOWER),
    Metric("elapsed_s", "elapsed", "s", better=LOWER),
    Metric("measured_s", "measured", "s"),
    Metric("messages", "messages"),
)

METRICS = {metric.name: metric for metric in _KNOWN}
"""Metrics of a flow as a whole, in the order in which they are shown."""

_OF_A_NODE = {
    "rate": Metric("rate", "rate", "messages/s", better=HIGHER),
    "busy": Metric("busy", "busy", "%", 100.0),
    "blocked": Metric("blocked", "blocked", "%", 100.0),
    "starved": Metric("starved", "starved", "%", 100.0),
}
"""Metrics of each node, which are called after it: ``detector.busy``."""

_ENDS = {"_s": ("s", 1.0), "_bytes": ("MB", 1e-6)}
"""What the ends of other names say of the unit."""

_NO_METRICS = {"trial", "repeat", "order", "settings", "seed", "status", "error", "started_at"}
"""What a record says beside what was measured."""


def metric_of(name: str) -> Metric:
    """What is known of the metric `name`; of one that users made, what its name says."""
    if name in METRICS:
        return METRICS[name]
    node, _, what = name.rpartition(".")
    if is_of_a_node(name):
        metric = _OF_A_NODE[what]
        return replace(metric, name=name, label=f"{node} {metric.label}")
    for end, (unit, scale) in _ENDS.items():
        if name.endswith(end):
            return Metric(name, name.removesuffix(end), unit, scale)
    return Metric(name, name)


def is_of_a_node(name: str) -> bool:
    """Whether it is a metric of one node, such as ``detector.busy``."""
    node, _, what = name.rpartition(".")
    return bool(node) and what in _OF_A_NODE


def metrics_in(records: Iterable[Record]) -> list[str]:
    """Names of what was measured in any of some trials: first those of the flow, then all others."""
    found = {
        name
        for record in records
        for name in record
        if name not in _NO_METRICS and value_of(record, name) is not None
    }
    return [*(name for name in METRICS if name in found), *sorted(found - METRICS.keys())]


def value_of(record: Record, metric: str) -> float | None:
    """The figure of one trial; None where there is none, because it failed or could not be measured."""
    value = record.get(metric)
    if record.get("status", "ok") != "ok" or isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if isfinite(value) else None


def values_of(records: Iterable[Record], metric: str) -> list[float]:
    """The figures of those trials that have one."""
    return [value for record in records if (value := value_of(record, metric)) is not None]
