"""The ledger's counters at one moment, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.ledger.state import BLOCKED, BUSY, STARVED, Counters, TaskState
from daskflow.ledger.streams import Streams


@dataclass(frozen=True, slots=True)
class NodeCounts:
    """What the ledger counted for one node; times are sums over the node's tasks, in seconds."""

    name: str
    nb_tasks: int
    done: int
    skipped: int
    dropped: int
    failed: int
    voided: int
    in_flight: int
    waiting: int
    """Messages in the edges into the node."""
    stored: int
    forwards: int
    steps: int
    tellings: int
    """See `daskflow.ledger.state.Counters`."""
    busy_s: float
    rate: float
    """Numbers worked on per second, between the first and the last."""
    starved_share: float
    blocked_share: float
    leased_share: float
    """Shares of the tasks' time with nothing to do, with no room for a result, and with something in hand."""
    restarts: int
    gaps: int


@dataclass(frozen=True, slots=True)
class LedgerSnapshot:
    """Counts of all nodes, in topological order, `elapsed_s` after the first message could move."""

    elapsed_s: float
    nodes: tuple[NodeCounts, ...]


def snapshot(streams: Streams, started_s: float | None, now: float) -> LedgerSnapshot:
    """Freeze the counters of a run."""
    counts = []
    for node in streams.nodes:
        counters = node.counters
        worked = counters.done + counters.skipped + counters.failed
        starved, blocked, leased = _shares(node.tasks, now)
        counts.append(
            NodeCounts(
                name=node.spec.name,
                nb_tasks=node.spec.nb_tasks,
                done=counters.done,
                skipped=counters.skipped,
                dropped=counters.dropped,
                failed=counters.failed,
                voided=counters.voided,
                in_flight=sum(len(task.leased) for task in node.tasks),
                waiting=sum(edge.waiting for edge in node.edges_in),
                stored=counters.stored,
                forwards=counters.forwards,
                steps=counters.steps,
                tellings=counters.tellings,
                busy_s=counters.busy_s,
                rate=_rate(counters, worked),
                starved_share=starved,
                blocked_share=blocked,
                leased_share=leased,
                restarts=sum(max(0, task.incarnation) for task in node.tasks),
                gaps=counters.gaps,
            )
        )
    return LedgerSnapshot(0.0 if started_s is None else now - started_s, tuple(counts))


def _rate(counters: Counters, worked: int) -> float:
    if worked < 2 or counters.first_s is None or counters.last_s is None:
        return 0.0
    span = counters.last_s - counters.first_s
    return (worked - 1) / span if span > 0 else 0.0


def _shares(tasks: list[TaskState], now: float) -> tuple[float, float, float]:
    totals = [0.0, 0.0, 0.0]
    for task in tasks:
        for mode in (STARVED, BLOCKED, BUSY):
            totals[mode] += task.mode_s[mode]
        if not task.closed:
            totals[task.mode] += now - task.mode_since_s
    whole = sum(totals) or 1.0
    return totals[STARVED] / whole, totals[BLOCKED] / whole, totals[BUSY] / whole
