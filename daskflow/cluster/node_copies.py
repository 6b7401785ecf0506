"""A task's own copy of its node, pickled: with the device and the batches that the plan has given it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from daskflow.core import pickling
from daskflow.core.constants import GPU
from daskflow.core.node import BatchProcessorNode, FusedNode, Node, ProcessorNode
from daskflow.errors import AllocationError, FlowStateError
from daskflow.plan import NodePlan, Plan, TaskPlan


def pickled_copy(node: Node, node_plan: NodePlan, task: TaskPlan, plan: Plan) -> bytes:
    """The copy of a node that a task runs, as `load_node` takes it; the user's object stays as it is.

    Raises
    ------
    FlowStateError
        The node cannot be pickled; the message names it.
    AllocationError
        It refuses to run on the CPU, and the task got no GPU.
    """
    if isinstance(node, FusedNode):
        for member, name in zip(node.members, node.member_names, strict=True):
            _dumped(member, name)  # to name the one that cannot be pickled
    data = _dumped(node, task.node)
    nodes: Sequence[Node] = node.members if isinstance(node, FusedNode) else [node]
    if not any(_is_moved(each, task) or _is_batched(each, node_plan) for each in nodes):
        return data
    own: Node = pickle.loads(data)  # the task's copy: the user's object keeps its wish
    for each in own.members if isinstance(own, FusedNode) else [own]:
        if isinstance(each, BatchProcessorNode) and _is_batched(each, node_plan):
            each.change_batches(node_plan.batch_size, node_plan.max_wait_s)
        if isinstance(each, ProcessorNode) and _is_moved(each, task):
            _move(each, task, plan)
    return pickling.dumps(own)


def _dumped(node: Node, name: str) -> bytes:
    try:
        return pickling.dumps(node)
    except Exception as error:
        raise FlowStateError(
            f"node {name!r} cannot be sent to a worker, because it cannot be pickled: {error}. Open "
            "files, models, locks and connections in open(), which runs in the worker, not in __init__"
        ) from error


def _is_moved(node: Node, task: TaskPlan) -> bool:
    return isinstance(node, ProcessorNode) and node.device_type != task.device


def _is_batched(node: Node, node_plan: NodePlan) -> bool:
    wanted = node_plan.batch_size, node_plan.max_wait_s
    return isinstance(node, BatchProcessorNode) and (node.batch_size, node.max_wait_s) != wanted


def _move(node: ProcessorNode, task: TaskPlan, plan: Plan) -> None:
    try:
        node.change_device(task.device)
    except ValueError as error:
        raise AllocationError(
            f"task {task.name} of node {task.node!r} got no GPU ({task.why}) and cannot do without: "
            f"{error}. GPUs: {_given(plan)}",
            node=task.node,
            task=task.name,
        ) from error


def _given(plan: Plan) -> str:
    """Who has which GPU, for a message."""
    return ", ".join(f"gpu {t.gpu} to {t.name}" for t in plan.tasks if t.device == GPU) or "none found"
