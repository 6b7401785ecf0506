"""A plan as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.plan.plan import EdgePlan, Plan

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
        ]
    )


def heading(plan: Plan) -> str:
    """The plan in a line."""
    return f"flow {plan.flow_name} ({plan.flow_type}): {len(plan.nodes)} nodes, {len(plan.tasks)} tasks"


def task_rows(plan: Plan) -> list[list[str]]:
    """What is said of each task."""
    return [
        [
            task.name,
            node.name,
            node.kind + (f", {node.batch_size} at a time" if node.batch_size > 1 else ""),
            task.device_words,
            str(task.cpu_threads),
            _resources(task.resources),
            node.recovery,
        ]
        for node in plan.nodes
        for task in node.tasks
    ]


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
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    head = "  ".join(cell.ljust(width) for cell, width in zip(header, widths, strict=True))
    return "\n".join(line.rstrip() for line in [head, "  ".join("-" * width for width in widths), *lines])


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


def _resources(resources: object) -> str:
    assert hasattr(resources, "items")
    return ", ".join(f"{name}={amount:g}" for name, amount in resources.items())
