"""Profiles made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from daskflow.advice import FlowProfile, NodeProfile
from daskflow.core.histogram import Histogram

MESSAGES = 400


def node(name: str, seconds: float, *parents: str, computing: float = 0.0, **figures: Any) -> NodeProfile:
    """A node whose calls all take so long, and compute for a part of that."""
    figures.setdefault("kind", "processor" if parents else "producer")
    figures.setdefault("own_s", seconds)
    figures.setdefault("service", Histogram.of([seconds] * MESSAGES))
    figures.setdefault("cpu_s", seconds * computing)
    return NodeProfile(name, parents=parents, **figures)


def end(*parents: str, seconds: float = 0.0001) -> NodeProfile:
    return node("end", seconds, *parents, kind="consumer")


def profile(*nodes: NodeProfile, **figures: Any) -> FlowProfile:
    """Of a flow of some nodes, on eight cores."""
    named = {node.name: node for node in nodes}
    figures.setdefault("flow_type", "batch")
    figures.setdefault("cores", 8)
    figures.setdefault("rate", min(own.nb_tasks / (own.own_s * own.part) for own in nodes))
    figures.setdefault("edges", {(p, name): 11 for name, own in named.items() for p in own.parents})
    return FlowProfile("flow", nodes=named, messages=MESSAGES, span_s=10.0, **figures)


def line(
    *middle: NodeProfile, source_s: float = 0.0001, end_s: float = 0.0001, **figures: Any
) -> FlowProfile:
    """A source, some nodes one after the other, an end."""
    first, last = node("source", source_s), end(middle[-1].name, seconds=end_s)
    chained: Sequence[NodeProfile] = [
        replace(own, parents=(before,))
        for own, before in zip(middle, ["source", *(own.name for own in middle)], strict=False)
    ]
    return profile(first, *chained, last, **figures)


def work(name: str, seconds: float, **figures: Any) -> NodeProfile:
    """A processor for `line`."""
    return node(name, seconds, "before", **figures)
