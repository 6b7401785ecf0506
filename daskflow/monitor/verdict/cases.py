"""Which case it is: what limits a flow."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.monitor.forecast.cores import Cores
from daskflow.monitor.parts import Edge
from daskflow.monitor.verdict.load import BLOCKED_FROM, COMPUTES_FROM, FlowLoad, Load
from daskflow.monitor.verdict.machine import cores_of
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

NEAR = 1.12
"""Nodes whose limits differ by a smaller factor may be taken for each other; see `slowest`."""

BUSY_FROM = 0.85
"""A node that does this part of what it could do is at its limit."""

WIRE_FROM = 0.12
"""A node that waits for the ledger for this part of its time loses by it."""

OWN_THREADS_FROM = 0.3
"""What the ledger's process computes beside it holds it up from so many cores on: both need its lock."""

LEDGER_BUSY_FROM = 0.8
"""The ledger's thread is at its limit when it computes for this part of the time."""

CORES_BUSY_FROM = 0.92
"""From this part of their time on, cores count as all busy: samples of them are never quite 1."""

SLOWED_FROM = 1.1
"""The flow waits for cores if without that it would do so many times as much, at least."""

DISK_FROM = 1.2
"""Slots on disk matter if the node would do so many times as much with room in shared memory."""


@dataclass(frozen=True, slots=True)
class Case:
    """What limits a flow.

    Attributes
    ----------
    reason : str
        A word of `daskflow.monitor.verdict.statement`.
    flow : FlowLoad
        The flow.
    load : Load
        The node with the lowest limit.
    cores : Cores
        The machine.
    edge : (str, str) or None
        The edge that is too small, by names of source and target.
    """

    reason: str
    flow: FlowLoad
    load: Load
    cores: Cores
    edge: Edge | None = None

    @property
    def rate(self) -> float:
        """Messages per second of the flow, by the node that limits it."""
        return self.load.activity.rate / self.load.part if self.names_a_node else self.flow.rate

    @property
    def names_a_node(self) -> bool:
        """Whether it is a node that limits the flow."""
        return self.reason not in (SMALL_EDGE, SLOW_LEDGER, FEW_CORES)


def case_of(flow: FlowLoad) -> Case:
    """What limits a flow that has messages enough to be judged."""
    load = slowest(flow)
    reason = _reason(flow, load)
    return Case(reason, flow, load, cores_of(flow), _small_edge(flow, load) if reason == SMALL_EDGE else None)


def slowest(flow: FlowLoad) -> Load:
    """The node that can cope with the fewest of the flow's messages.

    Of some that are alike it is one that is waited for. One behind it looks as busy where it works on what
    there is, such as a node that takes batches: they are the smaller the fewer come.
    """
    dropping = [load for load in flow.loads.values() if load.drops]
    if dropping:
        return min(dropping, key=lambda load: load.limit)
    if not _is_held_up(flow):
        return min(flow.producers or flow.loads.values(), key=lambda load: load.limit)
    by_limit = sorted(flow.loads.values(), key=lambda load: load.limit)
    alike = [load for load in by_limit if load.limit <= NEAR * by_limit[0].limit]
    waited_for = [load for load in alike if flow.is_waited_for(load)]
    return min(waited_for, key=lambda load: (load.is_producer, load.limit), default=by_limit[0])


def _is_held_up(flow: FlowLoad) -> bool:
    """Whether a producer waits for room, or has given all and is waited for no more, or something is lost."""
    return any(
        load.activity.blocked + load.activity.starved >= BLOCKED_FROM for load in flow.producers
    ) or any(load.drops for load in flow.loads.values())


def _reason(flow: FlowLoad, load: Load) -> str:
    waits_for_ledger = max(other.activity.wire for other in flow.loads.values()) >= WIRE_FROM
    is_ledger_busy = flow.snapshot.scheduler.ledger_cpu >= LEDGER_BUSY_FROM or is_held_up_by_its_process(flow)
    if load.efficiency < BUSY_FROM and waits_for_ledger and is_ledger_busy:
        return SLOW_LEDGER
    if _is_slowed_by_cores(flow, load):
        return FEW_CORES
    if load.efficiency >= BUSY_FROM:
        return _slow(flow, load)
    if not waits_for_ledger and not _is_held_up(flow):
        return _slow(flow, load)
    if not waits_for_ledger:
        return SMALL_EDGE
    # A ledger that has little to do and still answers late waits for a core, as the tasks do that hear of it.
    machine = flow.snapshot.machine
    return FEW_CORES if machine.cpu >= CORES_BUSY_FROM * machine.cores else SLOW_LEDGER


def is_held_up_by_its_process(flow: FlowLoad) -> bool:
    """Whether the ledger waits for the other threads of its process, rather than for its own work."""
    scheduler = flow.snapshot.scheduler
    return scheduler.process_cpu - scheduler.ledger_cpu >= OWN_THREADS_FROM


def _is_slowed_by_cores(flow: FlowLoad, load: Load) -> bool:
    """Whether every node would do more than the slowest does now, if none had to wait for a core.

    One that neither computes nor waits for a core for most of its time is better helped by more tasks.
    """
    own = load.activity.busy + load.activity.copying
    if load.activity.queued + load.computing * own < COMPUTES_FROM * own:
        return False
    return min(other.limit_on_free_cores for other in flow.loads.values()) >= SLOWED_FROM * load.limit


def _slow(flow: FlowLoad, load: Load) -> str:
    on_disk = any(task.slots_on_disk for task in flow.snapshot.tasks.values() if task.node == load.name)
    if on_disk and load.limit_in_memory >= DISK_FROM * load.limit:
        return FULL_MEMORY
    if load.is_producer:
        return SLOW_PRODUCER
    if load.node.kind == "consumer":
        return SLOW_CONSUMER
    return SLOW_PROCESSOR if load.node.kind == "processor" else SLOW_STATEFUL


def _small_edge(flow: FlowLoad, load: Load) -> Edge | None:
    """The edge at which a node that is not at its limit loses its time: before it or behind it."""
    edges = flow.snapshot.edges
    before = [edge for edge in edges if edge[1] == load.name]
    behind = [edge for edge in edges if edge[0] == load.name]
    starves = load.activity.starved >= load.activity.blocked
    chosen = (before or behind) if starves else (behind or before)
    return min(chosen, key=lambda edge: edges[edge].capacity, default=None)
