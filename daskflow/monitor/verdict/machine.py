"""What the machine has for a flow, as a run found it."""

from __future__ import annotations

from daskflow.monitor.forecast.cores import IDLING, Cores
from daskflow.monitor.verdict.load import FlowLoad


def cores_of(flow: FlowLoad) -> Cores:
    """Judge the machine, at what the flow does."""
    machine, scheduler = flow.snapshot.machine, flow.snapshot.scheduler
    loads = flow.loads.values()
    by_flow = sum(load.activity.cpu for load in loads)
    by_messages = scheduler.ledger_cpu * flow.ledger_part + sum(
        max(0.0, load.activity.cpu - IDLING * load.node.nb_tasks) for load in loads
    )
    return Cores(
        cores=machine.cores,
        idle=machine.idle_cores,
        others=max(0.0, machine.cpu - by_messages),
        cpu_s=by_messages / flow.rate if by_flow > 0 and flow.rate > 0 else 0.0,
    )
