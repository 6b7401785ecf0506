"""Which nodes a node reads, and which come before it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from daskflow.monitor.snapshot import RunSnapshot

Parents = Mapping[str, tuple[str, ...]]
"""The nodes that each node reads, nodes in topological order."""


def parents_of(snapshot: RunSnapshot) -> Parents:
    """By the edges; without any, each node but a producer reads the one before it."""
    nodes = snapshot.nodes
    edges = [edge for edge in snapshot.edges if edge[0] in nodes and edge[1] in nodes]
    if not edges:
        edges = [(a, b) for a, b in pairwise(nodes) if nodes[b].kind != "producer"]
    return {name: tuple(source for source, target in edges if target == name) for name in nodes}


def ancestors(parents: Parents, name: str) -> set[str]:
    """All nodes before one."""
    found: set[str] = set()
    pending = list(parents[name])
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending.extend(parents[node])
    return found


def components(parents: Parents) -> list[list[str]]:
    """The parts of a flow that have nothing to do with each other, each in topological order."""
    part = {name: name for name in parents}

    def root(name: str) -> str:
        while part[name] != name:
            name = part[name]
        return name

    for name, sources in parents.items():
        for source in sources:
            part[root(source)] = root(name)
    groups: dict[str, list[str]] = {}
    for name in parents:
        groups.setdefault(root(name), []).append(name)
    return list(groups.values())
