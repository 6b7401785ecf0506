"""Runs made by hand, for what draws them."""

from __future__ import annotations

import io
import itertools
from typing import Any

from rich.console import Console, RenderableType

from daskflow.core.histogram import Histogram
from daskflow.monitor import EdgeMetrics, PathMetrics, RunSnapshot, TaskMetrics
from tests.unit.monitor.snapshots import metrics, snapshot

LONG = "bounding_box_annotator_of_the_left_half"


def run_of(count: int, *, tasks_each: int = 1, name: str = "people", **figures: Any) -> RunSnapshot:
    """A chain of so many nodes, of which the one in the middle is the busiest; all names but two are long."""
    names = ["reader", *(f"{LONG}_{i}" for i in range(count - 2)), "writer"]
    kinds = ["producer", *["processor"] * (count - 2), "consumer"]
    slowest = count // 2
    nodes = [
        metrics(
            node, kind, nb_tasks=tasks_each, received=500, emitted=500, rate=25.25,
            busy=0.98 if i == slowest else 0.02 + i / 100, copying=0.01, blocked=0.005, starved=0.005,
            process_time_s=0.0375, possible_rate=26.7, cpu=1.02,
        )
        for i, (node, kind) in enumerate(zip(names, kinds, strict=True))
    ]  # fmt: skip
    tasks = [
        TaskMetrics(f"{node}-{k}", node, "cpu", "working", 4711, 0, 500, 1, 0.5, 0.9, 123_000_000)
        for node in names
        for k in range(tasks_each)
    ]
    edges = [EdgeMetrics(a, b, 8, waiting=7) for a, b in itertools.pairwise(names)]
    latency = Histogram.of([0.05] * 20)
    made = snapshot(
        *nodes,
        elapsed_s=83.0,
        edges=tuple(edges),
        tasks=tuple(tasks),
        paths={("reader", "writer"): PathMetrics("reader", "writer", latency, latency)},
        total=795,
        **figures,
    )
    return RunSnapshot(**{**{f: getattr(made, f) for f in made.__slots__}, "flow_name": name})


def lines_of(
    shown: RenderableType, width: int, height: int = 25, *, encoding: str = "utf-8", colour: bool = False
) -> list[str]:
    """What a terminal of that size shows."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    console = Console(
        file=file,
        width=width,
        height=height,
        force_terminal=colour,
        color_system="standard" if colour else None,
    )
    console.print(shown)
    file.seek(0)
    return file.read().splitlines()
