"""Makes the plan of a flow."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Container, Mapping, Sequence

from daskflow.core.constants import GPU, REALTIME
from daskflow.core.graph import GraphEngine
from daskflow.core.node import (
    ConsumerNode,
    FusedNode,
    Node,
    ProcessorNode,
    ProducerNode,
)
from daskflow.core.node.kinds import keeps_state
from daskflow.core.node.surroundings import OWN_TAG
from daskflow.options import FlowOptions, NodeSettings
from daskflow.plan.allocation import Place, Wish, allocate
from daskflow.plan.capacity import DEFAULT_INLINE_QUEUE_SIZE, DEFAULT_QUEUE_SIZE, Edge, edge_capacities
from daskflow.plan.inventory import Inventory
from daskflow.plan.plan import EdgePlan, NodePlan, Plan, TaskPlan
from daskflow.plan.recovery import recovery_of, settled_policy
from daskflow.plan.residency import keeping_tasks


def build_plan(
    graph: GraphEngine,
    inventory: Inventory,
    options: FlowOptions,
    *,
    flow_name: str,
    flow_type: str,
) -> Plan:
    """Decide everything about a run that can be decided before it.

    Parameters
    ----------
    graph : GraphEngine
        The checked graph, its chains fused: see `fused_run`.
    inventory : Inventory
        What the machine, or the cluster, has.
    options : FlowOptions
        What holds for this run, and for each of the nodes.
    flow_name, flow_type : str
        Of the flow.

    Raises
    ------
    ValueError
        An option of a node makes no sense; the message names both.
    """
    nodes, names, parents = graph.topological_sort(), graph.names, _parents_by_name(graph)
    settings = options.nodes
    places = allocate([_wish(node, names[node], settings[names[node]]) for node in nodes], inventory.gpus)
    by_name = {names[node]: own for node, own in zip(nodes, places, strict=True)}
    keeping = keeping_tasks(by_name, parents) if inventory.gpu_ipc else set()
    threads = options.cpu_threads or _threads_each(list(settings.values()), inventory)
    plans = tuple(
        _node_plan(
            node,
            names[node],
            parents[names[node]],
            by_name[names[node]],
            inventory,
            options,
            threads,
            keeping,
        )
        for node in nodes
    )
    _warn_of_few_cores(plans, inventory)
    return Plan(flow_name, flow_type, plans, edge_plans(parents, _nb_tasks(options), options, flow_type))


def edge_plans(
    parents: Mapping[str, Sequence[str]], nb_tasks: Mapping[str, int], options: FlowOptions, flow_type: str
) -> tuple[EdgePlan, ...]:
    """The edges between nodes by name, in topological order, with these parents and so many tasks."""
    full, inline = (
        _capacities(parents, nb_tasks, options, flow_type, defaults[flow_type])
        for defaults in (DEFAULT_QUEUE_SIZE, DEFAULT_INLINE_QUEUE_SIZE)
    )
    lossy = flow_type == REALTIME
    return tuple(
        EdgePlan(*edge, capacity, lossy, inline[edge], _is_durable(edge[1], options))
        for edge, capacity in full.items()
    )


def _is_durable(target: str, options: FlowOptions) -> bool:
    own = options.nodes[target].durable
    return options.durable if own is None else own


def graph_capacities(graph: GraphEngine, flow_type: str, options: FlowOptions) -> dict[Edge, int]:
    """The capacity of each edge of a graph, by the names of source and target.

    Parameters
    ----------
    graph : GraphEngine
        The checked graph.
    flow_type : str
        Of the flow.
    options : FlowOptions
        What holds for the flow and its nodes.
    """
    default = DEFAULT_QUEUE_SIZE[flow_type]
    return _capacities(_parents_by_name(graph), _nb_tasks(options), options, flow_type, default)


def _parents_by_name(graph: GraphEngine) -> dict[str, list[str]]:
    names = graph.names
    return {
        names[node]: [names[parent] for parent in graph.parents_of(node)] for node in graph.topological_sort()
    }


def _nb_tasks(options: FlowOptions) -> dict[str, int]:
    return {name: own.nb_tasks for name, own in options.nodes.items()}


def _capacities(
    parents: Mapping[str, Sequence[str]],
    nb_tasks: Mapping[str, int],
    options: FlowOptions,
    flow_type: str,
    default: int,
) -> dict[Edge, int]:
    """By source and target; `default` messages wait where neither node nor flow says."""
    default = options.queue_size or default
    settings = options.nodes
    return edge_capacities(
        list(parents),
        parents,
        nb_tasks,
        {name: own.queue_size or default for name, own in settings.items()},
        {name: own.batch_size for name, own in settings.items()},
        lossy=flow_type == REALTIME,
    )


def _node_plan(
    node: Node,
    name: str,
    parents: Sequence[str],
    places: Sequence[Place],
    inventory: Inventory,
    options: FlowOptions,
    threads: int,
    keeping: Container[tuple[str, int]],
) -> NodePlan:
    own = options.nodes[name]
    encodes = isinstance(node, ConsumerNode) and node.encodes_on_gpu and not inventory.is_of_cluster
    encodes_on = inventory.gpus[0].visible_as if encodes and inventory.gpus else None
    return NodePlan(
        name=name,
        kind=node_kind(node),
        parents=tuple(parents),
        members=node.member_names if isinstance(node, FusedNode) else (),
        recovery=recovery_of(node, own.nb_tasks),
        policy=settled_policy(own.policy, options.max_restarts),
        batch_size=own.batch_size,
        max_wait_s=own.max_wait_s,
        compression=own.compression,
        tasks=tuple(
            TaskPlan(
                name=f"{name}-{i}",
                node=name,
                index=i,
                device=place.device,
                why=place.why if encodes_on is None else f"{place.why}, may encode on gpu {encodes_on}",
                resources=task_resources(f"{name}-{i}", place, own),
                gpu=encodes_on if place.gpu is None else inventory.gpus[place.gpu].visible_as,
                cpu_threads=own.cpu_threads or threads,
                env=own.env,
                host=own.host,
                workers=own.workers,
                keeps_on_gpu=(name, i) in keeping,
            )
            for i, place in enumerate(places)
        ),
    )


def task_resources(name: str, place: Place, settings: NodeSettings) -> dict[str, float]:
    """Dask resources of a task's worker: its own tag first, by which the task is bound to it."""
    gpu = {"GPU": place.share} if place.share else {}
    return {f"{OWN_TAG}{name}": 1.0, **gpu, **settings.resources}


def node_kind(node: Node) -> str:
    """What a node is, in a word or two."""
    if isinstance(node, ProducerNode):
        return "producer"
    if isinstance(node, ConsumerNode):
        return "consumer"
    return "stateful processor" if keeps_state(node) else "processor"


def _wish(node: Node, name: str, own: NodeSettings) -> Wish:
    if not isinstance(node, ProcessorNode):
        return Wish(name, own.nb_tasks)
    return Wish(name, own.nb_tasks, own.device_type == GPU, GPU in node.devices, own.gpu_share)


def _threads_each(nodes: Sequence[NodeSettings], inventory: Inventory) -> int:
    """How many threads each task gets whose node does not say: its part of the cores that are left."""
    said = sum(node.nb_tasks * node.cpu_threads for node in nodes if node.cpu_threads is not None)
    others = sum(node.nb_tasks for node in nodes if node.cpu_threads is None)
    each = max(1, (inventory.cores - said) // max(1, others))
    return each if inventory.host_cores is None else min(each, inventory.host_cores)


def _warn_of_few_cores(plans: Sequence[NodePlan], inventory: Inventory) -> None:
    replicated = [plan for plan in plans if len(plan.tasks) > 1]
    tasks = sum(len(plan.tasks) for plan in replicated)
    is_empty = inventory.is_of_cluster and inventory.host_cores is None  # that, the placement says
    if tasks > inventory.cores and not is_empty:
        names = ", ".join(f"{plan.name} ({len(plan.tasks)})" for plan in replicated)
        warnings.warn(
            f"{tasks} tasks of replicated nodes on {inventory.cores} cores: {names}; more than that "
            "helps only where they wait rather than compute",
            stacklevel=_levels_to_the_user(),
        )


def _levels_to_the_user() -> int:
    """How far up the caller of daskflow is, so that a warning points at a line of theirs."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("daskflow."):
        level, frame = level + 1, frame.f_back
    return level
