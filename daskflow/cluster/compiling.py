"""From a plan to what the ledger and the tasks are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from daskflow.cluster.node_copies import pickled_copy
from daskflow.core.constants import BATCH, COMM, REALTIME
from daskflow.core.node import Node
from daskflow.core.node.caller import CallerConsumerNode
from daskflow.ledger import EdgeSpec, NodeSpec, Topology
from daskflow.options import FlowOptions
from daskflow.plan import NodePlan, Plan, TaskPlan
from daskflow.plan.recovery import ENDS, LIVE, SNAPSHOTS
from daskflow.runtime.runner import working_method
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import CALLER

CALLER_CAPACITY = 64
"""Results on their way to the caller; they wait there, in order, and are never dropped."""


CompileTask = Callable[[Plan, NodePlan, Node, TaskPlan, int], TaskSpec]


@dataclass(frozen=True, slots=True)
class CompiledRun:
    """What a run starts from.

    Attributes
    ----------
    topology : Topology
        For the ledger. The plan's nodes come first, then one node for each consumer whose results go to
        the caller: the caller takes part in the run as one more task.
    tasks : tuple of TaskSpec
        For the workers, in the order of the plan.
    deliveries : tuple of (TaskSpec, CallerConsumerNode)
        For the caller's own process.
    compile_task : callable
        Makes the specification of a further task of a node, in a changed plan, with its index.
    """

    topology: Topology
    tasks: tuple[TaskSpec, ...]
    deliveries: tuple[tuple[TaskSpec, CallerConsumerNode], ...]
    compile_task: CompileTask

    @property
    def specs(self) -> tuple[TaskSpec, ...]:
        """All of them, by index of the task."""
        return (*self.tasks, *(spec for spec, _ in self.deliveries))


def compile_run(
    plan: Plan,
    nodes: Sequence[Node],
    run_id: str,
    places: RunPlaces,
    options: FlowOptions,
    *,
    trace_sample: float = 0.0,
    is_foreign: bool = False,
) -> CompiledRun:
    """Make topology and task specifications of a plan and its nodes, which are in the plan's order.

    Raises
    ------
    FlowStateError
        A node cannot be pickled; the message names it.
    AllocationError
        A node whose task got no GPU refuses to run on the CPU.
    """
    index = {node.name: i for i, node in enumerate(plan.nodes)}
    specs = [
        NodeSpec(
            node.name,
            tuple(index[p] for p in node.parents),
            len(node.tasks),
            resumable=node.recovery != ENDS,
            keeps_snapshots=node.recovery == SNAPSHOTS,
            is_live=node.recovery == LIVE,
            max_restarts=node.policy.max_restarts or 0,
            retries=node.policy.retries,
            skips_errors=node.policy.skips_errors,
            gathers=node.batch_size > 1,
        )
        for node in plan.nodes
    ]
    edges = [
        EdgeSpec(index[e.source], index[e.target], e.capacity, e.lossy, e.inline_capacity, e.durable)
        for e in plan.edges
    ]
    compile_task = partial(
        _task_spec,
        run_id=run_id,
        places=places,
        options=options,
        trace_sample=trace_sample,
        is_foreign=is_foreign,
    )
    tasks: list[TaskSpec] = []
    for node_plan, node in zip(plan.nodes, nodes, strict=True):
        for task in node_plan.tasks:
            tasks.append(compile_task(plan, node_plan, node, task, len(tasks)))
    deliveries: list[tuple[TaskSpec, CallerConsumerNode]] = []
    for node_plan, node in zip(plan.nodes, nodes, strict=True):
        if isinstance(node, CallerConsumerNode):
            source = index[node_plan.name]
            edges.append(EdgeSpec(source, len(specs), CALLER_CAPACITY))
            position = len(tasks) + len(deliveries)
            carrier = COMM if is_foreign else options.carrier
            spec = _delivery_spec(plan, node_plan.name, run_id, position, places, carrier)
            specs.append(NodeSpec(node_plan.name + CALLER, (source,), resumable=False))
            deliveries.append((spec, node))
    topology = Topology(tuple(specs), tuple(edges), tolerates_loss=plan.flow_type == REALTIME)
    return CompiledRun(topology, tuple(tasks), tuple(deliveries), compile_task)


def _task_spec(
    plan: Plan,
    node_plan: NodePlan,
    node: Node,
    task: TaskPlan,
    index: int,
    *,
    run_id: str,
    places: RunPlaces,
    options: FlowOptions,
    trace_sample: float,
    is_foreign: bool,
) -> TaskSpec:
    """What the worker of a task is told; `index` is the ledger's for it."""
    last = {each.name: each.last for each in plan.nodes}
    is_read = any(edge.source == node_plan.name for edge in plan.edges)
    # A lone task may hold the next message already: it takes it from nobody, and in BATCH a message does not
    # grow old.
    prefetch = 1 if len(node_plan.tasks) == 1 and plan.flow_type == BATCH else 0
    return TaskSpec(
        flow_name=plan.flow_name,
        run_id=run_id,
        task=index,
        node_name=node_plan.name,
        task_name=task.name,
        task_index=task.index,
        task_count=len(node_plan.tasks),
        has_readers=is_read or isinstance(node, CallerConsumerNode),
        prefetch=prefetch,
        places=places,
        resources=task.resources,
        device=task.device,
        keeps_on_gpu=task.keeps_on_gpu,
        cpu_threads=task.cpu_threads,
        policy=node_plan.policy,
        keeps_snapshots=node_plan.recovery == SNAPSHOTS,
        method=working_method(node)[0],
        dead_letters=None if options.dead_letters is None else str(options.dead_letters),
        node=pickled_copy(node, node_plan, task, plan),
        carrier=COMM if is_foreign else options.carrier,
        is_foreign=is_foreign,
        env=task.env if is_foreign else {},
        log_level=min(map(_level_to_pass_on, node_plan.members or [node_plan.name])),
        trace_sample=trace_sample,
        part=_parts(plan)[node_plan.name] if trace_sample else "",
        parents=tuple(last[parent] for parent in node_plan.parents),
        members=node_plan.members,
        compression=node_plan.compression,
        preview=options.preview,
    )


def _delivery_spec(
    plan: Plan, name: str, run_id: str, task: int, places: RunPlaces, carrier: str
) -> TaskSpec:
    return TaskSpec(
        flow_name=plan.flow_name,
        run_id=run_id,
        task=task,
        node_name=name,
        task_name=name + CALLER,
        task_index=0,
        task_count=1,
        has_readers=False,
        prefetch=CALLER_CAPACITY,
        places=places,
        carrier=carrier,
        preview=False,  # that edge is shown nowhere: it is a part of the consumer
    )


def _parts(plan: Plan) -> dict[str, str]:
    """The connected part of the flow that each node is in, by name."""
    part_of = {node.name: node.name for node in plan.nodes}
    for node in plan.nodes:
        for parent in node.parents:
            mine, its = part_of[node.name], part_of[parent]
            part_of = {name: its if part == mine else part for name, part in part_of.items()}
    return part_of


def _level_to_pass_on(node_name: str) -> int:
    """What a node logs in its workers is logged here by the level set here; warnings are kept in any case."""
    return max(1, min(logging.getLogger(f"daskflow.{node_name}").getEffectiveLevel(), logging.WARNING))
