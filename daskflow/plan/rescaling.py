"""A plan for another number of tasks, while those that are there stay as they are."""

from __future__ import annotations

from dataclasses import replace

from daskflow.core.constants import GPU
from daskflow.errors import ScalingError
from daskflow.options import FlowOptions, NodeSettings
from daskflow.options.naming import nearest
from daskflow.plan.allocation import Place, Wish, allocate_more
from daskflow.plan.build import edge_plans, task_resources
from daskflow.plan.inventory import Inventory
from daskflow.plan.plan import NodePlan, Plan, TaskPlan
from daskflow.plan.recovery import FRESH

REASONS = {
    "producer": "is a producer, which runs as one task: two would give two streams",
    "consumer": "is a consumer, which runs as one task, in order",
    "stateful processor": "keeps state, which cannot be split over tasks: it runs as one",
}
"""Why a node of a kind cannot be scaled."""


def rescaled(
    plan: Plan,
    options: FlowOptions,
    inventory: Inventory,
    name: str,
    nb_tasks: int,
    *,
    supports_gpu: bool = True,
) -> Plan:
    """The plan with another number of tasks for a node.

    Parameters
    ----------
    plan : Plan
        What runs.
    options : FlowOptions
        By which it was planned.
    inventory : Inventory
        What the machine has.
    name : str
        Of the node, or of a member of a fused chain, which stands for the chain.
    nb_tasks : int
        How many tasks it is to have, at least one.
    supports_gpu : bool, default True
        Whether the node's code can run on a GPU.

    Returns
    -------
    Plan
        Tasks that are there stay where they are; those that join take what GPUs are left, and those with the
        highest index leave. The edges hold what they would hold had the flow been started so.

    Raises
    ------
    ScalingError
        There is no such node, or it cannot be scaled; the message says why.
    """
    node = scalable(plan, name)
    kept = node.tasks[:nb_tasks]
    settings = options.nodes[node.name]
    wish = Wish(node.name, nb_tasks, settings.device_type == GPU, supports_gpu, settings.gpu_share)
    joining = range(len(kept), nb_tasks)
    tasks = (*kept, *_joining(plan, settings, inventory, node, wish, joining))
    changed = replace(node, tasks=tasks)
    nodes = tuple(changed if each is node else each for each in plan.nodes)
    parents = {each.name: each.parents for each in nodes}
    counts = {each.name: len(each.tasks) for each in nodes}
    return replace(plan, nodes=nodes, edges=edge_plans(parents, counts, options, plan.flow_type))


def scalable(plan: Plan, name: str) -> NodePlan:
    """The node of this name, which can be scaled; of a member of a fused chain, the chain.

    Raises
    ------
    ScalingError
        It cannot, or there is none; the message says why.
    """
    by_name = {name: node for node in plan.nodes for name in (node.name, *node.members)}
    if name not in by_name:
        raise ScalingError(f"the flow has no node {name!r}{nearest(name, list(by_name))}")
    node = by_name[name]
    if node.kind in REASONS:
        raise ScalingError(f"node {name!r} {REASONS[node.kind]}")
    if node.recovery != FRESH:
        raise ScalingError(f"node {name!r} stores snapshots of its state, and so runs as one task")
    return node


def _joining(
    plan: Plan,
    settings: NodeSettings,
    inventory: Inventory,
    node: NodePlan,
    wish: Wish,
    indices: range,
) -> list[TaskPlan]:
    if not indices:
        return []
    taken = [(task.node, task.gpu, task.resources.get("GPU", 0.0)) for task in plan.tasks]
    places = allocate_more(replace(wish, nb_tasks=len(indices)), inventory.gpus, taken)
    _refuse_blind(plan, inventory, node, places)
    return [
        replace(
            node.tasks[0],
            name=f"{node.name}-{i}",
            index=i,
            device=place.device,
            why=place.why,
            resources=task_resources(f"{node.name}-{i}", place, settings),
            gpu=None if place.gpu is None else inventory.gpus[place.gpu].visible_as,
            keeps_on_gpu=False,  # its readers may come to be on another device
        )
        for i, place in zip(indices, places, strict=True)
    ]


def _refuse_blind(plan: Plan, inventory: Inventory, node: NodePlan, places: list[Place]) -> None:
    """Refuse tasks that could not read what the nodes before them leave on a GPU."""
    parents = [task for each in plan.nodes if each.name in node.parents for task in each.tasks]
    keeping = {task.gpu for task in parents if task.keeps_on_gpu}
    for place in places:
        gpu = None if place.gpu is None else inventory.gpus[place.gpu].visible_as
        if keeping - {gpu}:
            where = ", ".join(sorted(map(str, keeping)))
            raise ScalingError(
                f"a further task of node {node.name!r} would run on {place.why}, and what it reads stays in "
                f"the memory of gpu {where}: start the flow with more tasks, or with daskflow.gpu-ipc: False"
            )
