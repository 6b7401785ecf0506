"""Sizes, in pixels, and colours of figures."""

from __future__ import annotations

from daskflow.diagram.content import BLOCKED, BUSY, CONSUMER, MOVING, PRODUCER, STATEFUL

NAME_SIZE, SMALL_SIZE = 13.0, 10.5
NAME_LEADING, SMALL_LEADING = 1.25 * NAME_SIZE, 1.35 * SMALL_SIZE
"""Of text, and of its lines."""

EM = 0.602
"""Width of a character of the common fixed-width fonts (DejaVu Sans Mono, Menlo, Courier), in its size."""

NAME_WIDTH, WORDS_WIDTH = 22, 28
"""Of a line, in characters: longer names are broken, longer words shortened."""

MARGIN = 16.0
PADDING, PADDING_ABOVE = 11.0, 7.0
"""Around the picture, and inside of its boxes."""

CORNER, ROUND = 4.0, 18.0
"""Radii of corners: round where a flow begins and ends."""

CHANNEL, CHANNEL_EDGE, WIDEST_CHANNEL = 46.0, 5.0, 120.0
"""Between columns: so wide, wider by each edge that rises or falls there, but no wider than that."""

HEAD = 7.0
"""Length of an arrow's head."""

BAR_HEIGHT = 7.0
COLOURS = {BUSY: "#0072b2", MOVING: "#a9d6f5", BLOCKED: "#e69f00"}
TINTS = {PRODUCER: "#0072b2", CONSUMER: "#009e73", STATEFUL: "#e69f00"}
MARK = "#d55e00"
"""Those of Okabe and Ito (2008), which people with each kind of colour blindness tell apart; the blue of what
moves is lighter, so that parts of bars differ in grey too."""
