"""The table of tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote

from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import elided, escaped, share_words, size_words
from daskflow.monitor.parts import TaskMetrics
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import Verdict

AddressOf = Callable[[str, str], str | None]
"""Run id and name of a task to the address of its worker in Dask, if that scheduler's pages have it."""

COLUMNS = {
    "state": "what it is doing",
    "worker": "Dask's page of its worker, with a profile of its code",
    "pid": "its process",
    "device": "where it runs",
    "restarts": "processes started anew",
    "done": "messages finished",
    "in hand": "messages that it holds",
    "busy": "time in the node's own code, in the last seconds",
    "CPU": "cores that its process keeps busy",
    "memory": "main memory of its process, mapped slots included",
    "slots": "slots that it has made; on disk are those that found no room in shared memory",
}
NAME_LETTERS = 32
"""How many letters of a name a cell has room for."""

NUMBERS = {"pid", "restarts", "done", "in hand", "busy", "CPU", "memory", "slots"}


class Tasks(TextPart):
    """One row for each task.

    Parameters
    ----------
    snapshot : RunSnapshot
        Of the run.
    address_of : callable
        See `AddressOf`.
    """

    def __init__(self, snapshot: RunSnapshot, address_of: AddressOf) -> None:
        self._address_of = address_of
        self._names = list(snapshot.tasks)
        head = "".join(
            f'<th title="{escaped(hint)}"{_kind(column)}>{column}</th>' for column, hint in COLUMNS.items()
        )
        rows = "".join(_row(i, name, snapshot.tasks[name].node) for i, name in enumerate(self._names))
        self.html = (
            f'<div class="df-table"><table class="sortable"><thead><tr><th>task</th><th>node</th>{head}</tr>'
            f"</thead><tbody>{rows}</tbody></table></div>"
        )

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """One for each cell."""
        slots: dict[Slot, str] = {}
        for i, name in enumerate(self._names):
            task = snapshot.tasks[name]
            for column, text in _cells(task).items():
                slots[_cell(i, column), "text"] = text
            slots[f"task-{i}-state", "class"] = f"df-{task.state}"
            address = self._address_of(snapshot.run_id, name)
            slots[f"task-{i}-link", "text"] = address or "–"
            slots[f"task-{i}-link", "href"] = _page_of(address) if address else ""
        return slots


@lru_cache(maxsize=1024)
def _page_of(address: str) -> str:
    return f"info/worker/{quote(address, safe='')}.html"


def _cell(i: int, column: str) -> str:
    return f"task-{i}-{column.replace(' ', '-')}"


def _kind(column: str) -> str:
    return ' class="df-number"' if column in NUMBERS else ""


def _row(i: int, name: str, node: str) -> str:
    cells = "".join(
        f'<td id="{_cell(i, column)}"{_kind(column)}></td>'
        if column != "worker"
        else f'<td><a id="task-{i}-link"></a></td>'
        for column in COLUMNS
    )
    return (
        f'<tr><th scope="row" title="{escaped(name)}">{escaped(elided(name, NAME_LETTERS))}</th>'
        f'<td title="{escaped(node)}">{escaped(elided(node, NAME_LETTERS))}</td>{cells}</tr>'
    )


def _cells(task: TaskMetrics) -> dict[str, str]:
    on_disk = f", {task.slots_on_disk} on disk" if task.slots_on_disk else ""
    return {
        "state": task.state,
        "pid": str(task.pid or "–"),
        "device": task.device,
        "restarts": str(task.restarts),
        "done": f"{task.done:,}",
        "in hand": str(task.in_hand),
        "busy": share_words(task.busy),
        "CPU": f"{task.cpu:.2f}",
        "memory": size_words(task.memory_bytes) if task.memory_bytes else "–",
        "slots": f"{task.slots}{on_disk}",
    }
