"""What a flow would do if something were changed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from daskflow.monitor.forecast.chains import chains
from daskflow.monitor.forecast.limits import (
    CORES,
    LEDGER,
    MOST_TIMES,
    NEARLY,
    Forecast,
    ledger_limit,
    lowest,
    tasks_for,
)
from daskflow.monitor.verdict.cases import Case
from daskflow.monitor.verdict.load import FlowLoad, Load

ALIKE = 1.05
"""Nodes whose limits differ by a smaller factor are raised together: raising one would show nothing."""


@dataclass(frozen=True, slots=True)
class FusedNodes:
    """Nodes in one task, of which the ledger knows nothing then, and what the flow would do.

    Attributes
    ----------
    names : tuple of str
        The nodes, one after the other; empty where there are none.
    forecast : Forecast
        What the flow would do.
    """

    names: tuple[str, ...]
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class MoreTasks:
    """Tasks for nodes that limit a flow, and what it would do with them.

    Attributes
    ----------
    raised : collection of str
        The nodes that limit the flow alike.
    tasks : mapping of str to int
        How many tasks each of them would have that needs more.
    forecast : Forecast
        What the flow would do.
    """

    raised: Collection[str]
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
    limits.extend(_ledger_limit(case))
    return lowest(limits)


def _ledger_limit(case: Case) -> list[Forecast]:
    return ledger_limit(case.flow.rate, case.flow.snapshot.scheduler.ledger_cpu, case.flow.ledger_part)


def with_more_tasks(case: Case) -> MoreTasks:
    """The fewest tasks with which the flow comes up to what limits it next."""
    raised = [load for load in case.flow.loads.values() if _can_be_raised(load, case.load)]
    goal = without(case, {load.name for load in raised})
    tasks, reached = {}, goal
    for load in raised:
        now = load.node.nb_tasks
        each = load.limit / now
        wanted = tasks_for(NEARLY * goal.rate, each) if goal.rate < math.inf else 2 * now
        number = min(max(wanted, now), MOST_TIMES * now)
        if number > now:
            tasks[load.name] = number
        if number * each < reached.rate:
            reached = Forecast(number * each, load.name)
    return MoreTasks([load.name for load in raised], tasks, reached)


def _can_be_raised(load: Load, slowest: Load) -> bool:
    can_be_replicated = load.node.kind == "processor" and "gpu" not in load.node.device
    return load.name == slowest.name or (can_be_replicated and load.limit <= ALIKE * slowest.limit)


def with_more_cores(case: Case) -> tuple[int, Forecast]:
    """The fewest cores that are no longer what limits the flow, and what it would do on them."""
    undisturbed = [
        Forecast(load.limit_on_free_cores, load.name)
        for load in case.flow.loads.values()
        if load.limit < math.inf
    ]
    goal = lowest([*undisturbed, *_ledger_limit(case)])
    cores = case.cores.cores + 1
    while case.cores.limit(cores) < NEARLY * goal.rate and cores < MOST_TIMES * case.cores.cores:
        cores += 1
    reached = case.cores.limit(cores)
    return cores, Forecast(reached, CORES) if reached < goal.rate else goal


def fused_nodes(case: Case) -> FusedNodes:
    """The longest chain of processors that one task could run, each on what the one before it gave.

    The ledger's work for a message is taken to be the same for each node that sees it.
    """
    names = max(_chains(case.flow), key=len, default=())
    if len(names) < 2:
        return FusedNodes((), Forecast(math.inf))
    loads = case.flow.loads
    work = sum(load.part for load in loads.values())
    spared = sum(loads[name].part for name in names[1:])
    ledger = Forecast(case.flow.rate * work / (work - spared), LEDGER)
    module = Forecast(1.0 / sum(1.0 / loads[name].limit for name in names), names[0])
    others = [Forecast(load.limit, name) for name, load in loads.items() if name not in names]
    return FusedNodes(names, lowest([ledger, module, *others]))


def _chains(flow: FlowLoad) -> list[tuple[str, ...]]:
    """Runs of processors on the CPU, with as many tasks each, of which nobody else reads anything."""

    def may_join(name: str) -> bool:
        load = flow.loads[name]
        return "processor" in load.node.kind and load.node.device == "cpu" and load.limit < math.inf

    def join(before: str, name: str) -> bool:
        return flow.loads[before].node.nb_tasks == flow.loads[name].node.nb_tasks

    return chains(flow.parents, may_join, join)
