"""Runs with snapshots made by hand."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from daskflow.monitor import EdgeMetrics, Mishap, Moment, PathMetrics, RunSnapshot, TaskMetrics
from daskflow.monitor.runs import Picture, Runs
from tests.unit.monitor.snapshots import metrics, snapshot

NASTY = '<script>"alert"</script> & co'


class FakeRun:
    """Says what it was given."""

    def __init__(self, said: RunSnapshot) -> None:
        self.said = said
        self.asked: list[tuple[str, str]] = []
        self.next_picture: Picture | None = None

    @property
    def run_id(self) -> str:
        return self.said.run_id

    def latest(self) -> RunSnapshot:
        return self.said

    def picture(self, source: str, target: str) -> Picture | None:
        self.asked.append((source, target))
        return self.next_picture

    def change(self, **figures: Any) -> None:
        self.said = replace(self.said, **figures)

    def change_edge(self, source: str, target: str, **figures: Any) -> None:
        edges = dict(self.said.edges)
        edges[source, target] = replace(edges[source, target], **figures)
        self.change(edges=edges)


def chain(count: int, run_id: str = "0123456789abcdef", **figures: Any) -> FakeRun:
    """A flow in a line."""
    names = [f"node-{i}" for i in range(count)]
    return flow(names, list(itertools.pairwise(names)), run_id, **figures)


def flow(
    names: list[str], edges: list[tuple[str, str]], run_id: str = "0123456789abcdef", **figures: Any
) -> FakeRun:
    """A flow of some nodes and edges."""
    ends = (names[0], names[-1]) if names else None
    said = snapshot(
        *(metrics(name, "processor", rate=10.0, busy=0.5, process_time_s=0.05) for name in names),
        edges=tuple(EdgeMetrics(*edge, capacity=8, waiting=2, rate=10.0) for edge in edges),
        tasks=tuple(TaskMetrics(f"{name}-0", name, pid=100 + i) for i, name in enumerate(names)),
        paths={ends: PathMetrics(*ends)} if ends else {},
        **figures,
    )
    return FakeRun(replace(said, run_id=run_id))


def moment(run: FakeRun, elapsed_s: float, rate: float = 10.0) -> Moment:
    """A moment at which all nodes had a rate."""
    return Moment(elapsed_s, dict.fromkeys(run.said.nodes, rate))


def mishap(words: str, number: int = 7, traceback: str = "") -> Mishap:
    """An error."""
    return Mishap(1e9 + number, "ERROR", "node-0", "node-0-0", number, words, traceback)


def runs(*which: FakeRun) -> Runs:
    """Those."""
    all_of_them = Runs()
    for run in which:
        all_of_them.add(run)
    return all_of_them
