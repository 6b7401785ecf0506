"""Whether nodes can run one after the other in one task, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from daskflow.core.constants import CPU, GPU
from daskflow.core.graph import GraphEngine
from daskflow.core.node import Node, ProcessorNode
from daskflow.core.node.kinds import keeps_state
from daskflow.options import NodeSettings

_FREE = ("policy", "queue_size", "gpu_share", "max_wait_s", "snapshot_every")
"""What need not be alike: a chain has one input, no GPU, one message at a time, no state; the rest of the
policy is looked at option by option."""


def why_not_alone(node: Node, own: NodeSettings) -> str:
    """Why a node can be in no chain; empty if it can."""
    if not isinstance(node, ProcessorNode):
        return f"{node!r} is a {type(node).__name__}, and only processors are fused"
    if keeps_state(node) or node.keeps_snapshots:
        return f"{node!r} keeps state, and has a task of its own"
    if own.device_type == GPU:
        return f"{node!r} wants a GPU, and a chain runs on the CPU"
    if CPU not in node.devices:
        return f"{node!r} runs on a GPU only"
    if own.batch_size > 1:
        return f"{node!r} works on {own.batch_size} messages at a time, and a chain on one"
    return ""


def why_not_after(graph: GraphEngine, settings: Mapping[str, NodeSettings], one: Node, other: Node) -> str:
    """Why a node cannot follow another in a chain; empty if it can."""
    names = graph.names
    own, before = settings[names[other]], settings[names[one]]
    reason = why_not_alone(other, own)
    if reason:
        return reason
    parents = graph.parents_of(other)
    if one not in parents:
        return f"{other!r} does not read {one!r}"
    if len(parents) > 1:
        return f"{other!r} reads {len(parents)} messages at a time; only the first of a chain may"
    if only_reader(graph, one) is not other:
        others = [names[node] for node in _readers(graph, one) if node is not other]
        return f"{', '.join(others)} read{'s' if len(others) == 1 else ''} {one!r} too"
    if own.queue_size is not None:
        return f"{other!r} has queue_size={own.queue_size}, and there is no queue inside of a chain"
    for option, value in _options_of(own).items():
        theirs = _options_of(before)[option]
        if value != theirs:
            return (
                f"{one!r} and {other!r} have different options: {option} is {theirs!r} for one and {value!r} "
                f"for the other; an override of '{one!r}+{other!r}' is for both"
            )
    return ""


def _options_of(own: NodeSettings) -> dict[str, Any]:
    """What must be alike, by the names that users know."""
    settings = [
        *((own, option) for option in fields(own)),
        *((own.policy, each) for each in fields(own.policy)),
    ]
    return {each.name: getattr(of, each.name) for of, each in settings if each.name not in _FREE}


def _readers(graph: GraphEngine, node: Node) -> list[Node]:
    return [other for other in graph.topological_sort() if node in graph.parents_of(other)]


def only_reader(graph: GraphEngine, node: Node) -> Node | None:
    """The one node that reads a node; None where there are several, or none."""
    readers = _readers(graph, node)
    return readers[0] if len(readers) == 1 else None
