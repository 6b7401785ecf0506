"""Whether edges hold enough for all tasks of a node, where most messages are skipped above it."""

from __future__ import annotations

import math

from daskflow.monitor.verdict.load import FlowLoad, Load
from daskflow.plan.capacity import IN_HAND


def queue_size_for(flow: FlowLoad, load: Load, nb_tasks: int) -> tuple[int, list[str]]:
    """The `queue_size` with which so many tasks of a node have work, and the nodes that need it.

    An edge admits a window of numbers, those that were skipped included: behind a filter that passes one in
    ten a window of fifteen has work for one or two tasks, however many there are.

    Returns
    -------
    tuple of (int, list of str)
        A power of two; no nodes where the edges hold enough.
    """
    if load.part >= 1.0:
        return 0, []
    needed = math.ceil((nb_tasks + 1) / load.part)
    more = IN_HAND * (nb_tasks - load.node.nb_tasks)
    nodes = [
        target
        for (source, target), edge in flow.snapshot.edges.items()
        if load.name in (source, target) and not edge.lossy
        if edge.capacity + (more if target == load.name else 0) < needed
    ]
    return power_of_two(needed), list(dict.fromkeys(nodes))


def power_of_two(least: float) -> int:
    """The lowest one that is no less."""
    return 1 << math.ceil(math.log2(least))
