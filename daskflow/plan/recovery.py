"""How a node goes on after the process of one of its tasks has died."""

from __future__ import annotations

from dataclasses import replace

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


def settled_policy(policy: Policy, max_restarts: int) -> Policy:
    """A node's policy with nothing left open: the run's `max_restarts`, where the node says none."""
    return policy if policy.max_restarts is not None else replace(policy, max_restarts=max_restarts)
