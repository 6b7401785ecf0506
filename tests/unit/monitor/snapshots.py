"""Snapshots made by hand."""

from __future__ import annotations

from typing import Any

from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot

_ZEROS: dict[str, Any] = dict.fromkeys(
    [
        "received",
        "emitted",
        "skipped",
        "dropped",
        "failed",
        "voided",
        "in_flight",
        "waiting",
        "stored",
        "forwards",
        "steps",
        "tellings",
        "restarts",
        "gaps",
    ],
    0,
) | dict.fromkeys(["process_time_s", "rate", "busy", "blocked", "starved"], 0.0)


def metrics(name: str, kind: str, **figures: Any) -> NodeMetrics:
    return NodeMetrics(name=name, kind=kind, **{"nb_tasks": 1, **_ZEROS, **figures})


def snapshot(*nodes: NodeMetrics, elapsed_s: float = 1.0) -> RunSnapshot:
    return RunSnapshot("flow", "run", elapsed_s, {node.name: node for node in nodes})
