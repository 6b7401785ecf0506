"""What each node of a run did, and what limited the flow, for a terminal or a log."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.table import EFFECTIVE, Columns, message_columns, rate_columns
from daskflow.monitor.terminal.words import folded


def print_summary(snapshot: RunSnapshot, console: Console) -> None:
    """Print both tables and the verdict: fitted on a terminal, elsewhere plain and as wide as they are.

    Parameters
    ----------
    snapshot : RunSnapshot
        As a rule the last one of a run.
    console : rich.console.Console
        Where to.
    """
    if not console.is_terminal:
        console.print(str(snapshot), markup=False, highlight=False, soft_wrap=True)
        return
    verdict = snapshot.verdict
    for table in (message_columns(snapshot), rate_columns(snapshot, verdict)):
        console.print(_fitted(table))
        console.print()
    for line in folded(Text(str(verdict)), console, console.width):
        console.print(line)


def _fitted(columns: Columns) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)  # fits 80 columns
    name, *others = columns.header
    table.add_column(name, overflow="fold")
    for header in others:
        table.add_column(header.replace(" ", "\n"), justify="right", overflow="fold")
    for row in columns.rows:
        table.add_row(*row, style="bold" if EFFECTIVE in row[1:] else None)
    return table
