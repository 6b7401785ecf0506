"""What a flow would do if something were changed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from daskflow.monitor.verdict.cases import Case
from daskflow.monitor.verdict.load import FlowLoad, Load

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
    best = min(limits, key=lambda limit: limit.rate)
    return best if best.rate < math.inf else Forecast(math.inf)


def _ledger_limit(case: Case) -> list[Forecast]:
    ledger = case.flow.snapshot.scheduler.ledger_cpu
    own = ledger * case.flow.ledger_part
    if ledger < LEDGER_SEEN_FROM or not own:
        return []
    return [Forecast(case.flow.rate * (1.0 - ledger + own) / own, LEDGER)]


def with_more_tasks(case: Case) -> MoreTasks:
    """The fewest tasks with which the flow comes up to what limits it next."""
    raised = [load for load in case.flow.loads.values() if _can_be_raised(load, case.load)]
    goal = without(case, {load.name for load in raised})
    tasks, reached = {}, goal
    for load in raised:
        now = load.node.nb_tasks
        each = load.limit / now
        wanted = math.ceil(NEARLY * goal.rate / each) if goal.rate < math.inf else 2 * now
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
    goal = min([*undisturbed, *_ledger_limit(case)], key=lambda limit: limit.rate)
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
    return FusedNodes(names, min([ledger, module, *others], key=lambda limit: limit.rate))


def _chains(flow: FlowLoad) -> list[tuple[str, ...]]:
    """Runs of processors on the CPU, with as many tasks each, of which nobody else reads anything."""
    readers = [source for sources in flow.parents.values() for source in sources]
    chains: dict[str, tuple[str, ...]] = {}
    for name, load in flow.loads.items():
        if "processor" not in load.node.kind or load.node.device != "cpu" or load.limit == math.inf:
            continue
        sources = flow.parents[name]
        before = chains.get(sources[0], ()) if len(sources) == 1 and readers.count(sources[0]) == 1 else ()
        if before and flow.loads[before[-1]].node.nb_tasks != load.node.nb_tasks:
            before = ()
        chains[name] = (*before, name)
    return list(chains.values())
