"""What ``daskflow workers`` says."""

from __future__ import annotations

from typing import Any

from daskflow.cli.clusters import cluster_at
from daskflow.cli.complaints import UsageProblem
from daskflow.cluster.foreign.planning import inventory_of, with_places
from daskflow.errors import PlacementError
from daskflow.flow import Flow
from daskflow.options import FlowOptions
from daskflow.plan import Gpu, Inventory, Plan
from daskflow.plan.placement import SCHEDULER, deployed, needs_of, supplies_for


def workers_text(flow: Flow, address: str | None, tasks_per_worker: int, overrides: Any) -> str:
    """The workers that a flow needs, and how they are started; of a cluster, whether it has them.

    Raises
    ------
    UsageProblem
        What is asked for makes no sense.
    NothingToShow
        The scheduler gives no answer.
    """
    try:
        options = flow.options(overrides=overrides)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    plan = _wished(flow, options)
    said = [_those_there(flow, options, address, tasks_per_worker), ""] if address is not None else []
    supplies = supplies_for(needs_of(plan).values())
    said.append(f"flow {plan.flow_name} has {len(plan.tasks)} tasks, each for a worker of its own:")
    for who, lines in deployed(supplies, plan.flow_name, address or SCHEDULER):
        said += ["", who, *(f"    {line}" for line in lines)]
    return "\n".join(said)


def _wished(flow: Flow, options: FlowOptions) -> Plan:
    """The plan of a flow whose every wish for a GPU is granted."""
    tasks = sum(own.nb_tasks for own in options.nodes.values())
    # As many as there are tasks, each for one alone.
    gpus = tuple(Gpu(str(i), most_tasks=1) for i in range(tasks))
    return flow._planned(options, Inventory(cores=tasks, gpus=gpus, gpu_ipc=False, is_of_cluster=True))[0]


def _those_there(flow: Flow, options: FlowOptions, address: str, tasks_per_worker: int) -> str:
    with cluster_at(address) as cluster:
        plan = flow._planned(options, inventory_of(cluster, options, tasks_per_worker))[0]
        try:
            plan = with_places(cluster, plan, tasks_per_worker)
        except PlacementError as error:
            return f"{cluster.address} has not enough for it now: {error}"
    assert plan.placement is not None
    return f"{cluster.address} has enough for it now: {plan.placement.heading()}"
