"""A plan as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.core.node.surroundings import OWN_TAG
from daskflow.diagram.content import shown
from daskflow.diagram.wrapping import filled, width_of
from daskflow.plan.plan import EdgePlan, NodePlan, Plan, TaskPlan

TASK_COLUMNS = ("task", "node", "kind", "device", "threads", "worker resources", "if killed")
EDGE_COLUMNS = ("edge", "capacity", "when full")


def plan_table(plan: Plan) -> str:
    """The plan's tasks and edges as text."""
    return "\n".join(
        [
            heading(plan),
            "",
            text_table(TASK_COLUMNS, task_rows(plan)),
            "",
            text_table(EDGE_COLUMNS, edge_rows(plan)),
            "",
            memory_words(plan),
            *fused_lines(plan),
            *([] if plan.placement is None else ["", plan.placement.table()]),
        ]
    )


def fused_lines(plan: Plan) -> list[str]:
    """One line for each fused chain: which nodes run as one, and what that saves."""
    return [
        f"fused: {', '.join(map(shown, node.members))} run one after the other in each task of "
        f"{shown(node.name)}: {len(node.members) - 1} fewer hop{'s' if len(node.members) > 2 else ''}"
        for node in plan.nodes
        if node.members
    ]


def heading(plan: Plan) -> str:
    """The plan in a line."""
    return (
        f"flow {shown(plan.flow_name)} ({plan.flow_type}): {len(plan.nodes)} nodes, {len(plan.tasks)} tasks"
    )


def task_rows(plan: Plan) -> list[list[str]]:
    """What is said of each task."""
    return [
        [
            task.name,
            node.name,
            _kind(node),
            task.device_words,
            str(task.cpu_threads),
            _resources(task, is_of_others=plan.placement is not None),
            node.recovery,
        ]
        for node in plan.nodes
        for task in node.tasks
    ]


def _kind(node: NodePlan) -> str:
    if node.members:
        return f"{node.kind}, {len(node.members)} fused"
    return f"{node.kind}, {node.batch_size} at a time" if node.batch_size > 1 else node.kind


def edge_rows(plan: Plan) -> list[list[str]]:
    """What is said of each edge."""
    return [
        [
            f"{edge.source} -> {edge.target}",
            _capacity(edge),
            "drops the oldest" if edge.lossy else "blocks",
        ]
        for edge in plan.edges
    ]


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned with spaces, a rule below the header."""
    table = [[shown(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(width_of, column)) for column in zip(*table, strict=True)]
    table.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(filled(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def _capacity(edge: EdgePlan) -> str:
    if edge.inline_capacity == edge.capacity:
        return str(edge.capacity)
    return f"{edge.capacity} ({edge.inline_capacity} small)"


def memory_words(plan: Plan) -> str:
    """How much memory the frames of the flow take at most."""
    frames = plan.most_frames
    place = "shared memory and GPUs" if any(task.keeps_on_gpu for task in plan.tasks) else "shared memory"
    sizes = ", ".join(f"{frames * w * h * 3 / 1e6:,.0f} MB at {w}×{h}" for w, h in ((1920, 1080), (640, 480)))
    return f"{place}: about {frames} frames at most ({sizes}), and those that nodes keep"


def _resources(task: TaskPlan, *, is_of_others: bool) -> str:
    amounts = [
        f"{name}={amount:g}"
        for name, amount in task.resources.items()
        if not (is_of_others and name.startswith(OWN_TAG))  # which only workers of our own have
    ]
    return ", ".join([*amounts, *wishes(task)])


def wishes(task: TaskPlan) -> list[str]:
    """Where a task is to be, in words; none where it may be anywhere."""
    hosts = [f"on host {' or '.join(task.host)}"] if task.host else []
    return [*hosts, f"on worker {' or '.join(task.workers)}"] if task.workers else hosts
