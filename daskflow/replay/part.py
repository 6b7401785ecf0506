"""Which part of a flow a replay runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daskflow.core.node import Node


@dataclass(frozen=True, slots=True)
class Part:
    """A node with what can run below it when only its inputs are given.

    Attributes
    ----------
    node : Node
        Whose letters are fed back.
    fed : tuple of Node
        Its parents, each once: their messages are in the letters.
    members : tuple of Node
        The node and what is below it and has all its parents among `members` and `fed`, each after its
        parents.
    left_out : tuple of (Node, Node)
        What else is below it, each with the parent that keeps it out.
    """

    node: Node
    fed: tuple[Node, ...]
    members: tuple[Node, ...]
    left_out: tuple[tuple[Node, Node], ...]

    def reasons(self) -> list[str]:
        """In words, one sentence for each node that is left out."""
        out = {node for node, _ in self.left_out}
        return [
            f"{node!r} is left out: it joins with {parent!r}, which is "
            + ("left out too" if parent in out else "not replayed")
            if len(set(node.parents or ())) > 1
            else f"{node!r} is left out: it is below {parent!r}"
            for node, parent in self.left_out
        ]


def part_below(node: Node, nodes: Sequence[Node]) -> Part:
    """The part of a flow that a node's own inputs are enough for.

    Parameters
    ----------
    node : Node
        No producer.
    nodes : sequence of Node
        All nodes of the flow, each after everything it depends on.
    """
    fed = tuple(dict.fromkeys(node.parents or ()))
    members = [node]
    left_out: dict[Node, Node] = {}
    for other in nodes:
        parents = other.parents or []
        if other is node or not any(parent in members or parent in left_out for parent in parents):
            continue  # not below the node
        missing = [parent for parent in parents if parent not in members and parent not in fed]
        if missing:
            left_out[other] = missing[0]
        else:
            members.append(other)
    return Part(node, fed, tuple(members), tuple(left_out.items()))
