"""Snapshots of flows in a steady state, by a simple model: each node does what the slowest lets it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import EdgeMetrics, MachineMetrics
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from tests.unit.monitor.snapshots import alike

SPAN_S = 100.0


@dataclass(frozen=True)
class Station:
    """A node: how long it takes for a message, of how many it makes something; for which parts of that it
    computes, copies, or waits for a core."""

    name: str
    seconds: float
    nb_tasks: int = 1
    kind: str = "processor"
    gives: float = 1.0
    computing: float = 0.0
    copying: float = 0.0
    queued: float = 0.0
    device: str = "cpu"


def chain(*stations: Station) -> list[tuple[str, str]]:
    return [(a.name, b.name) for a, b in pairwise(stations)]


def steady(
    stations: Sequence[Station],
    edges: Sequence[tuple[str, str]] | None = None,
    *,
    cores: int = 64,
    lost: Mapping[str, float] | None = None,
    **figures: Any,
) -> RunSnapshot:
    """A run of stations, in topological order; by default each reads the one before it.

    `lost` says which part of its time a node waits for the ledger, rather than for others.
    """
    edges = chain(*stations) if edges is None else edges
    by_name = {station.name: station for station in stations}
    parents = {name: [a for a, b in edges if b == name] for name in by_name}
    parts: dict[str, float] = {}
    for name in by_name:
        parts[name] = min([parts[p] * by_name[p].gives for p in parents[name]], default=1.0)
    rate = min(s.nb_tasks / s.seconds / parts[s.name] for s in stations)
    rate *= 1.0 - max((lost or {}).values(), default=0.0)
    slowest = min(stations, key=lambda s: s.nb_tasks / s.seconds / parts[s.name])
    above = _above(slowest.name, parents)
    nodes = {}
    for station in stations:
        done = rate * parts[station.name]
        busy = min(1.0, done * station.seconds / station.nb_tasks)
        idle = 1.0 - busy - (lost or {}).get(station.name, 0.0)
        is_blocked = station.name in above or not parents[station.name]
        nodes[station.name] = _node(
            station, done, busy, idle, is_blocked, (lost or {}).get(station.name, 0.0)
        )
    cpu = sum(node.recent.cpu for node in nodes.values())
    figures.setdefault("machine", MachineMetrics(cores=cores, cpu=min(cores, cpu + 0.1), flow_cpu=cpu))
    full = {edge: is_full(edge, slowest.name, above) for edge in edges}
    return RunSnapshot(
        "flow",
        "run",
        SPAN_S,
        nodes,
        edges={
            edge: EdgeMetrics(*edge, capacity=11, waiting=9 if full[edge] else 0, rate=rate) for edge in edges
        },
        **figures,
    )


def is_full(edge: tuple[str, str], slowest: str, above: set[str]) -> bool:
    return edge[1] == slowest or edge[1] in above


def _above(name: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    found = set(parents[name])
    for parent in parents[name]:
        found |= _above(parent, parents)
    return found


def _node(
    station: Station, done: float, busy: float, idle: float, is_blocked: bool, wire: float
) -> NodeMetrics:
    count = round(done * SPAN_S)
    activity = Activity(
        span_s=SPAN_S,
        rate=done,
        possible_rate=station.nb_tasks / station.seconds,
        busy=busy * (1.0 - station.copying),
        copying=busy * station.copying,
        wire=wire,
        blocked=idle if is_blocked else 0.0,
        starved=0.0 if is_blocked else idle,
        queued=busy * station.queued,
        cpu=busy * station.nb_tasks * station.computing,
        process_time=alike(station.seconds, count),
    )
    given = round(count * station.gives)
    return NodeMetrics(
        station.name,
        station.kind,
        nb_tasks=station.nb_tasks,
        device=station.device,
        received=0 if station.kind == "producer" else count,
        emitted=0 if station.kind == "consumer" else given,
        skipped=count - given,
        whole=activity,
        recent=activity,
    )


def changed(snapshot: RunSnapshot, name: str, **figures: Any) -> RunSnapshot:
    """The same, with other figures in the activity of a node."""
    node = snapshot.nodes[name]
    activity = replace(node.recent, **figures)
    node = replace(node, whole=activity, recent=activity)
    return replace(snapshot, nodes={**snapshot.nodes, name: node})
