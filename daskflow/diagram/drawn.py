"""From a diagram to its figure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from daskflow.diagram.content import (
    BLOCKED,
    BUSY,
    CONSUMER,
    MOVING,
    PRODUCER,
    STARVED,
    STATEFUL,
    Box,
    Diagram,
    Line,
    shown,
)
from daskflow.diagram.figure import Curve, Figure, Head, Panel, Shape, Words
from daskflow.diagram.labels import Labels
from daskflow.diagram.layout import BOX_HEIGHT, BOX_WIDTH, Layout, Point, layout
from daskflow.diagram.wrapping import shortened, width_of, wrapped

NAME_SIZE, SMALL_SIZE = 13.0, 10.5
"""Of text, in pixels."""

EM = 0.602
"""Width of a character of the common fixed-width fonts (DejaVu Sans Mono, Menlo, Courier), in its size."""

NAME_WIDTH = 22
"""Of a line of a name, in characters; longer ones are broken."""

MARGIN, PADDING = 16.0, 11.0
CORNER, ROUND = 4.0, 18.0
"""Radii of corners: round where a flow begins and ends."""

CHANNEL, CHANNEL_EDGE, WIDEST_CHANNEL = 46.0, 5.0, 120.0
"""Between columns: so wide, wider by each edge that rises or falls there, but no wider than that."""

BAR_HEIGHT = 7.0
COLOURS = {BUSY: "#0072b2", MOVING: "#56b4e9", BLOCKED: "#e69f00"}
TINTS = {PRODUCER: "#0072b2", CONSUMER: "#009e73", STATEFUL: "#e69f00"}
MARK = "#d55e00"
"""Those of Okabe and Ito (2008), which people with each kind of colour blindness tell apart."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """From columns and rows to pixels."""

    left: list[float]
    width: list[float]
    top: float
    box_height: float

    def point(self, place: Point) -> Point:
        column = round(place[0])
        share = (place[0] - column) / BOX_WIDTH + 0.5
        return self.left[column] + share * self.width[column], self.row(place[1])

    def row(self, row: float) -> float:
        return self.top + row * self.box_height / BOX_HEIGHT + self.box_height / 2


def drawn(diagram: Diagram) -> Figure:
    """Lay a diagram out, and say what is to be drawn where; nothing overlaps, and text stays inside."""
    laid = layout([box.name for box in diagram.boxes], [(line.source, line.target) for line in diagram.lines])
    names = {box.name: wrapped(shown(box.name), NAME_WIDTH) for box in diagram.boxes}
    has_title = 1 if diagram.title else 0
    scale = _scale(diagram, laid, names, top=MARGIN + has_title * 1.8 * NAME_SIZE)
    has_bars = any(box.shares for box in diagram.boxes)
    foot = 2.4 * SMALL_SIZE if has_bars else 0.0
    title = shown(diagram.title)
    width = max(
        scale.left[-1] + scale.width[-1] + MARGIN if laid.columns else 2 * MARGIN,
        2 * MARGIN + width_of(title) * EM * NAME_SIZE,
        2 * MARGIN + 340 if has_bars else 0.0,
    )
    shapes: list[Shape] = []
    if has_title:
        room = width - 2 * MARGIN
        shapes.append(Words(title, MARGIN, MARGIN + NAME_SIZE, NAME_SIZE, room, is_bold=True))
    panels = []
    for box in diagram.boxes:
        panels.append(_panel(box, laid.positions[box.name], scale))
    curves = [_curve(line, laid, scale) for line in diagram.lines]
    lowest = [panel.y + panel.height for panel in panels] + [
        y + 6 for curve in curves for _, y in curve.route
    ]
    height = max(lowest, default=scale.top) + foot + MARGIN
    for curve in curves:
        shapes += [curve, Head(*laid_end(curve))]
    for box, panel in zip(diagram.boxes, panels, strict=True):
        shapes += [panel, *_inside(box, panel, names[box.name])]
    labels = Labels(panels, curves, SMALL_SIZE, EM)
    for line, curve in zip(diagram.lines, curves, strict=True):
        shapes += labels.beside(curve, shown(line.label))
    if has_bars:
        shapes += _legend(MARGIN, height - MARGIN)
    return Figure(width, height, shapes, title)


def laid_end(curve: Curve) -> Point:
    """Where a curve's arrow points at: its route ends before, where the head begins."""
    x, y = curve.route[-1]
    return x + HEAD, y


HEAD = 7.0


def _scale(diagram: Diagram, laid: Layout, names: dict[str, list[str]], *, top: float) -> _Scale:
    width = [0.0] * laid.columns
    lines = 0.0
    for box in diagram.boxes:
        column = int(laid.positions[box.name][0])
        words = max([width_of(shortened(shown(w), NAME_WIDTH + 6)) for w in box.words], default=0)
        text = max(max(width_of(line) for line in names[box.name]) * EM * NAME_SIZE, words * EM * SMALL_SIZE)
        width[column] = max(width[column], text + 2 * PADDING)
        own = len(names[box.name]) * 1.25 * NAME_SIZE + len(box.words) * 1.35 * SMALL_SIZE
        lines = max(lines, own + (BAR_HEIGHT + 6 if box.shares else 0))
    rising = [0] * max(laid.columns, 1)
    for route in laid.routes.values():
        for (x0, y0), (_, y1) in pairwise(route):
            if y0 != y1:
                rising[round(x0)] += 1
    left, x = [], MARGIN
    for column in range(laid.columns):
        left.append(x)
        x += width[column] + min(WIDEST_CHANNEL, CHANNEL + CHANNEL_EDGE * rising[column])
    height = lines + 2 * 7.0
    # a line along the top needs less than a box would
    free = min([height / 2 - 6, *(row * height / BOX_HEIGHT for _, row in laid.positions.values())])
    return _Scale(left, width, top - free, height)


def _panel(box: Box, place: Point, scale: _Scale) -> Panel:
    column = int(place[0])
    height = scale.box_height
    radius = ROUND if box.kind == PRODUCER else CORNER, ROUND if box.kind == CONSUMER else CORNER
    tint = TINTS.get(box.kind)
    return Panel(
        scale.left[column],
        scale.row(place[1]) - height / 2,
        scale.width[column],
        height,
        radius,
        fill=tint,
        opacity=0.16,
        stroke=MARK if box.is_marked else "ink",
        stroke_width=3.0 if box.is_marked else 1.2,
        says=" · ".join([box.name, box.kind, *box.words]),
    )


def _inside(box: Box, panel: Panel, name: list[str]) -> list[Shape]:
    shapes: list[Shape] = []
    left, room = panel.x + PADDING, panel.width - 2 * PADDING
    if box.kind == STATEFUL:  # a second line at the side, like a drum that keeps things
        shapes.append(Panel(panel.x + 5, panel.y, 0.0, panel.height, stroke_width=1.2))
    y = panel.y + 7.0
    for text in name:
        y += 1.25 * NAME_SIZE
        shapes.append(Words(text, left, y - 0.3 * NAME_SIZE, NAME_SIZE, room, is_bold=True))
    for text in box.words:
        y += 1.35 * SMALL_SIZE
        text = shortened(shown(text), NAME_WIDTH + 6)
        shapes.append(Words(text, left, y - 0.3 * SMALL_SIZE, SMALL_SIZE, room, opacity=0.8))
    if box.shares:
        y = panel.y + panel.height - 7.0 - BAR_HEIGHT
        x = left
        for part, colour in COLOURS.items():
            wide = room * min(1.0, max(0.0, box.shares.get(part, 0.0)))
            wide = min(wide, left + room - x)
            if wide > 0:
                shapes.append(Panel(x, y, wide, BAR_HEIGHT, fill=colour, stroke=None))
            x += wide
        shapes.append(Panel(left, y, room, BAR_HEIGHT, stroke_width=0.8))
    return shapes


def _curve(line: Line, laid: Layout, scale: _Scale) -> Curve:
    route = [scale.point(place) for place in laid.routes[line.source, line.target]]
    route[-1] = (route[-1][0] - HEAD, route[-1][1])
    return Curve(
        tuple(route), 1.4 + 2.6 * line.fill, line.is_dashed, line.says or f"{line.source} → {line.target}"
    )


def _legend(x: float, y: float) -> list[Shape]:
    shapes: list[Shape] = []
    for part in (*COLOURS, STARVED):
        shapes.append(Panel(x, y - 8, 10, 8, fill=COLOURS.get(part), stroke_width=0.8))
        room = width_of(part) * EM * SMALL_SIZE
        shapes.append(Words(part, x + 15, y, SMALL_SIZE, room, opacity=0.8))
        x += 15 + room + 16
    return shapes
