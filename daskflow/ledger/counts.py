"""The ledger's counters at one moment, frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from daskflow.core.histogram import Histogram
from daskflow.ledger.dispatch import window_of
from daskflow.ledger.paths import Paths
from daskflow.ledger.state import BLOCKED, STARVED, Counters, NodeState, TaskState


@dataclass(frozen=True, slots=True)
class NodeCounts:
    """What the ledger counted for one node."""

    name: str
    nb_tasks: int
    done: int
    skipped: int
    dropped: int
    failed: int
    voided: int
    lost: int
    made_again: int
    in_flight: int
    waiting: int
    """Messages in the edges into the node."""
    stored: int
    forwards: int
    steps: int
    tellings: int
    """See `daskflow.ledger.state.Counters`."""
    busy_s: float
    """In the node's own code, summed over its tasks."""
    rate: float
    """Numbers worked on per second, between the first and the last."""
    restarts: int
    gaps: int

    @property
    def worked(self) -> int:
        """Numbers that its tasks finished."""
        return self.done + self.skipped + self.failed


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """What the ledger knows of one task."""

    name: str
    node: int
    """Its index."""
    mode: int
    """`STARVED`, `BLOCKED` or `BUSY`."""
    is_attached: bool
    is_closed: bool
    has_left: bool
    """Whether it left the run before its node had ended."""
    in_hand: int
    done: int
    restarts: int
    here_s: float
    """For how long it took part since the run started."""
    starved_s: float
    blocked_s: float
    """How long it had nothing to do, or no room for a result, since the run started."""


@dataclass(frozen=True, slots=True)
class EdgeCounts:
    """One edge, between nodes by index."""

    source: int
    target: int
    capacity: int
    """As it is now: with small messages an edge holds more."""
    lossy: bool
    waiting: int
    dropped: int
    lost: int
    """Messages that went with their host, before the target had them."""


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """Counts of a whole run, `elapsed_s` after the first message could move."""

    elapsed_s: float
    nodes: tuple[NodeCounts, ...]
    """In topological order."""
    tasks: tuple[TaskCounts, ...] = ()
    edges: tuple[EdgeCounts, ...] = ()
    paths: Mapping[tuple[int, int], Histogram] = field(default_factory=dict)
    """Latencies by index of a producer and of a node without children."""


def counts_of(
    nodes: Sequence[NodeState],
    tasks: Sequence[TaskState],
    paths: Paths,
    started_s: float | None,
    now: float,
) -> LedgerCounts:
    """Freeze the counters of a run."""
    return LedgerCounts(
        0.0 if started_s is None else now - started_s,
        tuple(_node_counts(node) for node in nodes),
        tuple(_task_counts(task, started_s, now) for task in tasks),
        tuple(
            EdgeCounts(
                source=node.index,
                target=edge.target.index,
                capacity=edge.capacity if edge.lossy else window_of(edge, node.is_inline),
                lossy=edge.lossy,
                waiting=edge.waiting,
                dropped=edge.dropped,
                lost=edge.lost,
            )
            for node in nodes
            for edge in node.edges_out
        ),
        paths.histograms(),
    )


def _node_counts(node: NodeState) -> NodeCounts:
    counters = node.counters
    worked = counters.done + counters.skipped + counters.failed
    return NodeCounts(
        name=node.spec.name,
        nb_tasks=sum(not task.is_retiring for task in node.tasks),
        done=counters.done,
        skipped=counters.skipped,
        dropped=counters.dropped,
        failed=counters.failed,
        voided=counters.voided,
        lost=counters.lost,
        made_again=counters.made_again,
        in_flight=sum(len(task.leased) for task in node.tasks),
        waiting=sum(edge.waiting for edge in node.edges_in),
        stored=counters.stored,
        forwards=counters.forwards,
        steps=counters.steps,
        tellings=counters.tellings,
        busy_s=counters.busy_s,
        rate=_rate(counters, worked),
        restarts=sum(_restarts(task) for task in node.tasks),
        gaps=counters.gaps,
    )


def _rate(counters: Counters, worked: int) -> float:
    if worked < 2 or counters.first_s is None or counters.last_s is None:
        return 0.0
    span = counters.last_s - counters.first_s
    return (worked - 1) / span if span > 0 else 0.0


def _task_counts(task: TaskState, started_s: float | None, now: float) -> TaskCounts:
    spent = list(task.mode_s)
    if started_s is not None and not task.closed:
        spent[task.mode] += now - task.mode_since_s
    return TaskCounts(
        name=task.name,
        node=task.node.index,
        mode=task.mode,
        is_attached=task.attached,
        is_closed=task.closed,
        has_left=task.closed and task.is_retiring,
        in_hand=len(task.leased),
        done=task.done,
        restarts=_restarts(task),
        here_s=_here_s(task, started_s, now),
        starved_s=spent[STARVED],
        blocked_s=spent[BLOCKED],
    )


def _here_s(task: TaskState, started_s: float | None, now: float) -> float:
    if started_s is None:
        return 0.0
    if task.is_retiring and task.closed:
        return task.was_here_s
    return task.was_here_s + now - max(started_s, task.joined_s)


def _restarts(task: TaskState) -> int:
    return max(0, task.incarnation - task.times_left)
