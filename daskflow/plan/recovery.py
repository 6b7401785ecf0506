"""How a node goes on after the process of one of its tasks has died."""

from __future__ import annotations

from dataclasses import replace

from dask.utils import parse_bytes

from daskflow.core.node import Node, ProducerNode
from daskflow.core.node.policy import Policy

FRESH = "starts afresh"
SNAPSHOTS = "restores a snapshot"
SEEKS = "seeks"
LIVE = "goes on live"
ENDS = "the run fails"
"""Nothing can take over what the process remembered."""


def recovery_of(node: Node, nb_tasks: int) -> str:
    """What a new process of one of a node's tasks does: one of the words above."""
    if isinstance(node, ProducerNode):
        # Whatever it says of itself, a fresh producer would begin at its first message again.
        return SEEKS if callable(getattr(node, "seek", None)) else LIVE if node.is_live else ENDS
    if node.keeps_snapshots and nb_tasks == 1:
        return SNAPSHOTS
    return FRESH if node.resumable else ENDS


def settled_policy(policy: Policy, name: str, max_restarts: int) -> Policy:
    """The policy of the node of this name with nothing left open: limits in numbers, memory in bytes.

    Raises
    ------
    ValueError
        The node's memory limit is no amount of memory.
    """
    limit = policy.memory_limit
    if limit is not None:
        try:
            limit = int(parse_bytes(limit))
        except (ValueError, TypeError):
            limit = 0
        if limit <= 0:
            raise ValueError(
                f"memory_limit of node {name!r} is a number of bytes or words such as '2GB', "
                f"got {policy.memory_limit!r}"
            )
    own = policy.max_restarts
    return replace(policy, memory_limit=limit, max_restarts=max_restarts if own is None else own)
