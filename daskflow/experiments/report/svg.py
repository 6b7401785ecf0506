"""Figures as SVG inside of a page, in the page's own colours."""

from __future__ import annotations

import re
from html import escape
from io import StringIO

import matplotlib
from matplotlib.figure import Figure

from daskflow.experiments.report.style import INK, LINE, STYLE

_LEAST_PER_INCH = 64
"""Pixels, with which text of ten points is as large as nine pixels."""

_THEMED = {INK: "var(--ink)", LINE: "var(--line)"}


def inline_svg(figure: Figure, name: str, label: str) -> str:
    """An ``<svg>`` element.

    Text, axes and grid have the page's ``--ink`` and ``--line``, so that it can be read in light and dark;
    there is no background.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What is drawn.
    name : str
        Unlike that of other figures of the page: ids begin with it.
    label : str
        What screen readers say.
    """
    text = StringIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    for colour, variable in _THEMED.items():
        svg = svg.replace(colour, variable)
    prefix = re.sub(r"\W+", "-", name)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
    svg = svg.replace("url(#", f"url(#{prefix}-")
    # Its height follows from its viewBox; on a narrow screen it shrinks a little, then it is scrolled.
    svg = re.sub(r'^<svg ([^>]*?)height="([^"]*)"', r"<svg \1", svg)
    least = f"min-width: {figure.get_figwidth() * _LEAST_PER_INCH:.0f}px"
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" style="{least}" ', 1)
