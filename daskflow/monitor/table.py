"""A snapshot as a table for people."""

from __future__ import annotations

from daskflow.monitor.snapshot import RunSnapshot
from daskflow.plan.table import text_table


def metrics_table(snapshot: RunSnapshot) -> str:
    """One line per node."""
    header = ["node", "tasks", "received", "emitted", "skipped", "dropped", "failed", "restarts",
              "ms/message", "per second", "busy", "blocked", "starved"]  # fmt: skip
    rows = [
        [
            node.name,
            str(node.nb_tasks),
            str(node.received),
            str(node.emitted),
            str(node.skipped),
            str(node.dropped),
            str(node.failed),
            str(node.restarts),
            f"{node.process_time_s * 1e3:.2f}",
            f"{node.rate:.1f}",
            f"{node.busy:.0%}",
            f"{node.blocked:.0%}",
            f"{node.starved:.0%}",
        ]
        for node in snapshot.nodes.values()
    ]
    return text_table(header, rows)
