"""What limits a flow, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daskflow.monitor.verdict.cases import LEDGER_BUSY_FROM, Case, is_held_up_by_its_process
from daskflow.monitor.verdict.figures import amount, called, per_second, several, share, time
from daskflow.monitor.verdict.forecast import without
from daskflow.monitor.verdict.graph import ancestors
from daskflow.monitor.verdict.load import COMPUTES_FROM, Load
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

WAITS_FROM = 0.1
"""A node that waits for a smaller part of its time is no contrast to one that does not."""

OTHERS_FROM = 0.25
"""What others compute is worth a word from this part of the cores on."""

HELD_FROM = 0.15
"""What waits in an edge around the slow node is worth a word from this part of the edge's capacity on, which
is that of the whole path: it is never filled by what waits before the slow node alone."""


def words_of(case: Case) -> str:
    """Which node or what else limits the flow, how that shows, and that nothing is wrong where nothing is."""
    return _SENTENCES[case.reason](case) + ("" if case.reason == FULL_MEMORY else _on_disk(case))


def keeps_up(case: Case) -> bool:
    """Whether the flow does all that is asked of it by a source that has a pace of its own."""
    return case.reason == SLOW_PRODUCER and case.load.computing < COMPUTES_FROM


def _limits(case: Case) -> str:
    return f"{called(case.load.name)} limits the flow to {per_second(case.rate)}"


def _producer(case: Case) -> str:
    load = case.load
    if keeps_up(case):
        rest = without(case, {load.name})
        reserve = f": {called(rest.by)} could do {amount(rest.rate)}" if rest.by in case.flow.loads else ""
        return f"the flow keeps up with {called(load.name)}, which gives {per_second(case.rate)}{reserve}"
    return f"{_limits(case)}: it is busy {share(load.occupied)} of the time{_contrast(case)}"


def _processor(case: Case) -> str:
    load, node = case.load, case.load.node
    whose = "its task is" if node.nb_tasks == 1 else f"its {node.nb_tasks} tasks are"
    if load.is_end and load.activity.blocked > load.activity.busy:
        return _caller(case)
    if load.drops:
        came = load.activity.rate + load.activity.drop_rate
        lost = f", and {share(load.activity.drop_rate / came)} of what comes to it is dropped"
    else:
        lost = _contrast(case)
    return f"{_limits(case)}: {whose} busy {share(load.occupied)} of the time{lost}{_skip_edge(case)}"


def _caller(case: Case) -> str:
    return (
        f"{_limits(case)}: for {share(case.load.activity.blocked)} of the time it waits until the main "
        "program takes its results"
    )


def _cores(case: Case) -> str:
    cores = case.cores
    are, them = ("is", "it") if cores.cores == 1 else ("are", "them")
    words = (
        f"the machine limits the flow to {per_second(case.rate)}: its {several(cores.cores, 'core')} {are} "
        f"busy, and tasks wait for {them} to compute"
    )
    if cores.others >= OTHERS_FROM * cores.cores:
        words += f"; something else than the flow takes {amount(cores.others)} of {them}"
    return words


def _memory(case: Case) -> str:
    return (
        f"{_limits(case)}, as shared memory is full: "
        f"{_slots(case)} are on disk, and copying takes {share(case.load.activity.copying)} of its time"
    )


def _on_disk(case: Case) -> str:
    if any(task.slots_on_disk for task in case.flow.snapshot.tasks.values()):
        return f"; {_slots(case)} are on disk, as shared memory is full"
    return ""


def _slots(case: Case) -> str:
    tasks = case.flow.snapshot.tasks.values()
    on_disk, slots = sum(task.slots_on_disk for task in tasks), sum(task.slots for task in tasks)
    return f"{on_disk} of {slots} slots"


def _edge(case: Case) -> str:
    held = ""
    if case.edge is not None:
        source, target = case.edge
        capacity = case.flow.snapshot.edges[case.edge].capacity
        holds = f"{capacity} with what is skipped" if case.flow.loads[target].part < 1.0 else f"{capacity}"
        held = (
            f": the edge from {called(source)} to {called(target)}, which holds {holds}, is too small for "
            f"{_spread(case.flow.loads[source], case.flow.loads[target])}"
        )
    return (
        f"no node is busy all the time, and still the flow does no more than {per_second(case.rate)}{held}; "
        f"{called(case.load.name)} waits {share(1 - case.load.occupied)} of the time"
    )


def _spread(*loads: Load) -> str:
    """How unlike the calls are, of the node whose calls are the least alike."""

    def usual_and_long_s(load: Load) -> tuple[float, float]:
        times = load.activity.process_time
        return times.quantile_s(0.5), times.quantile_s(0.99)

    def unevenness(load: Load) -> float:
        usual_s, long_s = usual_and_long_s(load)
        return long_s / usual_s if usual_s else 0.0

    uneven = max(loads, key=unevenness)
    usual_s, long_s = usual_and_long_s(uneven)
    return f"calls of {called(uneven.name)}, which take {time(usual_s)} as a rule and {time(long_s)} at times"


def _ledger(case: Case) -> str:
    scheduler = case.flow.snapshot.scheduler
    if is_held_up_by_its_process(case.flow):
        why = (
            f"the main program's own threads take {amount(scheduler.process_cpu - scheduler.ledger_cpu)} "
            f"cores, and its ledger needs {time(scheduler.lag_s)} to answer"
        )
    elif scheduler.ledger_cpu >= LEDGER_BUSY_FROM:
        why = f"its ledger computes {share(scheduler.ledger_cpu)} of the time"
    else:
        why = f"its ledger needs {time(scheduler.lag_s)} to answer"
    waits = max(case.flow.loads.values(), key=lambda load: load.activity.wire)
    return (
        f"the scheduler limits the flow to {per_second(case.rate)}: {why}, while {called(waits.name)} waits "
        f"for it {share(waits.activity.wire)} of the time"
    )


def _contrast(case: Case) -> str:
    """Who waits meanwhile: a node without input, or else one without room."""
    others = [load for load in case.flow.loads.values() if load.name != case.load.name]
    starved = max(others, key=lambda load: load.activity.starved * (not load.is_producer), default=None)
    if starved is not None and not starved.is_producer and starved.activity.starved >= WAITS_FROM:
        return f", while {called(starved.name)} waits {share(starved.activity.starved)}"
    blocked = max(others, key=lambda load: load.activity.blocked, default=None)
    if blocked is not None and blocked.activity.blocked >= WAITS_FROM:
        return f", while {called(blocked.name)} waits {share(blocked.activity.blocked)} for room"
    return ""


def _skip_edge(case: Case) -> str:
    """What waits in an edge around the node, where one is: it looks as if it had to do with the edge."""
    parents, name = case.flow.parents, case.load.name
    held = [
        edge
        for edge, metrics in case.flow.snapshot.edges.items()
        if metrics.fill >= HELD_FROM and edge[0] in ancestors(parents, name)
        and name in ancestors(parents, edge[1])
    ]  # fmt: skip
    if not held:
        return ""
    source, target = held[0]
    return f"; what waits in the edge from {called(source)} to {called(target)} waits for it too"


_SENTENCES: Mapping[str, Callable[[Case], str]] = {
    SLOW_PRODUCER: _producer,
    SLOW_PROCESSOR: _processor,
    SLOW_STATEFUL: _processor,
    SLOW_CONSUMER: _processor,
    FEW_CORES: _cores,
    FULL_MEMORY: _memory,
    SMALL_EDGE: _edge,
    SLOW_LEDGER: _ledger,
}
