"""Starts a run on an existing cluster."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Sequence

from daskflow.cluster.compiling import compile_run
from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.cluster.foreign.order import RunOrder
from daskflow.cluster.foreign.roster import own_versions
from daskflow.cluster.foreign.run import ForeignRun
from daskflow.cluster.tracing import chosen_tracing
from daskflow.core.constants import GPU
from daskflow.core.node import Node, ProcessorNode
from daskflow.errors import AllocationError, ClusterError, DaskflowError, FlowStateError
from daskflow.monitor.figures import flow_length
from daskflow.options import FlowOptions
from daskflow.plan import Plan
from daskflow.plan.placement import Supply
from daskflow.runtime.limits import has_limit
from daskflow.transport.places import RunPlaces

logger = logging.getLogger("daskflow.cluster")

MOST_NAMED = 8
"""Workers that a warning names."""


def start_on(
    cluster: ExistingCluster,
    plan: Plan,
    nodes: Sequence[Node],
    options: FlowOptions,
    *,
    is_detached: bool = False,
    tasks_per_worker: int = 1,
) -> ForeignRun:
    """Start a run, and return once its nodes are loaded in their workers. Blocks.

    Parameters
    ----------
    cluster : ExistingCluster
        The way to the scheduler; closed at the end of the run, or where this fails.
    plan : Plan
        What runs.
    nodes : sequence of Node
        In the plan's order.
    options : FlowOptions
        By which it was planned.
    is_detached : bool
        Whether it goes on without this program.
    tasks_per_worker : int
        How many tasks a worker may be given.

    Raises
    ------
    FlowStateError
        A node cannot be pickled; or it is to outlive this program, and hands results to it.
    AllocationError
        A node only runs on a GPU, and too few workers have the resource ``GPU``.
    PlacementError
        The workers cannot take the tasks.
    ClusterError
        A node could not be loaded in a worker.
    """
    run_id = secrets.token_hex(10)
    places = RunPlaces.of_run(run_id)  # each task finds those of its own host
    sample = chosen_tracing().sample
    try:
        compiled = compile_run(plan, nodes, run_id, places, options, trace_sample=sample, is_foreign=True)
    except AllocationError as error:
        raise _with_remedy(error, plan, options, cluster.address) from None
    if is_detached and compiled.deliveries:
        names = ", ".join(spec.node_name for spec, _ in compiled.deliveries)
        raise FlowStateError(
            f"node {names} hands its results to this program, which a detached flow outlives: use a consumer "
            "that writes them, or run without detach"
        )
    by_name = zip(plan.nodes, nodes, strict=True)
    order = RunOrder(
        run_id=run_id,
        plan=plan,
        topology=compiled.topology,
        tasks=compiled.tasks,
        deliveries=tuple(spec for spec, _ in compiled.deliveries),
        options=options,
        scalable_on_gpu=frozenset(
            planned.name
            for planned, node in by_name
            if isinstance(node, ProcessorNode) and GPU in node.devices
        ),
        total=flow_length(nodes),
        caller="" if is_detached else cluster.client_id,
        tasks_per_worker=tasks_per_worker,
        versions=own_versions(),
    )
    _warn_of_limits(cluster, plan)
    try:
        cluster.begin(order)
    except KeyboardInterrupt:  # it may have begun, and one that is detached would go on
        with contextlib.suppress(DaskflowError):
            cluster.tell(run_id, "stop", False)
        raise
    run = ForeignRun(cluster, run_id, plan.flow_name, is_detached=is_detached)
    try:
        run.deliver(compiled.deliveries)
        run.wait_for_tasks()
    except BaseException:
        with contextlib.suppress(ClusterError):  # the scheduler may be gone
            run.stop(drain=False)
        run.wait()
        raise
    return run


def _with_remedy(error: AllocationError, plan: Plan, options: FlowOptions, scheduler: str) -> AllocationError:
    """The same, with the command line that would start what is missing."""
    without = sum(task.device != GPU for task in plan.tasks if task.node == error.node)
    new = Supply(without, (("GPU", options.nodes[error.node].gpu_share),))
    words = f"{error}\n\nThis would start what is missing:\n\n    {new.command(scheduler)}"
    return AllocationError(words, node=error.node, task=error.task)


def _warn_of_limits(cluster: ExistingCluster, plan: Plan) -> None:
    """Say which workers are lost for good where limits of nodes are kept to."""
    limited = [node.name for node in plan.nodes if has_limit(node.policy)]
    workers = cluster.inventory()[0] if limited else []
    # Those in the scheduler's own process are not killed; they say so themselves.
    alone = [each.name for each in workers if not (each.has_nanny or each.address.startswith("inproc:"))]
    if alone:
        logger.warning(
            "a process that goes beyond process_timeout_s or memory_limit of node %s is killed, and nobody "
            "starts it anew where its worker has no nanny: %s. Start workers without --no-nanny",
            ", ".join(limited), ", ".join(alone[:MOST_NAMED]) + ", …" * (len(alone) > MOST_NAMED),
        )  # fmt: skip
