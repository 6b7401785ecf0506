"""What ``daskflow explain`` says."""

from __future__ import annotations

import shutil

from daskflow.diagram.text import text_diagram
from daskflow.plan import Plan
from daskflow.plan.picture import plan_diagram

PLAIN_WIDTH = 160
"""Columns where there is no terminal that could say how wide it is, such as in a file."""


def plan_text(plan: Plan) -> str:
    """The plan with its graph: boxes and lines if the terminal is wide enough, else a list of nodes."""
    width = shutil.get_terminal_size((PLAIN_WIDTH, 0)).columns
    heading, _, tables = str(plan).partition("\n")
    return f"{heading}\n\n{text_diagram(plan_diagram(plan), width)}\n{tables}"
