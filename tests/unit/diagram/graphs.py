"""Graphs to draw."""

from __future__ import annotations

from random import Random

Graph = tuple[list[str], list[tuple[str, str]]]

CHAIN: Graph = (["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("c", "d")])
DIAMOND: Graph = (["a", "b", "c", "d"], [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
SKIP: Graph = (CHAIN[0], [*CHAIN[1], ("a", "d")])
CAMERAS: Graph = (
    ["reader", "detector", "tracker", "boxes", "labels", "counter", "writer", "rows", "alarm"],
    [
        ("reader", "detector"),
        ("detector", "tracker"),
        ("reader", "boxes"),
        ("tracker", "boxes"),
        ("boxes", "labels"),
        ("tracker", "labels"),
        ("tracker", "counter"),
        ("labels", "writer"),
        ("counter", "rows"),
        ("counter", "alarm"),
    ],
)


def large(count: int, edges: int, seed: int = 0) -> Graph:
    """A graph without cycles, whose edges are mostly short, as in flows."""
    random = Random(seed)
    nodes = [f"node_{i}" for i in range(count)]
    found: dict[tuple[str, str], None] = {}
    for i in range(1, count):
        found[nodes[random.randint(max(0, i - 4), i - 1)], nodes[i]] = None
    while len(found) < min(edges, count * (count - 1) // 2):
        source, target = sorted(random.sample(range(count), 2))
        if target - source < 12 or random.random() < 0.2 or count < 12:
            found[nodes[source], nodes[target]] = None
    random.shuffle(nodes)
    return nodes, list(found)
