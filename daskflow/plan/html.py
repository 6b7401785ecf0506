"""A plan as a notebook shows it."""

from __future__ import annotations

from daskflow.diagram.html import folded_html, line_html, picture_html, table_html
from daskflow.plan.picture import plan_diagram
from daskflow.plan.placement.placement import PLACE_COLUMNS
from daskflow.plan.plan import Plan
from daskflow.plan.table import (
    EDGE_COLUMNS,
    TASK_COLUMNS,
    edge_rows,
    fused_lines,
    heading,
    memory_words,
    task_rows,
)


def plan_html(plan: Plan) -> str:
    """The graph, and tables of tasks and edges that unfold."""
    return "".join(
        [
            line_html(heading(plan), is_bold=True),
            picture_html(plan_diagram(plan)),
            folded_html("tasks", table_html(TASK_COLUMNS, task_rows(plan), {"threads"})),
            folded_html("edges", table_html(EDGE_COLUMNS, edge_rows(plan), {"capacity"})),
            line_html(memory_words(plan)),
            *map(line_html, fused_lines(plan)),
            *_placement(plan),
        ]
    )


def _placement(plan: Plan) -> list[str]:
    if plan.placement is None:
        return []
    table = table_html(PLACE_COLUMNS, plan.placement.rows())
    return [line_html(plan.placement.heading()), folded_html("places", table)]
