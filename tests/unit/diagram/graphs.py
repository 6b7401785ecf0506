"""Graphs to draw."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from daskflow.diagram.content import (
    BLOCKED,
    BUSY,
    CONSUMER,
    MOVING,
    PROCESSOR,
    PRODUCER,
    STATEFUL,
    Box,
    Diagram,
    Line,
)

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


LONG_NAMES = {
    "detector": "detect_people_and_vehicles_in_the_picture",
    "writer": "VideofileWriterWithAVeryLongNameIndeedYes",
    "boxes": "x" * 60,
    "labels": "日本語のとても長いノード名前はここにありますよ",
    "tracker": "<b>\"&amp;'\x07</b>",
}


def diagram(graph: Graph, names: Mapping[str, str] | None = None, *, has_bars: bool = False) -> Diagram:
    """A diagram of a graph, with all that can be in one; some nodes get other names."""
    names = names or {}
    sources, targets = {s for s, _ in graph[1]}, {t for _, t in graph[1]}
    boxes = []
    for i, name in enumerate(graph[0]):
        inner = STATEFUL if i % 5 == 2 else PROCESSOR
        kind = PRODUCER if name not in targets else CONSUMER if name not in sources else inner
        shares = {BUSY: 0.5, MOVING: 0.1, BLOCKED: 0.2} if has_bars else {}
        words = (kind, f"{i % 3 + 1} tasks · gpu if any")
        boxes.append(Box(names.get(name, name), kind, words, shares, is_marked=has_bars and i == 1))
    lines = [
        Line(names.get(s, s), names.get(t, t), str(8 + i), is_dashed=i % 7 == 3, fill=i % 5 / 4)
        for i, (s, t) in enumerate(graph[1])
    ]
    return Diagram("flow (batch)", boxes, lines)


DIAGRAMS = {
    "three": diagram((["a", "b", "c"], [("a", "b"), ("b", "c")])),
    "long names": diagram(CAMERAS, LONG_NAMES, has_bars=True),
    "twelve": diagram(large(12, 18)),
    "forty": diagram(large(40, 80), has_bars=True),
}
