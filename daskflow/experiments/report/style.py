"""How plots look: colours that colour-blind people can tell apart, and that need no theme."""

from __future__ import annotations

from typing import Any

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b8609f", "#8a7a1f", "#727985")
"""Of series, after Okabe and Ito (*Color Universal Design*, 2008), whose lighter ones are darkened. Each
has a contrast of 3 at least on both grounds, as WCAG 2.2 asks of graphics."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Of series too: six colours and seven markers have no common factor, so that many series differ in one or
the other."""

DASHES = ("-", "--", "-.", ":")

INK, LINE = "#1f2430", "#d9dde4"
"""Text and axes; grid. In a page they become its own colours."""

GROUNDS = ("#ffffff", "#1c2027")
"""What is behind a plot in the light and in the dark theme."""

PANEL_WIDTH, PANEL_HEIGHT = 4.4, 3.4
"""Of one pair of axes, in inches."""

STYLE: Any = {
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.wspace": 0.06,  # so that a label is not read as that of the axes to its left
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.parse_math": False,  # names of settings may have dollars in them
    "svg.fonttype": "none",  # text stays text: it can be selected, searched and read aloud
    "svg.hashsalt": "daskflow",  # the same data, the same file
    "savefig.dpi": 144,
}
"""Settings of matplotlib, for our figures only."""


def colour_of(index: int) -> str:
    """Of a series."""
    return COLOURS[index % len(COLOURS)]


def dash_of(index: int) -> str:
    """Of the line of a series: solid while colours last."""
    return DASHES[index // len(COLOURS) % len(DASHES)]


def marker_of(index: int) -> str:
    """Of a series."""
    return MARKERS[index % len(MARKERS)]
