"""Whether a result can be had once more, and whether somebody may still come to miss it."""

from __future__ import annotations

from daskflow.ledger.kept import MOST_TRIES
from daskflow.ledger.state import NodeState


def can_make(node: NodeState, number: int) -> bool:
    """Whether a node can make a result again, or is about to."""
    kept = node.kept
    if kept is None:
        return False
    if is_in_hand(node, number):
        return True
    entry = kept.inputs.get(number)
    if entry is None or kept.tries.get(number, 0) >= MOST_TRIES:
        return False
    if node.is_source:  # a process that is there is not told to go back, but the next can begin earlier
        return number >= node.next_number or not node.tasks[0].present
    return all(
        payload is not None or can_make(edge.source, number)
        for edge, payload in zip(node.edges_in, entry, strict=True)
    )


def takes_producer(node: NodeState, number: int) -> bool:
    """Whether a result can be made again, and a producer that is not there has to begin earlier for it."""
    if not can_make(node, number) or is_in_hand(node, number):
        return False
    if node.is_source:
        return True
    assert node.kept is not None
    inputs = zip(node.edges_in, node.kept.inputs[number], strict=True)
    return any(payload is None and takes_producer(edge.source, number) for edge, payload in inputs)


def may_miss(node: NodeState, number: int) -> bool:
    """Whether a node may still come to miss its input of a number, which has come to it."""
    if number not in node.resolved:
        return True
    if node.kept is not None:
        return number in node.kept.inputs
    return node.history is not None and (number in node.history.inputs or is_in_hand(node, number))


def is_in_hand(node: NodeState, number: int) -> bool:
    """Whether a task of a node works on a number, or is about to."""
    return any(number in task.leased for task in node.tasks)
