"""Runs a flow here and measures it, and what messages cost its tasks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import psutil

from daskflow.core.histogram import Histogram
from daskflow.experiments.simulated.costs import TaskCosts
from daskflow.flow import Flow
from daskflow.monitor.figures import latency_of
from daskflow.monitor.snapshot import RunSnapshot

WARM_S, MEASURED_S = 2.0, 6.0
"""What a snapshot calls recent is five seconds: those are of the steady state."""

NAP_S = 0.005

NO_DASHBOARD: dict[str, Any] = {"dashboard_address": None}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a flow did here.

    Attributes
    ----------
    rates : dict of str to float
        Messages per second that each node finished.
    drops : float
        Messages per second that were dropped.
    latency : Histogram
        From producers to ends, in seconds.
    ledger_cpu : float
        Share of its time that the ledger's thread computed.
    foreign_cores : float
        How many cores something else kept busy meanwhile.
    wake_s : float
        How long a thread that slept waited for a core then, timer included, on average.
    spent : list of (float, float, float, float)
        Of each task: seconds computed, messages, what it said and was told, and seconds that passed.
    """

    rates: dict[str, float]
    drops: float
    latency: Histogram
    ledger_cpu: float
    foreign_cores: float
    wake_s: float
    spent: list[tuple[float, float, float, float]]


def measured(flow: Flow) -> Measured:
    """Run a flow without an end until it is steady, and measure. Blocks for some ten seconds."""
    flow.run(cluster=NO_DASHBOARD)
    try:
        time.sleep(WARM_S)
        before, cpu_before = flow.metrics(), _cpu_s(flow)
        wake_s = _wake_s(MEASURED_S)
        after, cpu_after = flow.metrics(), _cpu_s(flow)
    finally:
        flow.stop(drain=False)
    span_s = after.elapsed_s - before.elapsed_s
    worked = {name: _worked(after, name) - _worked(before, name) for name in after.nodes}
    dropped = [after.nodes[name].dropped - before.nodes[name].dropped for name in after.nodes]
    spent = []
    for name, node in after.nodes.items():
        frames = node.steps + node.tellings - before.nodes[name].steps - before.nodes[name].tellings
        cpu_s = sum(cpu_after[t.name] - cpu_before[t.name] for t in after.tasks.values() if t.node == name)
        spent.append((cpu_s, float(worked[name]), float(frames), span_s * node.nb_tasks))
    machine, scheduler = after.machine, after.scheduler
    return Measured(
        rates={name: count / span_s for name, count in worked.items()},
        drops=sum(dropped) / span_s,
        latency=latency_of(after),
        ledger_cpu=scheduler.ledger_cpu,
        foreign_cores=max(0.0, machine.cpu - machine.flow_cpu - scheduler.process_cpu),
        wake_s=wake_s,
        spent=spent,
    )


def task_costs(flows: list[Measured]) -> TaskCosts:
    """What a message and a frame cost a task, beside what its process takes as such (least squares)."""
    import numpy as np
    from scipy.optimize import nnls

    rows = np.array([row for each in flows for row in each.spent])
    weights = 1.0 / np.maximum(rows[:, :1], 1e-3)
    (message_s, frame_s, _), _ = nnls(rows[:, 1:] * weights, rows[:, 0] * weights[:, 0])
    return TaskCosts(message_s=float(message_s), step_s=float(frame_s), told_s=float(frame_s))


def _wake_s(span_s: float) -> float:
    """Sleep again and again over a span; by how much it was too long on average, in seconds."""
    end_s, late_s = time.monotonic() + span_s, []
    while (begin_s := time.monotonic()) < end_s:
        time.sleep(NAP_S)
        late_s.append(time.monotonic() - begin_s - NAP_S)
    return sum(late_s) / len(late_s)


def _worked(snapshot: RunSnapshot, name: str) -> int:
    node = snapshot.nodes[name]
    return node.received if node.kind != "producer" else node.emitted


def _cpu_s(flow: Flow) -> dict[str, float]:
    spent = {}
    for task in flow.metrics().tasks.values():
        times = psutil.Process(task.pid).cpu_times()
        spent[task.name] = times.user + times.system
    return spent
