"""How many messages each edge of a flow holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daskflow.core.constants import BATCH, REALTIME

DEFAULT_QUEUE_SIZE: Mapping[str, int] = {BATCH: 8, REALTIME: 4}
"""Messages that may wait at an input. In real time a longer queue only makes what is seen older."""

DEFAULT_INLINE_QUEUE_SIZE: Mapping[str, int] = {BATCH: 256, REALTIME: 4}
"""The same for messages that need no shared memory: many of them pass in one step, where they may wait."""

IN_HAND = 2
"""Leases that a task holds as a rule: the one it works on and the next."""

Edge = tuple[str, str]


def edge_capacities(
    nodes: Sequence[str],
    parents: Mapping[str, Sequence[str]],
    nb_tasks: Mapping[str, int],
    queue_sizes: Mapping[str, int],
    batch_sizes: Mapping[str, int],
    *,
    lossy: bool,
) -> dict[Edge, int]:
    """The capacity of each edge, by source and target.

    Parameters
    ----------
    nodes : sequence of str
        In topological order.
    parents : mapping of str to sequence of str
        The nodes that each node reads.
    nb_tasks, queue_sizes : mapping of str to int
        Of each node; a node's queue size is that of the edges into it.
    batch_sizes : mapping of str to int
        How many messages a call of each node may be for.
    lossy : bool
        Whether the edges drop (and hold only what waits, the next batch of each task at least) or block (and
        also hold what is in hand).

    Returns
    -------
    dict
        An edge beside a longer path holds as much as the path: what left the fork by the edge waits at the
        join until its sibling has come through, and must not hold the others up meanwhile.
    """
    own: dict[Edge, int] = {}
    for target in nodes:
        for source in parents[target]:
            made = nb_tasks[source] * batch_sizes[source]
            if lossy:  # what is in hand is not in the edge: the next batches are
                batches = batch_sizes[target] * nb_tasks[target] if batch_sizes[target] > 1 else 0
                own[source, target] = max(queue_sizes[target], batches) + made - 1
            else:
                in_hand = made + leases_of(batch_sizes[target]) * nb_tasks[target]
                own[source, target] = queue_sizes[target] + in_hand
    return {edge: max(size, _longest(edge, nodes, parents, own)) for edge, size in own.items()}


def leases_of(batch_size: int) -> int:
    """How many leases a task holds as a rule."""
    return max(IN_HAND, batch_size)


def _longest(
    edge: Edge, nodes: Sequence[str], parents: Mapping[str, Sequence[str]], own: Mapping[Edge, int]
) -> int:
    """The capacity of the most capacious path between the ends of an edge."""
    source, target = edge
    held = {source: 0}
    for node in nodes[nodes.index(source) + 1 : nodes.index(target) + 1]:
        ways = [held[parent] + own[parent, node] for parent in parents[node] if parent in held]
        if ways:
            held[node] = max(ways)
    return held[target]
