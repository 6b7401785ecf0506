"""What ``daskflow explain`` says."""

from __future__ import annotations

import shutil
from pathlib import Path

from daskflow.cli.complaints import NothingToShow, UsageProblem
from daskflow.diagram.text import text_diagram
from daskflow.errors import ClusterError
from daskflow.flow import Flow
from daskflow.options.flow_options import Overrides
from daskflow.options.gpus import Gpus
from daskflow.plan import Plan
from daskflow.plan.picture import plan_diagram

PLAIN_WIDTH = 160
"""Columns where there is no terminal that could say how wide it is, such as in a file."""


def plan_of(
    flow: Flow, gpus: Gpus, overrides: Overrides, cluster: str | None = None, tasks_per_worker: int = 1
) -> Plan:
    """The plan of a run; on an existing cluster with the workers that its tasks would be on.

    Raises
    ------
    UsageProblem
        What is asked for makes no sense.
    NothingToShow
        The scheduler gives no answer, or its workers cannot take the flow.
    """
    try:
        return flow.plan(cluster=cluster, tasks_per_worker=tasks_per_worker, gpus=gpus, overrides=overrides)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    except ClusterError as error:
        raise NothingToShow(str(error)) from error


def plan_text(plan: Plan) -> str:
    """The plan with its graph: boxes and lines if the terminal is wide enough, else a list of nodes."""
    width = shutil.get_terminal_size((PLAIN_WIDTH, 0)).columns
    heading, _, tables = str(plan).partition("\n")
    return f"{heading}\n\n{text_diagram(plan_diagram(plan), width)}\n{tables}"


def save_picture(flow: Flow, file: Path, overrides: Overrides) -> None:
    """Draw the flow, as it is with these overrides, to a file.

    Raises
    ------
    UsageProblem
        The file's name does not say what it should be, or it cannot be written.
    """
    try:
        flow.visualize(file, overrides=overrides)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    except OSError as error:
        raise UsageProblem(f"{file} cannot be written: {error.strerror}") from error
