"""The tasks of a run as a table that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from daskflow.monitor.parts import TaskMetrics
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.terminal.columns import Column
from daskflow.monitor.terminal.words import size


def task_columns(snapshot: RunSnapshot, names: Sequence[str]) -> list[Column]:
    """Everything that is known of some tasks, in this order; see `columns.fitted`."""
    tasks = [snapshot.tasks[name] for name in names]

    def column(header: str, importance: int, cell: Callable[[TaskMetrics], str]) -> Column:
        return Column(header, [cell(task) for task in tasks], importance)

    columns = [
        Column("  task", [f"  {task.name}" for task in tasks], 99, is_name=True),
        Column("state", [task.state for task in tasks], 90, is_words=True),
        column("busy", 80, lambda task: f"{task.busy:.0%}"),
        column("in hand", 30, lambda task: str(task.in_hand)),
        column("done", 60, lambda task: str(task.done)),
        column("restarts", 65, lambda task: str(task.restarts) if task.restarts else ""),
        column("CPU", 50, lambda task: f"{task.cpu:.2f}" if task.cpu else ""),
        column("memory", 40, lambda task: size(task.memory_bytes)),
        column("pid", 70, lambda task: str(task.pid) if task.pid else ""),
        Column("device", [task.device for task in tasks], 20, is_name=True),
    ]
    return [column for column in columns if any(str(cell) for cell in column.cells)]
