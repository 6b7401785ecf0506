"""What nodes did, between two samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.monitor.activity import Activity
from daskflow.monitor.sampling.sample import START, Sample
from daskflow.monitor.sampling.spending import spending_of
from daskflow.monitor.snapshot import NodeMetrics
from daskflow.plan import NodePlan, Plan


def nodes_of(plan: Plan, now: Sample, since: Sample) -> dict[str, NodeMetrics]:
    """The plan's nodes at a sample; what they did recently is what they did since an earlier one."""
    tasks: list[list[int]] = [[] for _ in plan.nodes]
    for task, counts in enumerate(now.reading.ledger.tasks):
        if counts.node < len(plan.nodes):  # others are in the caller's own process
            tasks[counts.node].append(task)
    return {
        node.name: _metrics(node, index, tasks[index], now, since) for index, node in enumerate(plan.nodes)
    }


def _metrics(node: NodePlan, index: int, tasks: Sequence[int], now: Sample, since: Sample) -> NodeMetrics:
    count = now.reading.ledger.nodes[index]
    whole = _activity(node, index, tasks, now, START)
    return NodeMetrics(
        name=node.name,
        kind=node.kind,
        nb_tasks=count.nb_tasks,
        device=_devices(node),
        received=0 if node.kind == "producer" else count.worked,
        emitted=0 if node.kind == "consumer" else count.done,
        skipped=count.skipped,
        dropped=count.dropped,
        lost=count.lost,
        failed=count.failed,
        voided=count.voided,
        in_flight=count.in_flight,
        waiting=count.waiting,
        stored=count.stored,
        forwards=count.forwards,
        made_again=count.made_again,
        steps=count.steps,
        tellings=count.tellings,
        restarts=count.restarts,
        gaps=count.gaps,
        whole=whole,
        recent=whole if since is START else _activity(node, index, tasks, now, since),
        members=node.members,
    )


def _activity(node: NodePlan, index: int, tasks: Sequence[int], now: Sample, since: Sample) -> Activity:
    count = now.reading.ledger.nodes[index]
    earlier = since.reading.ledger.nodes[index] if since.reading.ledger.nodes else None
    span_s = now.reading.ledger.elapsed_s - since.reading.ledger.elapsed_s
    if span_s <= 0:
        return Activity()
    gathers = node.batch_size > 1
    spent = spending_of(now.reading, tasks, gathers=gathers)
    spent -= spending_of(since.reading, tasks, gathers=gathers)
    worked, dropped = count.worked, count.dropped
    rate = count.rate
    if earlier is not None:
        worked, dropped = worked - earlier.worked, dropped - earlier.dropped
        rate = worked / span_s
    total_s = spent.total_s or 1.0
    process_time = _busy(tasks, now) - _busy(tasks, since)
    mean_tasks = (_here_s(tasks, now) - _here_s(tasks, since)) / span_s
    occupied_s = process_time.sum_s + spent.copying_s  # of those messages: a call under way is not among them
    return Activity(
        span_s=span_s,
        rate=rate,
        drop_rate=dropped / span_s,
        possible_rate=process_time.count * mean_tasks / occupied_s if occupied_s else 0.0,
        busy=spent.busy_s / total_s,
        copying=spent.copying_s / total_s,
        wire=spent.wire_s / total_s,
        blocked=spent.blocked_s / total_s,
        starved=spent.starved_s / total_s,
        queued=(_queued_s(tasks, now) - _queued_s(tasks, since)) / total_s,
        cpu=sum(_cpu_s(task, now) - _cpu_s(task, since) for task in tasks) / span_s,
        process_time=process_time,
    )


def _busy(tasks: Sequence[int], sample: Sample) -> Histogram:
    times = sample.reading.times
    return reduce(add, (times[task].busy for task in tasks if task < len(times)), NOTHING)


def _queued_s(tasks: Sequence[int], sample: Sample) -> float:
    times = sample.reading.times
    return sum(times[task].queued_s for task in tasks if task < len(times))


def _here_s(tasks: Sequence[int], sample: Sample) -> float:
    counts = sample.reading.ledger.tasks
    return sum(counts[task].here_s for task in tasks if task < len(counts))


def _cpu_s(task: int, sample: Sample) -> float:
    return sample.usage.cpu_s.get(task, 0.0)


def _devices(node: NodePlan) -> str:
    devices = [task.device for task in node.tasks]
    counts = {device: devices.count(device) for device in dict.fromkeys(devices)}
    if len(counts) == 1:
        return devices[0]
    return ", ".join(f"{count} {device}" for device, count in counts.items())
