"""What each node of a run did, as a table for a terminal or a log."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

_OFTEN_ZERO = ("skipped", "dropped", "failed", "restarts", "gaps")
"""Columns that are left out where they would only say 0."""


def print_summary(snapshot: RunSnapshot, console: Console) -> None:
    """Print the table: coloured and fitted on a terminal, elsewhere plain and as wide as it is."""
    if console.is_terminal:
        console.print(summary_table(snapshot))
    else:
        console.print(str(snapshot), markup=False, highlight=False, soft_wrap=True)


def summary_table(snapshot: RunSnapshot) -> Table:
    """One row per node.

    Parameters
    ----------
    snapshot : RunSnapshot
        As a rule the last one of a run.
    """
    nodes = list(snapshot.nodes.values())
    shown = [name for name in _OFTEN_ZERO if any(getattr(node, name) for node in nodes)]
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)  # fits 80 columns
    table.add_column("node", overflow="fold")
    for header in ["tasks", "received", "emitted", *shown, "ms\neach", "per\nsecond"]:
        table.add_column(header, justify="right", overflow="fold")
    for header in ["busy", "blocked", "starved"]:
        table.add_column(header, justify="right", overflow="fold")
    for node in nodes:
        table.add_row(node.name, *_figures(node, shown))
    return table


def _figures(node: NodeMetrics, shown: list[str]) -> list[str]:
    return [
        str(node.nb_tasks),
        "" if node.kind == "producer" else str(node.received),
        "" if node.kind == "consumer" else str(node.emitted),
        *(str(getattr(node, name)) for name in shown),
        f"{node.process_time_s * 1e3:.2f}",
        f"{node.rate:.1f}",
        f"{node.busy:.0%}",
        f"{node.blocked:.0%}",
        f"{node.starved:.0%}",
    ]
