"""A part of a flow as a flow of its own, the user's nodes left as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daskflow.core.constants import BATCH
from daskflow.core.node import Node, ProducerNode
from daskflow.flow import Flow
from daskflow.replay.part import Part


def flow_of_part(part: Part, flow: Flow, producer: Callable[[int, str], ProducerNode]) -> Flow:
    """A BATCH flow in which producers stand for the parents of the part's node.

    Parameters
    ----------
    part : Part
        What to run: copies of its members are wired as they are in `flow`.
    flow : Flow
        Whose part it is; it is not changed.
    producer : callable
        Given the position of a parent among the node's parents and a free name, makes what stands for it.
    """
    names = {member.name for member in part.members}
    places: dict[Node, Node] = {}
    parents = part.node.parents or []
    for parent in part.fed:
        name = f"{parent.name}_letters"
        while name in names:
            name += "_"
        names.add(name)
        places[parent] = producer(parents.index(parent), name)
    producers = list(places.values())
    for member in part.members:
        places[member] = _unwired(member)(*(places[parent] for parent in member.parents or []))
    # Unfused, whatever is configured: a chain may lack some of its members here.
    return Flow(producers, (), BATCH, flow.name, queue_size=flow.queue_size, fuse=())


def _unwired(node: Node) -> Any:
    """A copy without a place in a graph.

    Not by ``__getstate__``, which leaves out what only the worker can do without: this copy stays here.
    """
    kind = type(node)
    copied = kind.__new__(kind)
    vars(copied).update(vars(node))
    copied._parents, copied._children, copied._module = None, {}, None
    return copied
