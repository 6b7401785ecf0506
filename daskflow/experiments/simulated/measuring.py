"""Runs a flow here and measures it, and what messages cost its tasks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from daskflow.core.histogram import Histogram
from daskflow.experiments.simulated import waking
from daskflow.experiments.simulated.costs import SchedulerCosts, TaskCosts
from daskflow.flow import Flow
from daskflow.monitor.figures import latency_of
from daskflow.monitor.snapshot import RunSnapshot

IDLE_S, WARM_S, MEASURED_S = 2.0, 2.0, 6.0
"""What a snapshot calls recent is five seconds: those are of the steady state."""

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
        How long a process that slept waited for a core meanwhile, timer included, on average.
    word_s : float
        How long a word took from one process to another that waited for it, before the run, on average.
    ledger_spent : (float, float, float)
        Of the ledger's thread: seconds computed, messages of all tasks, and frames from and to them.
    spent : list of (float, float, float, float)
        Of each task: seconds computed, messages, what it said and was told, and seconds that passed.
    """

    rates: dict[str, float]
    drops: float
    latency: Histogram
    ledger_cpu: float
    foreign_cores: float
    wake_s: float
    word_s: float
    ledger_spent: tuple[float, float, float]
    spent: list[tuple[float, float, float, float]]


def measured(flow: Flow) -> Measured:
    """Run a flow without an end until it is steady, and measure. Blocks for some ten seconds."""
    word_s = _waking("word", IDLE_S)  # before: that the flow's own tasks wait for each other is simulated
    flow.run(cluster=NO_DASHBOARD)
    try:
        time.sleep(WARM_S)
        before, cpu_before = flow.metrics(), _cpu_s(flow)
        wake_s = _waking("timer", MEASURED_S)
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
        word_s=word_s,
        ledger_spent=(
            scheduler.ledger_cpu * span_s,
            sum(messages for _, messages, _, _ in spent),
            sum(frames for _, _, frames, _ in spent),
        ),
        spent=spent,
    )


def task_costs(flows: list[Measured]) -> TaskCosts:
    """What a message and a frame cost a task, beside what its process takes as such (least squares)."""
    message_s, frame_s, _ = _explaining([row for each in flows for row in each.spent])
    return TaskCosts(message_s=message_s, step_s=frame_s, told_s=frame_s)


def scheduler_costs(flows: list[Measured]) -> SchedulerCosts:
    """What a message and a frame cost the ledger beside these tasks, on the cores that they share.

    It is more than `SOCKET_COSTS`, which are those of a ledger that has a core to itself.
    """
    message_s, frame_s = _explaining([each.ledger_spent for each in flows])
    return SchedulerCosts(round_s=0.0, step_s=frame_s, told_s=frame_s, message_s=message_s)


def _explaining(rows: Sequence[tuple[float, ...]]) -> list[float]:
    """By how much each of the further numbers of a row counts in its first (least squares, none below 0)."""
    import numpy as np
    from scipy.optimize import nnls

    array = np.array(rows)
    weights = 1.0 / np.maximum(array[:, :1], 1e-3)
    found: list[float] = nnls(array[:, 1:] * weights, array[:, 0] * weights[:, 0])[0].tolist()
    return found


def _waking(what: str, span_s: float) -> float:
    """By how much sleeps are too long in a span, or how long a word takes, on average, in seconds."""
    command = [sys.executable, waking.__file__, what, str(span_s)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _worked(snapshot: RunSnapshot, name: str) -> int:
    node = snapshot.nodes[name]
    return node.received if node.kind != "producer" else node.emitted


def _cpu_s(flow: Flow) -> dict[str, float]:
    spent = {}
    for task in flow.metrics().tasks.values():
        times = psutil.Process(task.pid).cpu_times()
        spent[task.name] = times.user + times.system
    return spent
