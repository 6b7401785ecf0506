"""Runs one below the other, as much of each as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.terminal.bars import legend
from daskflow.monitor.terminal.choosing import nodes_for, tasks_for
from daskflow.monitor.terminal.columns import fitted, table
from daskflow.monitor.terminal.head import head_line, mishap_lines, verdict_lines
from daskflow.monitor.terminal.nodes import node_columns, node_styles
from daskflow.monitor.terminal.rooms import rooms
from daskflow.monitor.terminal.tasks import task_columns

ROWS_BEFORE_ALL_WORDS = 8
"""A flow with less room than that says the first line of its verdict only, and nothing of mishaps."""

FEWEST_TASK_ROWS = 6
"""With less room than that no tasks are shown, unless these are all."""


@dataclass(frozen=True, slots=True)
class Page:
    """Running flows, for a rich console; as wide as it is.

    Attributes
    ----------
    snapshots : sequence of RunSnapshot
        The runs, from the top down.
    fills_screen : bool
        Whether it is as high as the console; else there are as many lines as it takes.
    has_tasks : bool
        Whether tasks are shown too, below the nodes, as many as there is room for.
    note : str
        What stands at the end of the last line.
    """

    snapshots: Sequence[RunSnapshot]
    fills_screen: bool = False
    has_tasks: bool = True
    note: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, blocks = options.max_width, not options.ascii_only
        flows = [_Flow(snapshot, console, width, blocks) for snapshot in self.snapshots]
        yield from self._above(flows, options.size.height if self.fills_screen else None)
        yield self._last_line(width, blocks)

    def _last_line(self, width: int, blocks: bool) -> Text:
        """The legend, as far as there is room beside the note."""
        line = legend(blocks=blocks)
        note = Text(f"   {self.note}" if self.note else "", "dim")
        mark = Text(f"   {'▶' if blocks else '>'} limits the flow", "dim")
        if line.cell_len + mark.cell_len + note.cell_len <= width:
            line.append_text(mark)
        line.truncate(max(0, width - note.cell_len), overflow="crop")
        line.append_text(note)
        return line

    def _above(self, flows: Sequence[_Flow], height: int | None) -> RenderResult:
        if height is None:
            for flow in flows:
                yield from flow.within(flow.rows)
                if self.has_tasks:
                    yield from flow.tasks(flow.task_rows)
                yield Text()
            return
        left = height - 1
        given = rooms([flow.rows for flow in flows], left)
        left -= sum(given) + max(0, len(given) - 1)
        for i, (flow, rows) in enumerate(zip(flows, given, strict=False)):
            if i:
                yield Text()
            yield from flow.within(rows)
            if self.has_tasks and rows >= flow.rows and left >= min(flow.task_rows, FEWEST_TASK_ROWS):
                given_to_tasks = min(flow.task_rows, left)
                left -= given_to_tasks
                yield from flow.tasks(given_to_tasks)
        hidden = len(flows) - len(given)
        if hidden:
            yield Text(f"and {hidden} more flow{'s' * (hidden > 1)}: choose with --flow NAME", "dim")
        for _ in range(left - bool(hidden)):
            yield Text()


class _Flow:
    """One run, and how many rows it would take."""

    def __init__(self, snapshot: RunSnapshot, console: Console, width: int, blocks: bool) -> None:
        self._snapshot = snapshot
        self._width = width
        self._blocks = blocks
        self._dots = "…" if blocks else "~"
        verdict = snapshot.verdict  # once: to judge takes longer than to draw
        self._bottleneck = verdict.bottleneck
        self._verdict = verdict_lines(verdict, console, width)
        self._mishap = mishap_lines(snapshot, width, self._dots)
        self.rows = 1 + len(self._verdict) + len(self._mishap) + 1 + len(snapshot.nodes)
        self.task_rows = 2 + len(snapshot.tasks) if snapshot.tasks else 0

    def within(self, rows: int) -> RenderResult:
        yield head_line(self._snapshot, self._width, self._dots)
        words = self._words(rows)
        yield from words
        left = rows - 1 - len(words) - 1  # for the header
        if left > 0:
            names, others = nodes_for(self._snapshot, self._bottleneck, left)
            yield self._nodes(names)
            if others:
                yield Text(f"  {others}", "dim")

    def _words(self, rows: int) -> list[Text]:
        if rows >= min(self.rows, ROWS_BEFORE_ALL_WORDS):
            return (self._verdict + self._mishap)[: rows - 1]
        first = self._verdict[0]
        if len(self._verdict) > 1:
            room = self._width - 1 - len(self._dots)
            if first.cell_len > room:
                first = first[: max(0, first.plain.rfind(" ", 0, room + 1))]
            first = Text.assemble(first, f" {self._dots}")
        return [first][: rows - 1]

    def _nodes(self, names: Sequence[str]) -> RenderableType:
        columns = fitted(
            node_columns(self._snapshot, names, self._bottleneck, blocks=self._blocks),
            self._width,
            self._dots,
        )
        return table(columns, node_styles(self._snapshot, names, self._bottleneck))

    def tasks(self, rows: int) -> RenderResult:
        if rows:
            names, others = tasks_for(self._snapshot, self._bottleneck, rows - 2)
            yield Text()
            yield table(fitted(task_columns(self._snapshot, names), self._width, self._dots))
            if others:
                yield Text(f"  {others}", "dim")
