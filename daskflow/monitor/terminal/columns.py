"""Tables that fit: what does not fit is left out by importance, and never cut or folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from daskflow.monitor.terminal.words import elided

GAP = 2
"""Blanks between two columns."""

SHORTEST_NAME = 18
"""How short names are made before a column is left out for them, in cells."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    header : str
        Its head.
    cells : sequence of str or rich.text.Text
        One for each row.
    importance : int
        Of two columns, that with the lower figure is left out first.
    is_name : bool
        Whether its cells are names, which are shortened where there is little room.
    is_words : bool
        Whether they are words, which stand on the left; figures stand on the right.
    """

    header: str
    cells: Sequence[str | Text]
    importance: int
    is_name: bool = False
    is_words: bool = False

    @property
    def width(self) -> int:
        """That of the widest cell, in cells of the terminal."""
        return max(cell_len(str(cell)) for cell in (self.header, *self.cells))


def fitted(columns: Sequence[Column], width: int, dots: str = "…") -> list[Column]:
    """The columns that fit into a width, in their order; names are shortened for the others.

    The first column is never left out. For `dots` see `words.elided`.
    """
    shown = list(columns)
    while len(shown) > 1 and _width(shown, shortest=True) > width:
        shown.remove(min(shown[1:], key=lambda column: column.importance))
    room = width - _width(shown, shortest=True)
    for i, column in enumerate(shown):
        if column.is_name:
            given = min(column.width, _shortest(column) + max(0, room))
            room -= given - _shortest(column)
            shown[i] = _shortened(column, given, dots)
    return shown


def table(columns: Sequence[Column], styles: Sequence[str] = ()) -> Table:
    """The columns as a table of exactly their widths, with a style for each row."""
    grid = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for column in columns:
        is_left = column.is_name or column.is_words
        grid.add_column(
            column.header, justify="left" if is_left else "right", no_wrap=True, width=column.width
        )
    rows = zip(*(column.cells for column in columns), strict=True)
    for i, row in enumerate(rows):
        grid.add_row(*row, style=styles[i] if styles else None)
    return grid


def _width(columns: Sequence[Column], *, shortest: bool) -> int:
    widths = [_shortest(column) if shortest else column.width for column in columns]
    return sum(widths) + GAP * (len(widths) - 1)


def _shortest(column: Column) -> int:
    return min(column.width, SHORTEST_NAME) if column.is_name else column.width


def _shortened(column: Column, width: int, dots: str) -> Column:
    cells = [elided(str(cell), width, dots) for cell in column.cells]
    return replace(column, cells=cells, header=column.header[:width])
