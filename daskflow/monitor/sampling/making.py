"""From samples of a run to its snapshot, in terms of the plan."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.monitor.parts import Mishap, Moment, Rescaling
from daskflow.monitor.sampling.edges import edges_of, paths_of
from daskflow.monitor.sampling.machine import machine_metrics, scheduler_metrics
from daskflow.monitor.sampling.nodes import nodes_of
from daskflow.monitor.sampling.sample import START, Sample
from daskflow.monitor.sampling.tasks import tasks_of
from daskflow.monitor.snapshot import RUNNING, RunSnapshot
from daskflow.plan import Plan


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a run beside its counts; see `RunSnapshot`."""

    state: str = RUNNING
    time_s: float = 0.0
    total: int | None = None
    can_preview: bool = True
    history: tuple[Moment, ...] = ()
    mishaps: tuple[Mishap, ...] = ()
    rescalings: tuple[Rescaling, ...] = ()


def run_snapshot(
    plan: Plan, run_id: str, now: Sample, since: Sample = START, facts: Facts | None = None
) -> RunSnapshot:
    """A run at the moment of a sample; what was recently is what was since an earlier one.

    Tasks of the caller's own process, which come after those of the plan, are left out.
    """
    facts = facts or Facts()
    counts = now.reading.ledger
    return RunSnapshot(
        flow_name=plan.flow_name,
        run_id=run_id,
        elapsed_s=counts.elapsed_s,
        nodes=nodes_of(plan, now, since),
        flow_type=plan.flow_type,
        state=facts.state,
        time_s=facts.time_s,
        edges=edges_of(plan, now, since),
        tasks=tasks_of(plan, now, since),
        paths=paths_of(plan, now, since),
        machine=machine_metrics(now, since),
        scheduler=scheduler_metrics(now, since),
        history=facts.history,
        mishaps=facts.mishaps,
        rescalings=facts.rescalings,
        total=facts.total,
        can_preview=facts.can_preview,
    )


def moment_of(plan: Plan, now: Sample, since: Sample) -> Moment:
    """What is remembered of the time between two samples."""
    span_s = max(1e-9, now.reading.ledger.elapsed_s - since.reading.ledger.elapsed_s)
    earlier = since.reading.ledger.nodes
    edges = edges_of(plan, now, since)
    rates = {}
    for index, (node, counts) in enumerate(zip(plan.nodes, now.reading.ledger.nodes, strict=False)):
        rates[node.name] = (counts.worked - (earlier[index].worked if earlier else 0)) / span_s
    recent = {path: metrics.recent for path, metrics in paths_of(plan, now, since).items()}
    return Moment(
        elapsed_s=now.reading.ledger.elapsed_s,
        rates=rates,
        waiting={edge: metrics.waiting for edge, metrics in edges.items()},
        drop_rates={edge: metrics.drop_rate for edge, metrics in edges.items()},
        latencies={
            path: (histogram.quantile_s(0.5), histogram.quantile_s(0.95))
            for path, histogram in recent.items()
            if histogram.count
        },
    )
