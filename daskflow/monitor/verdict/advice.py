"""What would help, and what the flow would do then."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from daskflow.monitor.forecast.limits import CORES, NEARLY, Forecast
from daskflow.monitor.forecast.windows import power_of_two, queue_size_for
from daskflow.monitor.verdict.cases import Case, is_held_up_by_its_process
from daskflow.monitor.verdict.figures import amount, called, listed, per_second, several
from daskflow.monitor.verdict.forecast import (
    fused_nodes,
    with_more_cores,
    with_more_tasks,
    without,
)
from daskflow.monitor.verdict.load import COMPUTES_FROM
from daskflow.monitor.verdict.statement import (
    FEW_CORES,
    FULL_MEMORY,
    SLOW_CONSUMER,
    SLOW_LEDGER,
    SLOW_PROCESSOR,
    SLOW_PRODUCER,
    SLOW_STATEFUL,
    SMALL_EDGE,
)
from daskflow.monitor.verdict.words import OTHERS_FROM, keeps_up

WORTH = 1.05
"""What promises a smaller factor is not advised."""

ALMOST_IDLE = 0.25
"""A core that is busy for this part of its time counts as idle."""

_ON_GPU = "it computes on a GPU, where idle cores are no help: larger batches or a faster model"
_OWN_PROCESS = "what the main program computes belongs in a process of its own"


@dataclass(frozen=True, slots=True)
class Advice:
    """What would help.

    Attributes
    ----------
    words : str
        A sentence or two, without the last full stop; empty where nothing is to be done.
    expected_rate : float or None
        What the flow would do then, in messages per second, where it can be said.
    """

    words: str = ""
    expected_rate: float | None = None


def advice_of(case: Case) -> Advice:
    """What would help in a case."""
    advice = _ADVICE[case.reason](case)
    return Advice(advice.words[:1].upper() + advice.words[1:], advice.expected_rate)


def _producer(case: Case) -> Advice:
    rest = without(case, {case.load.name}, spared_s=case.load.cpu_s)
    if case.flow.drops_when_full and keeps_up(case):
        return Advice()  # a live source gives what there is
    advice = _as_fast_as(rest, case, "a faster source")
    return Advice() if advice.expected_rate is None and keeps_up(case) else advice


def _processor(case: Case) -> Advice:
    load, node = case.load, case.load.node
    if load.is_end and load.activity.blocked > load.activity.busy:
        return _consumer(case)
    if "gpu" in node.device:
        return _as_fast_as(without(case, {load.name}), case, _ON_GPU)
    more = with_more_tasks(case)
    if not more.tasks or more.forecast.rate < WORTH * case.rate:
        return _no_more_tasks(case, without(case, more.raised))
    tasks = [
        several(number, "task") + ("" if list(more.tasks) == [load.name] else f" of {called(name)}")
        for name, number in more.tasks.items()
    ]
    words = listed(tasks) + _with_longer_queues(case, more.tasks)
    words += f": {per_second(more.forecast.rate)} expected"
    return Advice(words + _where(more.forecast, case) + _room_for_tasks(case), more.forecast.rate)


def _with_longer_queues(case: Case, tasks: Mapping[str, int]) -> str:
    edges = {edge: own.capacity for edge, own in case.flow.snapshot.edges.items() if not own.lossy}
    wanted = []
    for name, number in tasks.items():
        load = case.flow.loads[name]
        wanted.append(queue_size_for(name, load.part, number, number - load.node.nb_tasks, edges))
    nodes = dict.fromkeys(node for _, nodes in wanted for node in nodes)
    if not nodes:
        return ""
    size = max(size for size, nodes in wanted if nodes)
    return f", and a queue_size of {size} at {listed([called(node) for node in nodes])}"


def _room_for_tasks(case: Case) -> str:
    if not case.cores.cpu_s:
        return ""
    if case.load.computing >= COMPUTES_FROM:
        idle = int(case.cores.idle + ALMOST_IDLE)
        if not idle:
            return "; the machine has no idle core, so that other programs would get less of them"
        return f"; the machine has {several(idle, 'idle core')}"
    return "; they wait more than they compute, and need no cores of their own"


def _no_more_tasks(case: Case, forecast: Forecast) -> Advice:
    if forecast.by == CORES:
        cores, others = several(case.cores.cores, "core"), ""
        if case.cores.others >= OTHERS_FROM * case.cores.cores:
            others = f", {amount(case.cores.others)} of them with something else"
        return Advice(
            f"more tasks do not help: the {cores} would be busy{others}; faster code or more cores would"
        )
    return Advice(f"more tasks do not help: {_named(forecast, case)} is no faster")


def _stateful(case: Case) -> Advice:
    rest = without(case, {case.load.name})
    why = "it keeps state and runs as one task, so that more tasks are no way out; a faster algorithm is"
    return _as_fast_as(rest, case, why)


def _consumer(case: Case) -> Advice:
    load = case.load
    rest = without(case, {load.name})
    if load.activity.blocked > load.activity.busy:
        return _as_fast_as(rest, case, "the main program should take results faster")
    return _as_fast_as(rest, case, "a consumer runs as one task: less to do for each message would help")


def _as_fast_as(rest: Forecast, case: Case, words: str) -> Advice:
    """What could be had if the node were as fast as what limits the flow next."""
    if rest.rate == math.inf or rest.rate < WORTH * case.rate:
        return Advice(words)
    return Advice(f"{words}: up to {per_second(rest.rate)}{_where(rest, case)}", rest.rate)


def _where(forecast: Forecast, case: Case) -> str:
    if not forecast.by or forecast.by == case.load.name:
        return ""
    return f", which is what {_named(forecast, case)} can do"


def _named(forecast: Forecast, case: Case) -> str:
    """What would limit the flow: a node, or what else there is."""
    return called(forecast.by) if forecast.by in case.flow.loads else forecast.by


def _cores(case: Case) -> Advice:
    cores, forecast = with_more_cores(case)
    words = f"more tasks do not help. {several(cores, 'core')}: {per_second(forecast.rate)} expected"
    words += _where(forecast, case)
    loads = case.flow.loads.values()
    own = [
        (load.activity.busy * load.node.nb_tasks, load.activity.copying * load.node.nb_tasks)
        for load in loads
    ]
    if sum(busy for busy, _ in own) < sum(copying for _, copying in own):
        words += "; what moves messages computes more than the nodes do: fewer and larger ones take less"
    return Advice(words, forecast.rate)


def _memory(case: Case) -> Advice:
    rest, load = without(case, {case.load.name}), case.load
    best = min(Forecast(load.limit_in_memory, load.name), rest, key=lambda limit: limit.rate)
    words = "more shared memory (docker run --shm-size) or a smaller queue_size"
    return _as_fast_as(best, case, words)


def _edge(case: Case) -> Advice:
    edge, rest = case.edge, without(case, ())
    if edge is None:
        return Advice()
    capacity = case.flow.snapshot.edges[edge].capacity
    loss = 1.0 - case.load.efficiency
    larger = power_of_two(max(2 * capacity, capacity * loss / (1 - NEARLY)))
    expected = NEARLY * rest.rate
    if expected < WORTH * case.rate:
        return Advice()
    words = f"a queue_size of {larger} at {called(edge[1])}: {per_second(expected)} expected"
    return Advice(words, expected)


def _ledger(case: Case) -> Advice:
    if is_held_up_by_its_process(case.flow):
        return _as_fast_as(without(case, ()), case, _OWN_PROCESS)
    fused = fused_nodes(case)
    if not fused.names:
        return Advice("fewer and larger messages, each for several of what there are now")
    nodes = [case.flow.loads[name].node for name in fused.names]
    how = "as one TaskModuleNode"  # which may hold what keeps state
    if all(node.kind == "processor" for node in nodes):
        how = f"in one task, by fuse=[{tuple(m for node in nodes for m in node.members or (node.name,))}]"
    names = listed([called(name) for name in fused.names])
    return _as_fast_as(fused.forecast, case, f"{names} {how}, or fewer and larger messages")


_ADVICE: Mapping[str, Callable[[Case], Advice]] = {
    SLOW_PRODUCER: _producer,
    SLOW_PROCESSOR: _processor,
    SLOW_STATEFUL: _stateful,
    SLOW_CONSUMER: _consumer,
    FEW_CORES: _cores,
    FULL_MEMORY: _memory,
    SMALL_EDGE: _edge,
    SLOW_LEDGER: _ledger,
}
