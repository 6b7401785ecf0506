"""What each task does, and what its process takes."""

from __future__ import annotations

from daskflow.ledger import TaskCounts
from daskflow.ledger.state import BLOCKED as LEDGER_BLOCKED
from daskflow.ledger.state import STARVED as LEDGER_STARVED
from daskflow.monitor.parts import BLOCKED, CLOSED, STARTING, STARVED, WORKING, TaskMetrics
from daskflow.monitor.sampling.sample import Sample
from daskflow.monitor.sampling.spending import spending_of
from daskflow.plan import Plan


def tasks_of(plan: Plan, now: Sample, since: Sample) -> dict[str, TaskMetrics]:
    """The plan's tasks at a sample; what they did recently is what they did since an earlier one."""
    reading, usage = now.reading, now.usage
    span_s = reading.ledger.elapsed_s - since.reading.ledger.elapsed_s
    metrics = {}
    indices = {counts.name: index for index, counts in enumerate(reading.ledger.tasks)}
    for task in plan.tasks:  # others have left, or are in the caller's own process
        if task.name not in indices:
            continue
        index = indices[task.name]
        counts = reading.ledger.tasks[index]
        gathers = plan.nodes[counts.node].batch_size > 1
        spent = spending_of(reading, [index], gathers=gathers)
        spent -= spending_of(since.reading, [index], gathers=gathers)
        times = reading.times[index]
        cpu_s = usage.cpu_s.get(index, 0.0) - since.usage.cpu_s.get(index, 0.0)
        metrics[task.name] = TaskMetrics(
            name=task.name,
            node=task.node,
            device=task.why,
            state=_state(counts, reading.ledger.elapsed_s),
            pid=reading.pids.get(index, 0),
            restarts=counts.restarts,
            done=counts.done,
            in_hand=counts.in_hand,
            busy=spent.busy_s / (spent.total_s or 1.0),
            cpu=max(0.0, cpu_s) / span_s if span_s > 0 else 0.0,
            memory_bytes=usage.memory_bytes.get(index, 0),
            slots=times.slots,
            slots_on_disk=times.slots_on_disk,
        )
    return metrics


def _state(counts: TaskCounts, elapsed_s: float) -> str:
    if counts.is_closed:
        return CLOSED
    if not counts.is_attached or not elapsed_s:
        return STARTING
    return {LEDGER_STARVED: STARVED, LEDGER_BLOCKED: BLOCKED}.get(counts.mode, WORKING)
