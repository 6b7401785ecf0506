"""A snapshot as a notebook shows it."""

from __future__ import annotations

from daskflow.diagram.content import BLOCKED, BUSY, MOVING, Box, Diagram, Line
from daskflow.diagram.html import line_html, picture_html, table_html
from daskflow.monitor.activity import Activity
from daskflow.monitor.figures import progress_of, span_of
from daskflow.monitor.parts import EdgeMetrics
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.plan.picture import fused_words, tasks_words

RATE_WIDTH = 18
"""Room for a rate in a box, in characters, so that boxes do not grow and shrink with it."""

_OFTEN_ZERO = ("skipped", "dropped", "lost", "failed", "restarts", "gaps")
"""Columns that are left out where they would only say 0."""


def snapshot_html(snapshot: RunSnapshot) -> str:
    """The graph with rates and bars, what limits the flow, and a table of its nodes."""
    parts = [line_html(_heading(snapshot), is_bold=True)]
    if snapshot.edges or len(snapshot.nodes) == 1:
        parts.append(picture_html(snapshot_diagram(snapshot)))
    if snapshot.elapsed_s:
        parts.append(line_html(str(snapshot.verdict)))
    parts.append(_table(snapshot))
    return "".join(parts)


def snapshot_diagram(snapshot: RunSnapshot) -> Diagram:
    """The graph as it is at the moment, or after the end as it was in all; the bottleneck is marked."""
    bottleneck = snapshot.verdict.bottleneck
    boxes = [
        _box(node, span_of(node, snapshot), is_marked=node.name == bottleneck)
        for node in snapshot.nodes.values()
    ]
    return Diagram("", boxes, [_line(edge) for edge in snapshot.edges.values()])


def _box(node: NodeMetrics, did: Activity, *, is_marked: bool) -> Box:
    rate = f"{did.rate:.1f} messages/s".ljust(RATE_WIDTH)
    words = [f"{tasks_words(node.nb_tasks)} · {node.device}", rate]
    if node.members:
        words[0] += f" · {fused_words(node.members)}"
    lost = [
        f"{count} {what}"
        for count, what in ((node.dropped, "dropped"), (node.lost, "lost"), (node.failed, "failed"))
        if count
    ]
    if lost:
        words.append(", ".join(lost))
    shares = {BUSY: did.busy, MOVING: did.copying + did.wire, BLOCKED: did.blocked}
    if not did.starved and not any(shares.values()):
        shares = {}  # nothing is known yet: an empty bar would say that it starves
    return Box(node.name, node.kind, tuple(words), shares, is_marked)


def _line(edge: EdgeMetrics) -> Line:
    says = (
        f"{edge.source} → {edge.target}: {edge.waiting} of {edge.capacity} wait, "
        f"{edge.rate:.1f} messages/s, {edge.dropped} dropped"
    ) + (f", {edge.lost} lost" if edge.lost else "")
    label = f"{edge.waiting}/{edge.capacity}"
    return Line(edge.source, edge.target, label, says, is_dashed=edge.lossy, fill=edge.fill)


def _heading(snapshot: RunSnapshot) -> str:
    now = progress_of(snapshot)
    name = f"{snapshot.flow_name} ({snapshot.flow_type}), {snapshot.state}"
    if not now.elapsed_s:
        return name
    return f"{name}: {now.words(now.done / now.elapsed_s)}, {now.elapsed_s:.1f} s"


def _table(snapshot: RunSnapshot) -> str:
    nodes = list(snapshot.nodes.values())
    rare = [name for name in _OFTEN_ZERO if any(getattr(node, name) for node in nodes)]
    numbers = ["tasks", "received", "emitted", "waiting", *rare, "ms each", "per second",
               "busy", "blocked", "starved"]  # fmt: skip
    rows = [
        [
            node.name,
            str(node.nb_tasks),
            "" if node.kind == "producer" else str(node.received),
            "" if node.kind == "consumer" else str(node.emitted),
            "" if node.kind == "producer" else str(node.waiting),
            *(str(getattr(node, name)) for name in rare),
            f"{did.process_time.mean_s * 1e3:.2f}",
            f"{did.rate:.1f}",
            *(f"{share:.0%}" for share in (did.busy, did.blocked, did.starved)),
        ]
        for node in nodes
        for did in [span_of(node, snapshot)]
    ]
    return table_html(["node", *numbers], rows, numbers)
