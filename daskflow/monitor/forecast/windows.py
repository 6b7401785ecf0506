"""Whether edges hold enough for all tasks of a node, where most messages are skipped above it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from daskflow.plan.capacity import IN_HAND


def queue_size_for(
    name: str, part: float, nb_tasks: int, more_tasks: int, edges: Mapping[tuple[str, str], int]
) -> tuple[int, list[str]]:
    """The `queue_size` with which so many tasks of a node have work, and the nodes that need it.

    An edge admits a window of numbers, those that were skipped included: behind a filter that passes one in
    ten a window of fifteen has work for one or two tasks, however many there are.

    Parameters
    ----------
    name : str
        The node.
    part : float
        Which part of the flow's messages comes to it, from 0 to 1.
    nb_tasks : int
        How many tasks it would have.
    more_tasks : int
        How many of those it has not yet.
    edges : mapping of (str, str) to int
        How many messages each edge that blocks holds now, by source and target.

    Returns
    -------
    tuple of (int, list of str)
        A power of two; no nodes where the edges hold enough.
    """
    if part >= 1.0:
        return 0, []
    needed = math.ceil((nb_tasks + 1) / part)
    more = IN_HAND * more_tasks
    nodes = [
        target
        for (source, target), capacity in edges.items()
        if name in (source, target) and capacity + (more if target == name else 0) < needed
    ]
    return power_of_two(needed), list(dict.fromkeys(nodes))


def power_of_two(least: float) -> int:
    """The lowest one that is no less."""
    return 1 << math.ceil(math.log2(least))
