"""How boxes look."""

from __future__ import annotations

from collections.abc import Mapping

from daskflow.diagram.content import CONSUMER, PRODUCER, STARVED, STATEFUL, Box, shown
from daskflow.diagram.figure import Panel, Shape, Words
from daskflow.diagram.style import (
    BAR_HEIGHT,
    COLOURS,
    CORNER,
    EM,
    MARK,
    NAME_LEADING,
    NAME_SIZE,
    NAME_WIDTH,
    PADDING,
    PADDING_ABOVE,
    ROUND,
    SMALL_LEADING,
    SMALL_SIZE,
    TINTS,
    WORDS_WIDTH,
)
from daskflow.diagram.wrapping import shortened, width_of, wrapped


def name_lines(box: Box) -> list[str]:
    """Its name, in one line or two."""
    return wrapped(shown(box.name), NAME_WIDTH)


def word_lines(box: Box) -> list[str]:
    """What is below the name."""
    return [shortened(shown(text), WORDS_WIDTH) for text in box.words]


def box_panel(box: Box, x: float, y: float, width: float, height: float) -> Panel:
    """Its outline and tint."""
    radius = ROUND if box.kind == PRODUCER else CORNER, ROUND if box.kind == CONSUMER else CORNER
    tint = TINTS.get(box.kind)
    return Panel(
        x,
        y,
        width,
        height,
        radius,
        fill=tint,
        opacity=0.16,
        stroke=MARK if box.is_marked else "ink",
        stroke_width=3.0 if box.is_marked else 1.2,
        says=" · ".join([box.name, box.kind, *box.words]),
    )


def box_content(box: Box, panel: Panel) -> list[Shape]:
    """What is inside: name, words, and a bar at the foot."""
    shapes: list[Shape] = []
    left, room = panel.x + PADDING, panel.width - 2 * PADDING
    if box.kind == STATEFUL:  # a second line at the side, like a drum that keeps things
        shapes.append(Panel(panel.x + 5, panel.y, 0.0, panel.height, stroke_width=1.2))
    y = panel.y + PADDING_ABOVE
    for text in name_lines(box):
        y += NAME_LEADING
        shapes.append(Words(text, left, y - 0.3 * NAME_SIZE, NAME_SIZE, room, is_bold=True))
    for text in word_lines(box):
        y += SMALL_LEADING
        shapes.append(Words(text, left, y - 0.3 * SMALL_SIZE, SMALL_SIZE, room, opacity=0.8))
    if box.shares:
        shapes += _bar(box.shares, left, panel.y + panel.height - PADDING_ABOVE - BAR_HEIGHT, room)
    return shapes


def _bar(shares: Mapping[str, float], left: float, y: float, room: float) -> list[Shape]:
    shapes: list[Shape] = []
    x = left
    for part, colour in COLOURS.items():
        wide = min(room * max(0.0, shares.get(part, 0.0)), left + room - x)
        if wide > 0:
            shapes.append(Panel(x, y, wide, BAR_HEIGHT, fill=colour, stroke=None))
        x += wide
    return [*shapes, Panel(left, y, room, BAR_HEIGHT, stroke_width=0.8)]


def bar_legend(x: float, y: float) -> list[Shape]:
    """What the colours of the bars mean."""
    shapes: list[Shape] = []
    for part in (*COLOURS, STARVED):
        shapes.append(Panel(x, y - 8, 10, 8, fill=COLOURS.get(part), stroke_width=0.8))
        room = width_of(part) * EM * SMALL_SIZE
        shapes.append(Words(part, x + 15, y, SMALL_SIZE, room, opacity=0.8))
        x += 15 + room + 16
    return shapes
