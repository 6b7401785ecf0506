"""From the snapshot of a run to a profile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from daskflow.advice.profile import FlowProfile, NodeProfile
from daskflow.core.constants import GPU
from daskflow.core.histogram import NOTHING
from daskflow.monitor.forecast.cores import IDLING
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.monitor.verdict import verdict_of
from daskflow.monitor.verdict.load import MOST_SPARED, Load, flow_load
from daskflow.monitor.verdict.machine import cores_of
from daskflow.options import FlowOptions, NodeSettings


def profile_of(
    snapshot: RunSnapshot,
    options: FlowOptions,
    *,
    whole: bool,
    payload_bytes: Mapping[str, int] | None = None,
    gpus: int = 0,
) -> FlowProfile:
    """What a run says of what its nodes cost.

    Parameters
    ----------
    snapshot : RunSnapshot
        Of the run.
    options : FlowOptions
        What held for it.
    whole : bool
        Whether to go by all of the run, rather than by its last seconds.
    payload_bytes : mapping of str to int, optional
        How large results are, by the nodes of which that is known.
    gpus : int
        How many GPUs the flow might use.
    """
    flow = flow_load(snapshot, whole=whole)
    cores = cores_of(flow)
    machine, scheduler = snapshot.machine, snapshot.scheduler
    foreign = max(0.0, machine.cpu - machine.flow_cpu - scheduler.process_cpu)
    ends = [load.messages for load in flow.loads.values() if load.is_end]
    paths = snapshot.paths.values()
    return FlowProfile(
        flow_name=snapshot.flow_name,
        flow_type=snapshot.flow_type,
        nodes={
            name: _node(load, flow.parents[name], options.nodes[name], (payload_bytes or {}).get(name))
            for name, load in flow.loads.items()
        },
        edges={edge: metrics.capacity for edge, metrics in snapshot.edges.items()},
        messages=min(ends, default=0),
        span_s=max((load.activity.span_s for load in flow.loads.values()), default=0.0),
        rate=flow.rate,
        latency=sum((path.latency if whole else path.recent for path in paths), start=NOTHING),
        cores=machine.cores,
        foreign_cores=foreign,
        standing_cores=max(0.0, cores.others - foreign),
        ledger_s=scheduler.ledger_cpu / flow.rate if flow.rate else 0.0,
        ledger_cpu=scheduler.ledger_cpu,
        gpus=gpus,
        verdict=verdict_of(snapshot).words,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _node(load: Load, parents: tuple[str, ...], own: NodeSettings, payload_bytes: int | None) -> NodeProfile:
    node, activity = load.node, load.activity
    each_s = node.nb_tasks / activity.rate if activity.rate else 0.0  # of its tasks' time, for a message
    own_s = node.nb_tasks / load.possible_rate if load.possible_rate else 0.0
    worked = node.emitted + node.skipped + node.failed
    return NodeProfile(
        name=node.name,
        kind=node.kind,
        parents=parents,
        nb_tasks=node.nb_tasks,
        device=node.device,
        gpu_share=own.gpu_share if own.device_type == GPU else 0.0,
        batch_size=own.batch_size,
        service=activity.process_time,
        own_s=own_s,
        copying_s=activity.copying * each_s,
        queued_s=min(activity.queued * each_s, MOST_SPARED * own_s),
        wire_s=activity.wire * each_s,
        cpu_s=max(0.0, activity.cpu - IDLING * node.nb_tasks) / activity.rate if activity.rate else 0.0,
        rate=activity.rate,
        part=load.part,
        passed=node.emitted / worked if worked and node.kind != "consumer" else 1.0,
        payload_bytes=payload_bytes,
    )
