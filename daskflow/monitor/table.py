"""A snapshot as tables for people: what came through, how fast, and what limits it."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.verdict import Verdict
from daskflow.plan.table import text_table

_OFTEN_ZERO = ("skipped", "dropped", "lost", "failed", "restarts", "gaps")
"""Columns that are left out where they would only say 0."""

EFFECTIVE = "effective"
"""What is said of the bottleneck that limits the flow; of others it is ``"yes"``."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A table as text; the first column is the node's name.

    Attributes
    ----------
    header : list of str
        One for each column.
    rows : list of list of str
        One for each node, in topological order.
    """

    header: list[str]
    rows: list[list[str]]


def metrics_table(snapshot: RunSnapshot) -> str:
    """Both tables, and below them the verdict in words."""
    verdict = snapshot.verdict
    tables = [message_columns(snapshot), rate_columns(snapshot, verdict)]
    texts = [text_table(table.header, table.rows) for table in tables]
    return "\n\n".join([*texts, str(verdict)])


def message_columns(snapshot: RunSnapshot) -> Columns:
    """What became of messages at each node, over the whole run."""
    nodes = list(snapshot.nodes.values())
    shown = [name for name in _OFTEN_ZERO if any(getattr(node, name) for node in nodes)]
    return Columns(
        ["node", "tasks", "received", "emitted", *shown],
        [[node.name, str(node.nb_tasks), *_counts(node, shown)] for node in nodes],
    )


def _counts(node: NodeMetrics, shown: list[str]) -> list[str]:
    return [
        "" if node.kind == "producer" else str(node.received),
        "" if node.kind == "consumer" else str(node.emitted),
        *(str(getattr(node, name)) for name in shown),
    ]


def rate_columns(snapshot: RunSnapshot, verdict: Verdict) -> Columns:
    """How fast each node was and could be, what it did with its time, and whether it is a bottleneck.

    Parameters
    ----------
    snapshot : RunSnapshot
        As a rule the last one of a run: times and shares are those of all of it.
    verdict : Verdict
        Of the snapshot.
    """
    header = ["node", "possible rate", "actual rate", "ms each", "busy", "blocked", "starved", "bottleneck"]
    rows = []
    for judged in verdict.nodes:
        node = snapshot.nodes[judged.name]
        rows.append(
            [
                node.name,
                f"{judged.possible_rate:.1f}" if judged.possible_rate else "",
                f"{judged.actual_rate:.1f}",
                f"{node.process_time_s * 1e3:.2f}",
                f"{node.busy:.0%}",
                f"{node.blocked:.0%}",
                f"{node.starved:.0%}",
                EFFECTIVE if judged.is_effective_bottleneck else "yes" if judged.is_bottleneck else "",
            ]
        )
    return Columns(header, rows)
