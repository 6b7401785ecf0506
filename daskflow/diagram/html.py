"""Parts of what a notebook shows: they set no colours, so that they look like the page around them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from daskflow.diagram.content import Diagram, shown
from daskflow.diagram.drawn import drawn
from daskflow.diagram.svg import svg_text


def picture_html(diagram: Diagram) -> str:
    """The diagram in its natural size; one that is wider than the page can be scrolled."""
    return f'<div style="overflow-x: auto">{svg_text(drawn(diagram), inline=True)}</div>'


def line_html(text: str, *, is_bold: bool = False) -> str:
    """A line of text."""
    weight = "; font-weight: bold" if is_bold else ""
    return f'<div style="margin: 0.3em 0{weight}">{escape(shown(text))}</div>'


def table_html(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[str] = ()) -> str:
    """A table.

    Parameters
    ----------
    header : sequence of str
        Of its columns.
    rows : sequence of sequence of str
        Cells; they may contain anything.
    numbers : collection of str
        Columns that are aligned at the right.
    """
    sides = ["right" if name in numbers else "left" for name in header]

    def line(cells: Sequence[str], tag: str) -> str:
        inside = "".join(
            f'<{tag} style="text-align: {side}; padding: 0.1em 0.6em">{escape(shown(cell))}</{tag}>'
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{inside}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return (
        f'<div style="overflow-x: auto"><table><thead>{line(header, "th")}</thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def folded_html(title: str, *parts: str, is_open: bool = False) -> str:
    """Parts that unfold when one clicks on their title."""
    state = " open" if is_open else ""
    return f"<details{state}><summary>{escape(shown(title))}</summary>{''.join(parts)}</details>"
