"""The elements of the graph, drawn from left to right, without what changes in them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from daskflow.diagram.layout import BOX_WIDTH, Layout, Point
from daskflow.monitor.page.labels import Place
from daskflow.monitor.page.words import elided, escaped
from daskflow.monitor.snapshot import NodeMetrics

COLUMN, ROW = 248, 130
"""From one box to the next, in pixels."""

WIDTH, HEIGHT = COLUMN * BOX_WIDTH, 78
"""Of a box, in pixels."""

BAR = WIDTH - 20
"""How long the bar in a box is."""

MARGIN = 26
"""Around the graph; also room for the mark of a bottleneck above the topmost box."""

SMALLEST = 0.8
"""A large graph is made smaller down to this, so that it can still be read; then it scrolls."""

NAME_LETTERS = 19
"""How many letters of its name a box has room for."""

SHARES = ("blocked", "copying", "busy")
"""Pieces of a box's bar. Each begins at the left, and the next lies on top of it."""


def svg(laid: Layout, content: str, title: str) -> str:
    """The whole, with its legend."""
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


def edge_element(i: int, edge: tuple[str, str], route: Sequence[Point]) -> str:
    """A line, and a wider one that cannot be seen but pointed at."""
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


def label_element(i: int, place: Place) -> str:
    """Room for how many messages wait, and below it for how many are dropped."""
    x, y = _x(place.point[0]), _y(place.point[1]) - 5
    side = f'x="{x + 5:.1f}"' if place.is_at_source else f'x="{x - 5:.1f}" text-anchor="end"'
    return (
        f'<g class="df-label"><text {side} y="{y:.1f}" id="edge-{i}-fill" class="df-fill"></text>'
        f'<text {side} y="{y:.1f}" id="edge-{i}-drops" class="df-drops"></text></g>'
    )


def box_element(i: int, node: NodeMetrics, position: Point) -> str:
    """A node, with a bar for where the time of its tasks goes."""
    x, y = _x(position[0]) - WIDTH / 2, _y(position[1]) - HEIGHT / 2
    times = f"×{node.nb_tasks}" if node.nb_tasks > 1 else ""
    if node.members:
        times = f"{len(node.members)} fused {times}".rstrip()
    letters = NAME_LETTERS - len(times) - bool(times)
    room = WIDTH - 10 - 8 * len(times)
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
        f'<svg width="{room:.0f}" height="26">'  # which clips letters that are wider than thought
        f'<text x="10" y="19" class="df-name">{escaped(elided(node.name, letters))}</text></svg>'
        f'<text x="{WIDTH - 10:.0f}" y="19" class="df-end df-small">{times}</text>'
        f'<text x="10" y="38" id="node-{i}-rate" class="df-rate"></text>'
        f'<text x="{WIDTH - 10:.0f}" y="38" id="node-{i}-time" class="df-end df-small"></text>'
        f'<rect class="df-starved" x="10" y="46" width="{BAR:.0f}" height="8" rx="2"/>{bars}'
        f'<text x="10" y="69" id="node-{i}-words" class="df-small"></text>'
        f'<text x="{WIDTH - 10:.0f}" y="69" id="node-{i}-device" class="df-end df-small"></text></g>'
    )
