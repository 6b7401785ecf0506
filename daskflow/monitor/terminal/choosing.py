"""Which nodes and tasks are shown where there is no room for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daskflow.monitor.figures import span_of
from daskflow.monitor.snapshot import RunSnapshot

_Rank = tuple[bool, bool, float]


def nodes_for(snapshot: RunSnapshot, bottleneck: str | None, rows: int) -> tuple[list[str], str]:
    """The nodes to show in so many rows, and words on the others, which take a row too.

    The bottleneck, then those that failed, drop or were restarted, then the busiest; in the order of the
    flow. The words are empty where all are shown.
    """

    def rank(name: str) -> _Rank:
        node = snapshot.nodes[name]
        span = span_of(node, snapshot)
        return name == bottleneck, bool(node.failed or span.drop_rate or node.restarts), _steady(span.busy)

    shown, hidden = _chosen(list(snapshot.nodes), rank, rows)
    if not hidden:
        return shown, ""
    busiest = max(span_of(snapshot.nodes[name], snapshot).busy for name in hidden)
    return shown, f"and {len(hidden)} more nodes, none busier than {busiest:.0%}"


def tasks_for(snapshot: RunSnapshot, bottleneck: str | None, rows: int) -> tuple[list[str], str]:
    """The same for tasks: those of the bottleneck, then those restarted, then the busiest."""

    def rank(name: str) -> _Rank:
        task = snapshot.tasks[name]
        return task.node == bottleneck, bool(task.restarts), _steady(task.busy)

    shown, hidden = _chosen(list(snapshot.tasks), rank, rows)
    return shown, f"and {len(hidden)} more tasks" if hidden else ""


def _steady(busy: float) -> float:
    """So that rows do not come and go with every per cent."""
    return round(busy, 1)


def _chosen(names: Sequence[str], rank: Callable[[str], _Rank], rows: int) -> tuple[list[str], list[str]]:
    if len(names) <= rows:
        return list(names), []
    first = set(sorted(names, key=rank, reverse=True)[: max(0, rows - 1)])
    return [name for name in names if name in first], [name for name in names if name not in first]
