"""The nodes of a run as a table that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daskflow.monitor.activity import Activity
from daskflow.monitor.figures import span_of
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.terminal.bars import bar
from daskflow.monitor.terminal.columns import Column
from daskflow.monitor.terminal.words import figure, milliseconds, size

BAR_WIDTH = 16

_Cell = Callable[[NodeMetrics, Activity], str]


def node_columns(
    snapshot: RunSnapshot, names: Sequence[str], bottleneck: str | None, *, blocks: bool = True
) -> list[Column]:
    """Everything that is known of some nodes; see `columns.fitted`.

    Parameters
    ----------
    snapshot : RunSnapshot
        The run.
    names : sequence of str
        Which nodes, in this order.
    bottleneck : str or None
        The one that is marked.
    blocks : bool, default True
        Whether the terminal can draw blocks; letters otherwise.

    Notes
    -----
    Columns with nothing in them are missing, as those that count what was lost where nothing was.
    """
    nodes = [snapshot.nodes[name] for name in names]
    spans = [span_of(node, snapshot) for node in nodes]
    mark = "▶" if blocks else ">"
    memory = _memory_by_node(snapshot)

    def column(header: str, importance: int, cell: _Cell) -> Column:
        return Column(header, [cell(node, span) for node, span in zip(nodes, spans, strict=True)], importance)

    def counts(what: str, importance: int) -> list[Column]:
        if not any(getattr(node, what) for node in snapshot.nodes.values()):
            return []
        return [column(what, importance, lambda n, _: str(getattr(n, what)))]

    name_cells = [f"{mark if node.name == bottleneck else ' '} {node.name}" for node in nodes]
    columns = [
        Column("  node", name_cells, 99, is_name=True),
        column("tasks", 60, lambda n, _: str(n.nb_tasks)),
        Column("device", [node.device for node in nodes], 15, is_words=True),
        column("rate/s", 95, lambda _, span: figure(span.rate)),
        column("possible", 55, lambda _, span: figure(span.possible_rate) if span.possible_rate else ""),
        column("ms p50", 50, lambda _, span: milliseconds(span.process_time.quantile_s(0.5))),
        column("p95", 51, lambda _, span: milliseconds(span.process_time.quantile_s(0.95))),
        Column("time", [bar(span, BAR_WIDTH, blocks=blocks) for span in spans], 90, is_words=True),
        column("waiting", 70, lambda n, _: _waiting(n, snapshot)),
        *counts("dropped", 80),
        *counts("lost", 82),
        *counts("failed", 81),
        *counts("restarts", 65),
        column("CPU", 40, lambda _, span: f"{span.cpu:.2f}" if span.cpu else ""),
        column("memory", 30, lambda n, _: size(memory.get(n.name, 0))),
    ]
    return [column for column in columns if any(str(cell).strip() for cell in column.cells)]


def _waiting(node: NodeMetrics, snapshot: RunSnapshot) -> str:
    if node.kind == "producer":
        return ""
    edges = [edge for (_, target), edge in snapshot.edges.items() if target == node.name]
    if not edges:
        return str(node.waiting)
    return f"{sum(edge.waiting for edge in edges)}/{sum(edge.capacity for edge in edges)}"


def _memory_by_node(snapshot: RunSnapshot) -> dict[str, int]:
    memory: dict[str, int] = {}
    for task in snapshot.tasks.values():
        memory[task.node] = memory.get(task.node, 0) + task.memory_bytes
    return memory


def node_styles(snapshot: RunSnapshot, names: Sequence[str], bottleneck: str | None) -> list[str]:
    """A style for each row: the bottleneck is bold, and a node that gave messages up is red."""
    return [_style(snapshot.nodes[name], name == bottleneck) for name in names]


def _style(node: NodeMetrics, is_bottleneck: bool) -> str:
    if is_bottleneck:
        return "bold yellow"
    return "red" if node.failed else ""
