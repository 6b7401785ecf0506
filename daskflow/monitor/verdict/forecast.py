"""What a flow would do if something were changed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from daskflow.monitor.verdict.cases import Case
from daskflow.monitor.verdict.load import Load
from daskflow.monitor.verdict.machine import limit_undisturbed

NEARLY = 0.95
"""Who comes so near to a limit has reached it: the last task or core for it would stand idle."""

ALIKE = 1.05
"""Nodes whose limits differ by a smaller factor are raised together: raising one would show nothing."""

MOST_TIMES = 8
"""More than so many times the tasks is not advised: nothing that was measured says what happens there."""

LEDGER_SEEN_FROM = 0.2
"""Below this share of the ledger's time nothing is said of its limit."""

CORES = "the cores"
LEDGER = "the scheduler"
"""What limits a flow beside its nodes."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A rate, and what would limit it.

    Attributes
    ----------
    rate : float
        Messages per second; infinite where nothing is known to limit it.
    by : str
        A node's name, `CORES` or `LEDGER`; empty where nothing is known.
    """

    rate: float
    by: str = ""


@dataclass(frozen=True, slots=True)
class MoreTasks:
    """Tasks for nodes that limit a flow, and what it would do with them.

    Attributes
    ----------
    tasks : mapping of str to int
        How many tasks each node would have.
    forecast : Forecast
        What the flow would do.
    """

    tasks: Mapping[str, int]
    forecast: Forecast


def without(case: Case, names: Collection[str], *, spared_s: float = 0.0) -> Forecast:
    """The flow if some nodes limited it no more, and a message took `spared_s` less processor time."""
    limits = [
        Forecast(load.limit, load.name)
        for load in case.flow.loads.values()
        if load.name not in names and load.limit < math.inf
    ]
    limits.append(Forecast(case.cores.limit(spared_s=spared_s), CORES))
    ledger = case.flow.snapshot.scheduler.ledger_cpu
    if ledger >= LEDGER_SEEN_FROM:
        limits.append(Forecast(case.flow.rate / ledger, LEDGER))
    best = min(limits, key=lambda limit: limit.rate)
    return best if best.rate < math.inf else Forecast(math.inf)


def with_more_tasks(case: Case) -> MoreTasks:
    """The fewest tasks with which the flow comes up to what limits it next."""
    raised = [load for load in case.flow.loads.values() if _can_be_raised(load, case.load)]
    goal = without(case, {load.name for load in raised})
    tasks, reached = {}, goal
    for load in raised:
        now = load.node.nb_tasks
        each = load.limit / now
        wanted = math.ceil(NEARLY * goal.rate / each) if goal.rate < math.inf else 2 * now
        tasks[load.name] = number = min(max(wanted, now), MOST_TIMES * now)
        if number * each < reached.rate:
            reached = Forecast(number * each, load.name)
    return MoreTasks(tasks, reached)


def _can_be_raised(load: Load, slowest: Load) -> bool:
    can_be_replicated = load.node.kind == "processor" and "gpu" not in load.node.device
    return load.name == slowest.name or (can_be_replicated and load.limit <= ALIKE * slowest.limit)


def with_more_cores(case: Case) -> tuple[int, Forecast]:
    """The fewest cores that are no longer what limits the flow, and what it would do on them."""
    undisturbed = [
        Forecast(limit_undisturbed(load), load.name)
        for load in case.flow.loads.values()
        if load.limit < math.inf
    ]
    goal = min(undisturbed, key=lambda limit: limit.rate)
    cores = case.cores.cores + 1
    while case.cores.limit(cores) < NEARLY * goal.rate and cores < MOST_TIMES * case.cores.cores:
        cores += 1
    reached = case.cores.limit(cores)
    return cores, Forecast(reached, CORES) if reached < goal.rate else goal
