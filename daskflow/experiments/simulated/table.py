"""A simulation's result as text."""

from __future__ import annotations

from daskflow.core.histogram import Histogram
from daskflow.experiments.simulated.result import QUANTILES, SimulatedScale
from daskflow.plan.table import text_table

COLUMNS = (
    "flow", "tasks", "offered/s", "finished/s", "dropped/s", "p50 ms", "p95 ms", "p99 ms",
    "scheduler", "steps/s", "redone", "lost",
)  # fmt: skip

MOST_ROWS = 12
"""Of more flows only the busiest are shown."""


def scale_table(scale: SimulatedScale) -> str:
    """One line per flow, one for all of them, and what hosts and network did."""
    flows = sorted(scale.flows, key=lambda flow: -flow.load)[:MOST_ROWS]
    rows = [
        [
            flow.name,
            str(flow.tasks),
            f"{flow.offered:,.1f}",
            f"{flow.rate:,.1f}",
            f"{sum(flow.drops.values()):,.1f}",
            *_latencies(flow.latency),
            f"{flow.load:.0%}",
            f"{flow.steps:,.0f}",
            f"{flow.redone:,}",
            f"{flow.lost:,}",
        ]
        for flow in flows
    ]
    if len(scale.flows) > 1:
        rows.append(
            [
                f"all {len(scale.flows)}",
                str(sum(flow.tasks for flow in scale.flows)),
                f"{scale.offered:,.1f}",
                f"{scale.rate:,.1f}",
                f"{scale.dropped:,.1f}",
                *_latencies(scale.latency),
                "",
                f"{sum(flow.steps for flow in scale.flows):,.0f}",
                f"{scale.redone:,}",
                f"{scale.lost:,}",
            ]
        )
    return "\n".join([text_table(COLUMNS, rows), "", *_words(scale)])


def _latencies(latency: Histogram) -> list[str]:
    return [f"{1e3 * latency.quantile_s(share):.1f}" if latency.count else "" for share in QUANTILES]


def _words(scale: SimulatedScale) -> list[str]:
    lines = [
        f"{scale.hosts} hosts: {scale.cores:,.1f} cores busy, {scale.fetched:,.0f} results/s from host to "
        f"host, {scale.network_bytes_per_s / 1e6:,.1f} MB/s on the network, at most "
        f"{scale.busiest_bytes_per_s / 1e6:,.1f} MB/s at one interface",
        f"{scale.moved} tasks were given another place"
        + (f", {len(scale.unplaced)} have none" if scale.unplaced else ""),
        *[f"failed: {failure}" for failure in scale.failures],
        f"simulated {scale.span_s:g} s after the warm-up: {scale.events:,} events in {scale.took_s:.1f} s, "
        f"{scale.events / scale.took_s:,.0f} a second",
    ]
    return lines
