"""What is measured of a run, by name and in SI units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.experiments.sweeps.footprint import Footprint
from daskflow.experiments.sweeps.span import arrived
from daskflow.monitor.activity import Activity
from daskflow.monitor.figures import ends_of
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

Figures = dict[str, float | None]
"""Values by the names of metrics; None for what could not be measured."""

UserMetric = Callable[[RunSnapshot], float | None]
"""What makes a number of the last snapshot of a run, or None where there is none."""

UserMetrics = Mapping[str, UserMetric]
"""By name."""

UNITS: Mapping[str, str] = {
    "elapsed_s": "s",
    "measured_s": "s",
    "messages": "messages",
    "rate": "messages/s",
    "latency_p50_s": "s",
    "latency_p95_s": "s",
    "latency_p99_s": "s",
    "cpu_s_per_message": "s/message",
    "cpu_cores": "cores",
    "memory_bytes": "B",
    "shared_memory_bytes": "B",
    "dropped": "messages",
    "lost": "messages",
    "failed": "messages",
}
"""What is measured of every flow."""

NODE_UNITS: Mapping[str, str] = {"rate": "messages/s", "busy": "1", "blocked": "1", "starved": "1"}
"""What is measured of each node, as ``node.rate``."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run that is over.

    Attributes
    ----------
    begin : RunSnapshot or None
        Where the measured span begins; None for the run's own beginning.
    end : RunSnapshot
        Where it ends.
    final : RunSnapshot
        The last one of the run.
    process_s : float
        Processor time, in seconds, that this process took in the span: the ledger and Dask's scheduler
        live in it.
    footprint : Footprint
        The memory that the run took.
    """

    begin: RunSnapshot | None
    end: RunSnapshot
    final: RunSnapshot
    process_s: float
    footprint: Footprint


def names_for(nodes: Iterable[str]) -> list[str]:
    """The metrics of a flow with these nodes."""
    return [*UNITS, *(f"{node}.{share}" for node in nodes for share in NODE_UNITS)]


def unit_of(metric: str) -> str:
    """The unit of a metric; for those of users by how the name ends, empty where that says none."""
    if metric in UNITS:
        return UNITS[metric]
    _, dot, share = metric.rpartition(".")
    if dot and share in NODE_UNITS:
        return NODE_UNITS[share]
    return next((unit for end, unit in (("_s", "s"), ("_bytes", "B")) if metric.endswith(end)), "")


def figures_of(measured: Measured) -> Figures:
    """All metrics of `names_for`.

    Rates are those between two messages, the last before the span and the last in it, so that neither the
    moment of looking nor what nodes do when they close is part of them.
    """
    begin, end = measured.begin, measured.end
    elapsed_s = end.elapsed_s - (begin.elapsed_s if begin else 0.0)
    count = arrived(end) - (arrived(begin) if begin else 0)
    latency = _latency(end) - (_latency(begin) if begin else NOTHING)
    cpu_s = _tasks_s(end) - (_tasks_s(begin) if begin else 0.0) + measured.process_s
    final = measured.final.nodes.values()
    return {
        "elapsed_s": measured.final.elapsed_s,
        "measured_s": elapsed_s,
        "messages": float(arrived(measured.final)),
        "rate": _slowest(end, begin),
        "latency_p50_s": _quantile_s(latency, 0.5),
        "latency_p95_s": _quantile_s(latency, 0.95),
        "latency_p99_s": _quantile_s(latency, 0.99),
        "cpu_s_per_message": cpu_s / count if count > 0 else None,
        "cpu_cores": cpu_s / elapsed_s if elapsed_s > 0 else None,
        "memory_bytes": _or_none(measured.footprint.memory_bytes),
        "shared_memory_bytes": _or_none(measured.footprint.shared_memory_bytes),
        "dropped": float(sum(node.dropped for node in final)),
        "lost": float(sum(node.lost for node in final)),
        "failed": float(sum(node.failed for node in final)),
        **_of_nodes(end, begin),
    }


def _of_nodes(now: RunSnapshot, before: RunSnapshot | None) -> Figures:
    figures: Figures = {}
    for name, node in now.nodes.items():
        earlier = before.nodes[name] if before else None
        figures[f"{name}.rate"] = _rate(node, earlier)
        for share in ("busy", "blocked", "starved"):
            figures[f"{name}.{share}"] = _share(share, node.whole, earlier.whole if earlier else Activity())
    return figures


def _slowest(now: RunSnapshot, before: RunSnapshot | None) -> float | None:
    rates = [_rate(end, before.nodes[end.name] if before else None) for end in ends_of(now)]
    return None if None in rates else min((rate for rate in rates if rate is not None), default=None)


def _rate(now: NodeMetrics, before: NodeMetrics | None) -> float | None:
    """Messages finished per second, from the last one before to the last one now."""
    count = _finished(now) - (_finished(before) if before else 0)
    span_s = _first_to_last_s(now) - (_first_to_last_s(before) if before else 0.0)
    if not before or not _finished(before):
        return now.whole.rate or None
    return count / span_s if span_s > 0 else None


def _finished(node: NodeMetrics) -> int:
    return node.emitted + node.skipped + node.failed if node.kind == "producer" else node.received


def _first_to_last_s(node: NodeMetrics) -> float:
    """From the first message that the node finished to the last one, as its rate is counted."""
    return (_finished(node) - 1) / node.whole.rate if node.whole.rate else 0.0


def _share(name: str, now: Activity, before: Activity) -> float | None:
    """Of the time between; the shares of an activity are of its whole span."""
    span_s = now.span_s - before.span_s
    if span_s <= 0:
        return None
    spent_s: float = getattr(now, name) * now.span_s - getattr(before, name) * before.span_s
    return min(1.0, max(0.0, spent_s / span_s))


def _latency(snapshot: RunSnapshot) -> Histogram:
    return sum((path.latency for path in snapshot.paths.values()), start=NOTHING)


def _quantile_s(latency: Histogram, share: float) -> float | None:
    return latency.quantile_s(share) if latency.count else None


def _tasks_s(snapshot: RunSnapshot) -> float:
    """Processor time of the tasks since messages could move."""
    return sum(node.whole.cpu * node.whole.span_s for node in snapshot.nodes.values())


def _or_none(value: int | None) -> float | None:
    return None if value is None else float(value)
