"""The graph, drawn from left to right; its edges and boxes say what they are doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from daskflow.diagram.layout import BOX_WIDTH, Layout, Point, layout
from daskflow.monitor.activity import Activity
from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import (
    elided,
    escaped,
    rate_words,
    share_words,
    time_words,
)
from daskflow.monitor.parts import EdgeMetrics
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.verdict import NodeVerdict, Verdict
from daskflow.plan.picture import fused_words

COLUMN, ROW = 248, 130
"""From one box to the next, in pixels."""

WIDTH, HEIGHT = COLUMN * BOX_WIDTH, 78
"""Of a box, in pixels."""

BAR = WIDTH - 20
"""How long the bar in a box is."""

MARGIN = 26
"""Around the graph; also room for the mark of a bottleneck above the topmost box."""

SMALLEST = 0.7
"""A large graph is made smaller down to this, so that it can still be read; then it scrolls."""

NAME_LETTERS = 21
"""How many letters of its name a box has room for."""

WORDS_EVERY = 5
"""What a box and an edge say when they are pointed at is long: it is renewed at each of so many snapshots."""

SHARES = ("blocked", "copying", "busy")
"""Pieces of a box's bar. Each begins at the left, and the next lies on top of it."""


class Graph(TextPart):
    """The graph of a run, as SVG.

    Parameters
    ----------
    snapshot : RunSnapshot
        Of the run.
    """

    def __init__(self, snapshot: RunSnapshot) -> None:
        self._nodes = list(snapshot.nodes)
        self._edges = list(snapshot.edges)
        self._turn: int | None = None
        laid = layout(self._nodes, self._edges)
        edges = "".join(_edge(i, edge, laid.routes[edge]) for i, edge in enumerate(self._edges))
        # On top of all lines, which come close to each other where they end.
        labels = "".join(_label(i, laid.routes[edge][-1]) for i, edge in enumerate(self._edges))
        ends = [target for _, target in self._edges]
        self._crowded = {target for target in ends if ends.count(target) > 1}
        nodes = "".join(
            _box(i, snapshot.nodes[name], laid.positions[name]) for i, name in enumerate(self._nodes)
        )
        self.html = _svg(laid, edges + nodes + labels, f"Flow {snapshot.flow_name} as a graph")

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """Of all boxes and edges."""
        judged = {node.name: node for node in verdict.nodes}
        is_first, self._turn = self._turn is None, 0 if self._turn is None else self._turn + 1
        slots: dict[Slot, str] = {}
        for i, name in enumerate(self._nodes):
            node = snapshot.nodes[name]
            span = node.whole if snapshot.is_over else node.recent
            slots |= _node_slots(f"node-{i}", node, span, name == verdict.bottleneck)
            if is_first or snapshot.is_over or (i + self._turn) % WORDS_EVERY == 0:
                slots[f"node-{i}-title", "text"] = _node_words(node, span, judged.get(name))
        fastest = max((edge.rate for edge in snapshot.edges.values()), default=0.0)
        for i, key in enumerate(self._edges):
            edge = snapshot.edges[key]
            slots |= _edge_slots(f"edge-{i}", edge, fastest, edge.target in self._crowded)
            if is_first or snapshot.is_over or (i + self._turn) % WORDS_EVERY == 0:
                slots[f"edge-{i}-title", "text"] = _edge_words(edge)
        return slots


def _svg(laid: Layout, content: str, title: str) -> str:
    width = max(1, laid.columns) * COLUMN - (COLUMN - WIDTH) + 2 * MARGIN
    height = max(1.0, laid.rows) * ROW - (ROW - HEIGHT) + 2 * MARGIN
    style = f"width:100%;max-width:{width:.0f}px;min-width:{SMALLEST * width:.0f}px"
    return (
        f'<div class="df-graph"><svg viewBox="0 0 {width:.0f} {height:.0f}" style="{style}" role="group" '
        f'aria-label="{escaped(title)}">{content}</svg></div>{_LEGEND}'
    )


_LEGEND = (
    '<p class="df-legend"><span><i class="df-busy"></i>busy in the node</span>'
    '<span><i class="df-copying"></i>copying, asking the ledger</span>'
    '<span><i class="df-blocked"></i>blocked: no room for results</span>'
    '<span><i class="df-starved"></i>starved: no input</span>'
    '<span><i class="df-line df-line-empty"></i>empty edge</span>'
    '<span><i class="df-line df-line-full"></i>full edge</span>'
    '<span><i class="df-line df-line-drops"></i>drops messages</span>'
    "<span>waiting/room at each edge; the wider, the more messages pass</span></p>"
)


def _x(column: float) -> float:
    return MARGIN + column * COLUMN + WIDTH / 2


def _y(row: float) -> float:
    return MARGIN + row * ROW + HEIGHT / 2


def _edge(i: int, edge: tuple[str, str], route: Sequence[Point]) -> str:
    points = [(_x(column), _y(row)) for column, row in route]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        path += (
            f"H{x1:.1f}" if y0 == y1 else f"C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        )
    label = escaped(f"edge from {edge[0]} to {edge[1]}")
    return (
        f'<g id="edge-{i}" class="df-edge" role="img" aria-label="{label}" '
        f'onclick="daskflow.choose(\'{i}\')"><title id="edge-{i}-title"></title>'
        f'<path class="df-touch" d="{path}"/><path id="edge-{i}-line" d="{path}"/></g>'
    )


def _label(i: int, end: Point) -> str:
    x, y = _x(end[0]) - 5, _y(end[1])
    return (
        f'<g class="df-label"><text x="{x:.1f}" y="{y - 5:.1f}" id="edge-{i}-fill" class="df-fill"></text>'
        f'<text x="{x:.1f}" y="{y - 5:.1f}" id="edge-{i}-drops" class="df-drops"></text></g>'
    )


def _edge_slots(identity: str, edge: EdgeMetrics, fastest: float, is_crowded: bool) -> dict[Slot, str]:
    width = 1.5 + 4.5 * (edge.rate / fastest if fastest else 0.0)
    drops = edge.drop_rate > 0
    return {
        (identity, "class"): "df-edge" + " df-dropping" * drops + " df-pictures" * edge.carries_pictures,
        (f"{identity}-line", "style"): f"stroke-width:{width:.1f}px;--fill:{edge.fill:.0%}",
        # Where several edges end, there is room for one line at each.
        (f"{identity}-fill", "text"): "" if drops and is_crowded else f"{edge.waiting}/{edge.capacity}",
        (f"{identity}-drops", "text"): f"−{rate_words(edge.drop_rate)}" if drops else "",
        (f"{identity}-drops", "dy"): "0" if is_crowded else "19",
    }


def _edge_words(edge: EdgeMetrics) -> str:
    kind = "blocks its source when it is full"
    if edge.lossy:
        kind = f"{edge.dropped:,} dropped, {rate_words(edge.drop_rate)} now: when it is full, its oldest goes"
    return (
        f"{edge.source} → {edge.target}\n{rate_words(edge.rate)}, {edge.waiting} of {edge.capacity} waiting\n"
        f"{kind}" + "\nclick to see its pictures" * edge.carries_pictures
    )


def _box(i: int, node: NodeMetrics, position: Point) -> str:
    x, y = _x(position[0]) - WIDTH / 2, _y(position[1]) - HEIGHT / 2
    times = f"×{node.nb_tasks}" if node.nb_tasks > 1 else ""
    if node.members:
        times = f"{len(node.members)} fused {times}".rstrip()
    letters = NAME_LETTERS - len(times) - bool(times)
    bars = "".join(
        f'<rect id="node-{i}-{share}" class="df-{share}" x="10" y="46" height="8" rx="2"/>'
        for share in SHARES
    )
    mark = (
        '<g class="df-mark"><rect x="0" y="-19" width="104" height="16" rx="3"/>'
        '<text x="6" y="-7">limits the flow</text></g>'
    )
    return (
        f'<g id="node-{i}" class="df-node" role="img" aria-label="{escaped(f"{node.kind} {node.name}")}" '
        f'transform="translate({x:.1f} {y:.1f})"><title id="node-{i}-title"></title>{mark}'
        f'<rect class="df-box" width="{WIDTH:.0f}" height="{HEIGHT}" rx="5"/>'
        f'<svg width="{WIDTH:.0f}" height="{HEIGHT}">'  # which clips letters that are wider than thought
        f'<text x="10" y="19" class="df-name">{escaped(elided(node.name, letters))}</text>'
        f'<text x="{WIDTH - 10:.0f}" y="19" class="df-end df-small">{times}</text>'
        f'<text x="10" y="38" id="node-{i}-rate" class="df-rate"></text>'
        f'<text x="{WIDTH - 10:.0f}" y="38" id="node-{i}-time" class="df-end df-small"></text>'
        f'<rect class="df-starved" x="10" y="46" width="{BAR:.0f}" height="8" rx="2"/>{bars}'
        f'<text x="10" y="69" id="node-{i}-words" class="df-small"></text>'
        f'<text x="{WIDTH - 10:.0f}" y="69" id="node-{i}-device" class="df-end df-small"></text></svg></g>'
    )


def _node_slots(identity: str, node: NodeMetrics, span: Activity, is_bottleneck: bool) -> dict[Slot, str]:
    copying = span.copying + span.wire
    lengths = (span.busy + copying + span.blocked, span.busy + copying, span.busy)
    p50_s = span.process_time.quantile_s(0.5)
    slots = {
        (identity, "class"): "df-node" + " df-bottleneck" * is_bottleneck,
        (f"{identity}-rate", "text"): rate_words(span.rate),
        (f"{identity}-time", "text"): time_words(p50_s) if span.process_time.count else "",
        (f"{identity}-words", "text"): (
            f"{node.failed:,} failed" if node.failed else f"busy {share_words(span.busy)}"
        ),
        (f"{identity}-words", "class"): "df-small" + " df-bad" * bool(node.failed),
        (f"{identity}-device", "text"): elided(node.device, 14),
    }
    for share, length in zip(SHARES, lengths, strict=True):
        slots[f"{identity}-{share}", "width"] = f"{BAR * min(1.0, length):.1f}"
    return slots


def _node_words(node: NodeMetrics, span: Activity, judged: NodeVerdict | None) -> str:
    possible = judged.possible_rate if judged else span.possible_rate
    times = span.process_time
    return (
        f"{node.kind} {node.name}, {node.nb_tasks} task{'s' if node.nb_tasks > 1 else ''} on {node.device}\n"
        + (f"{fused_words(node.members)}: {', '.join(node.members)}\n" if node.members else "")
        + f"{rate_words(span.rate)}, possible {rate_words(possible)}\n"
        f"p50 {time_words(times.quantile_s(0.5))}, p95 {time_words(times.quantile_s(0.95))} in its code\n"
        f"busy {share_words(span.busy)}, copying {share_words(span.copying)}, asking the ledger "
        f"{share_words(span.wire)}, blocked {share_words(span.blocked)}, "
        f"starved {share_words(span.starved)}\n"
        f"{node.skipped:,} skipped, {node.dropped:,} dropped, {node.failed:,} failed, "
        f"{node.restarts} restarts"
    )
