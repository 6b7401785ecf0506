"""What a sweep is, and where it ran: what ``sweep.json`` says."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import fields
from inspect import unwrap
from pathlib import Path
from typing import Any

from daskflow.experiments.bench.machine import machine_facts
from daskflow.flow import Flow

Description = dict[str, Any]
"""As JSON says it."""

VERSIONS = ("python", "numpy", "dask", "distributed", "daskflow")
"""Of what the versions are told apart from the other facts about the machine."""

IDENTITY = ("name", "grid", "warmup_messages", "metrics", "seed", "limits")
"""What makes two sweeps the same, so that one can go on where the other ended. More repeats may be added."""

GIT_S = 10.0
"""How long git may take to answer, in seconds."""


def describe(
    flow: Flow,
    build_flow: Callable[..., Flow],
    *,
    name: str,
    grid: Mapping[str, list[Any]],
    repeats: int,
    warmup_messages: int,
    metrics: list[str],
    seed: int,
    limits: Mapping[str, Any],
) -> Description:
    """All of it; asks git, and reads the machine's facts.

    Parameters
    ----------
    flow : Flow
        That of the first setting, whose options are told.
    build_flow : callable
        The function; the commit is that of its file.
    name, grid, repeats, warmup_messages, metrics, seed, limits
        What the sweep was told.
    """
    facts = machine_facts()
    facts.pop("date")
    versions = {key: facts.pop(key) for key in VERSIONS}
    return {
        "name": name,
        "grid": dict(grid),
        "repeats": repeats,
        "warmup_messages": warmup_messages,
        "metrics": metrics,
        "seed": seed,
        "created_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": facts,
        "versions": versions,
        "commit": commit_of(source_of(build_flow)),
        "options": {**limits, **json.loads(json.dumps(options_of(flow)))},
    }


def options_of(flow: Flow) -> dict[str, Any]:
    """What holds for a flow and its nodes where no setting says otherwise, without their environment."""
    options = flow.options()
    own = {f.name: getattr(options, f.name) for f in fields(options) if f.name != "nodes"}
    own["dead_letters"] = None if options.dead_letters is None else str(options.dead_letters)
    own["flow_type"] = flow.flow_type
    nodes = {
        name: {
            "nb_tasks": node.nb_tasks,
            "device_type": node.device_type,
            "cpu_threads": node.cpu_threads,
            "queue_size": node.queue_size,
            "batch_size": node.batch_size,
        }
        for name, node in options.nodes.items()
    }
    return {"flow": own, "nodes": nodes}


def source_of(build_flow: Callable[..., Flow]) -> Path | None:
    """The file that a function was written in, or that it says it executes; None where there is none."""
    executed = getattr(build_flow, "flow_file", None)
    if isinstance(executed, Path):
        return executed
    code = getattr(unwrap(getattr(build_flow, "func", build_flow)), "__code__", None)
    path = Path(code.co_filename) if code is not None else None
    return path if path is not None and path.is_file() else None


def commit_of(file: Path | None) -> str | None:
    """The commit of a file's git repository, with ``-dirty`` where the file or anything tracked has changed.

    None where there is no file, no repository, or no git.
    """
    if file is None:
        return None
    head = _git(file, "rev-parse", "HEAD")
    if head is None:
        return None
    # Files that git does not know are of no concern, unless it is this one.
    changes = [_git(file, "status", "--porcelain", *what) for what in (("-uno",), ("--", file.name))]
    return head + ("-dirty" if any(changes) else "")


def _git(file: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=file.parent, capture_output=True, text=True, timeout=GIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
