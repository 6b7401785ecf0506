"""Order in a graph of nodes: what comes before what, and whether that can be said at all."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.core.node.base import Node


def has_cycle(roots: Sequence[Node]) -> bool:
    """Whether a node can be reached from itself, going down from `roots`."""
    return find_cycle(roots) is not None


def find_cycle(roots: Sequence[Node]) -> list[Node] | None:
    """The nodes of a cycle that can be reached from `roots`, in order; None where there is none."""
    finished: set[Node] = set()
    for root in roots:
        if root in finished:
            continue
        path = {root: iter(root._children)}  # in order of descent
        while path:
            node = next(reversed(path))
            child = next(path[node], None)
            if child is None:
                del path[node]
                finished.add(node)
            elif child in path:
                nodes = list(path)
                return nodes[nodes.index(child) :]
            elif child not in finished:
                path[child] = iter(child._children)
    return None


def topological_sort(roots: Sequence[Node], *, stop_below: Node | None = None) -> list[Node]:
    """All nodes reachable from `roots`, each after everything it depends on.

    Parameters
    ----------
    roots : sequence of Node
        Where to begin; in a flow, its producers.
    stop_below : Node, optional
        Do not go below this node.

    Returns
    -------
    list of Node
        Reverse post-order of a depth-first walk, so that chains stay together; children in the order of
        wiring. Only meaningful where there is no cycle.
    """
    seen: set[Node] = set()
    reverse: list[Node] = []
    for root in reversed(roots):
        if root in seen:
            continue
        seen.add(root)
        stack = [(root, _children_reversed(root, stop_below))]
        while stack:
            node, children = stack[-1]
            if not children:
                reverse.append(node)
                stack.pop()
                continue
            child = children.pop(0)
            if child not in seen:
                seen.add(child)
                stack.append((child, _children_reversed(child, stop_below)))
    return reverse[::-1]


def _children_reversed(node: Node, stop_below: Node | None) -> list[Node]:
    # Last child first: in reverse post-order the first child then follows its parent.
    return [] if node is stop_below else list(node._children)[::-1]
