"""The nodes of a run as a table that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daskflow.monitor.activity import Activity
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.terminal.bars import bar
from daskflow.monitor.terminal.columns import Column
from daskflow.monitor.terminal.words import figure, milliseconds, size

BAR_WIDTH = 16

_Cell = Callable[[NodeMetrics, Activity], str]


def span_of(node: NodeMetrics, snapshot: RunSnapshot) -> Activity:
    """What is shown of a node: the last seconds, or after the end the whole run."""
    return node.whole if snapshot.is_over else node.recent


def node_columns(snapshot: RunSnapshot, names: Sequence[str], *, blocks: bool = True) -> list[Column]:
    """Everything that is known of some nodes; see `columns.fitted`.

    Parameters
    ----------
    snapshot : RunSnapshot
        The run.
    names : sequence of str
        Which nodes, in this order.
    blocks : bool, default True
        Whether the terminal can draw blocks; letters otherwise.

    Notes
    -----
    Columns with nothing in them are missing, as those that count what was lost where nothing was.
    """
    nodes = [snapshot.nodes[name] for name in names]
    spans = [span_of(node, snapshot) for node in nodes]
    bottleneck = snapshot.verdict.bottleneck
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
        *counts("failed", 81),
        *counts("restarts", 65),
        column("CPU", 40, lambda _, span: figure(span.cpu) if span.cpu else ""),
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


def node_styles(snapshot: RunSnapshot, names: Sequence[str]) -> list[str]:
    """A style for each row: the bottleneck is bold, and what lost messages is red."""
    return [_style(snapshot.nodes[name], name == snapshot.verdict.bottleneck) for name in names]


def _style(node: NodeMetrics, is_bottleneck: bool) -> str:
    if is_bottleneck:
        return "bold yellow"
    return "red" if node.failed else ""


def most_telling(snapshot: RunSnapshot, count: int) -> tuple[list[str], str]:
    """The nodes to show where there is room for `count` rows only, and words on the others.

    The bottleneck, then those that failed, dropped or were restarted, then the busiest; in the order of
    the flow. The words take a row too, and are empty where all nodes are shown.
    """
    names = list(snapshot.nodes)
    if len(names) <= count:
        return names, ""
    bottleneck = snapshot.verdict.bottleneck

    def telling(name: str) -> tuple[bool, bool, float]:
        node = snapshot.nodes[name]
        span = span_of(node, snapshot)
        return (name == bottleneck, bool(node.failed or span.drop_rate or node.restarts), round(span.busy, 1))

    ranked = sorted(names, key=telling, reverse=True)
    shown = set(ranked[: max(0, count - 1)])
    hidden = ranked[len(shown) :]
    busiest = max(span_of(snapshot.nodes[name], snapshot).busy for name in hidden)
    words = f"and {len(hidden)} more nodes, none busier than {busiest:.0%}"
    return [name for name in names if name in shown], words
