"""Plans for the workers of an existing cluster."""

from __future__ import annotations

from dataclasses import replace

from daskflow.cluster.foreign.existing import ExistingCluster
from daskflow.cluster.foreign.roster import own_versions
from daskflow.options import FlowOptions
from daskflow.plan import Inventory, Plan
from daskflow.plan.placement import place, sorted_workers


def inventory_of(cluster: ExistingCluster, options: FlowOptions, tasks_per_worker: int) -> Inventory:
    """What the workers of a cluster have that a flow can use. Blocks for an answer.

    Raises
    ------
    ValueError
        The options say which GPUs to use, rather than how many.
    """
    usable = sorted_workers(cluster.inventory()[0], own_versions()).usable
    return Inventory.of_workers(usable, tasks_per_worker=tasks_per_worker, gpus=options.gpus)


def with_places(cluster: ExistingCluster, plan: Plan, tasks_per_worker: int) -> Plan:
    """The plan with the workers that its tasks would be on if it were started now. Blocks for an answer.

    Raises
    ------
    PlacementError
        The workers cannot take the tasks.
    """
    workers, scheduler = cluster.inventory()
    placement = place(
        plan,
        workers,
        tasks_per_worker=tasks_per_worker,
        here=own_versions(),
        scheduler=scheduler,
        scheduler_address=cluster.address,
    )
    return replace(plan, placement=placement)
