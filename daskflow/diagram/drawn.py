"""From a diagram to its figure."""

from __future__ import annotations

from daskflow.diagram.boxes import bar_legend, box_content, box_panel
from daskflow.diagram.content import Box, Diagram, Line, shown
from daskflow.diagram.figure import Curve, Figure, Head, Panel, Shape, Words
from daskflow.diagram.labels import Labels
from daskflow.diagram.layout import Layout, Point, layout
from daskflow.diagram.scale import Scale, scale_of
from daskflow.diagram.style import EM, HEAD, MARGIN, NAME_SIZE, SMALL_SIZE
from daskflow.diagram.wrapping import width_of


def drawn(diagram: Diagram) -> Figure:
    """Lay a diagram out, and say what is to be drawn where; nothing overlaps, and text stays inside."""
    laid = layout([box.name for box in diagram.boxes], [(line.source, line.target) for line in diagram.lines])
    scale = scale_of(diagram, laid, top=MARGIN + (1.8 * NAME_SIZE if diagram.title else 0.0))
    has_bars = any(box.shares for box in diagram.boxes)
    foot = 2.4 * SMALL_SIZE if has_bars else 0.0
    title = shown(diagram.title)
    width = max(
        scale.left[-1] + scale.width[-1] + MARGIN if laid.columns else 2 * MARGIN,
        2 * MARGIN + width_of(title) * EM * NAME_SIZE,
        2 * MARGIN + 340 if has_bars else 0.0,
    )
    shapes: list[Shape] = []
    if title:
        room = width - 2 * MARGIN
        shapes.append(Words(title, MARGIN, MARGIN + NAME_SIZE, NAME_SIZE, room, is_bold=True))
    panels = [_panel(box, laid.positions[box.name], scale) for box in diagram.boxes]
    curves = [_curve(line, laid, scale) for line in diagram.lines]
    lowest = [panel.y + panel.height for panel in panels]
    lowest += [y + 6 for curve in curves for _, y in curve.route]
    height = max(lowest, default=scale.top) + foot + MARGIN
    for curve in curves:
        x, y = curve.route[-1]  # which ends where the head begins
        shapes += [curve, Head(x + HEAD, y)]
    for box, panel in zip(diagram.boxes, panels, strict=True):
        shapes += [panel, *box_content(box, panel)]
    labels = Labels(panels, curves, SMALL_SIZE, EM)
    for line, curve in zip(diagram.lines, curves, strict=True):
        shapes += labels.beside(curve, shown(line.label))
    if has_bars:
        shapes += bar_legend(MARGIN, height - MARGIN)
    return Figure(width, height, shapes, title)


def _panel(box: Box, place: Point, scale: Scale) -> Panel:
    column, height = int(place[0]), scale.box_height
    return box_panel(box, scale.left[column], scale.row(place[1]) - height / 2, scale.width[column], height)


def _curve(line: Line, laid: Layout, scale: Scale) -> Curve:
    route = [scale.point(place) for place in laid.routes[line.source, line.target]]
    route[-1] = (route[-1][0] - HEAD, route[-1][1])
    return Curve(
        tuple(route), 1.4 + 2.6 * line.fill, line.is_dashed, line.says or f"{line.source} → {line.target}"
    )
