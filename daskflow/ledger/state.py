"""The records of a run that the ledger keeps: nodes, edges, tasks, leases."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from daskflow.ledger.history import History
from daskflow.ledger.kept import Kept
from daskflow.ledger.messages import Lease, Payload
from daskflow.ledger.numbers import NumberSet
from daskflow.ledger.topology import EdgeSpec, NodeSpec


@dataclass(slots=True)
class Counters:
    """How a node's numbers ended. Each number of a node ends in exactly one of the first six."""

    done: int = 0
    skipped: int = 0
    """The node returned SKIP."""
    dropped: int = 0
    """A full lossy edge into the node let it go."""
    lost: int = 0
    """An input was lost with its host, and could not be made again."""
    failed: int = 0
    """The node raised, or died of it."""
    voided: int = 0
    """A parent had no result for it, so there was nothing to do."""
    stored: int = 0
    """Outputs that were written into a slot of the task's own."""
    forwards: int = 0
    """Outputs in slots of inputs alone: not copied."""
    made_again: int = 0
    """Outputs that were lost with a host, and made once more."""
    gaps: int = 0
    """How often a live producer went on after its process had died."""
    steps: int = 0
    """Exchanges: how often a task of the node spoke."""
    tellings: int = 0
    """How often one was told something."""
    busy_s: float = 0.0
    """Time in the node's own code, summed over its tasks."""
    first_s: float | None = None
    last_s: float | None = None
    """When the first and the last number was done, skipped or failed, on the ledger's clock."""

    def worked(self, busy_s: float, now: float) -> None:
        """Note that a task finished numbers after `busy_s` in the node's code."""
        self.busy_s += busy_s
        if self.first_s is None:
            self.first_s = now
        self.last_s = now


class NodeState:
    """Where each number of a node is: not here yet, arriving, ready, leased or resolved."""

    __slots__ = (
        "announced", "arrivals", "counters", "deaths", "edges_in", "edges_out", "end", "history", "index",
        "is_blocked", "is_draining", "is_inline", "is_kept_above", "is_source", "is_unary", "kept",
        "needless_from", "next_number", "ordered", "positions", "ready", "resolved", "shortest", "spec",
        "tasks", "wanted",
    )  # fmt: skip

    def __init__(self, index: int, spec: NodeSpec) -> None:
        self.index = index
        self.spec = spec
        self.is_source = not spec.inputs
        self.is_unary = len(spec.inputs) == 1
        self.ordered = spec.nb_tasks == 1
        self.tasks: list[TaskState] = []
        self.edges_in: list[EdgeState] = []
        self.edges_out: list[EdgeState] = []
        self.positions: list[int] = []  # for each argument, the position of its edge in edges_in
        self.arrivals: dict[int, list[Payload | None]] = {}  # by edge, until leased or resolved
        self.ready: list[int] = []  # heap; may name numbers that were dropped since
        self.resolved = NumberSet()
        self.next_number = 0  # ordered nodes: the next to lease; sources: the next to be emitted
        self.end: int | None = None
        """How many numbers there are, once that is known."""
        self.shortest: int | None = None
        """The lowest limit among the parents that have one: from here on there is nothing to join."""
        self.needless_from: int | None = None
        """From here on nothing below can use the output: every way down meets a join that has a limit."""
        self.counters = Counters()
        self.deaths: dict[int, int] = {}  # of processes that were working on a number
        self.history: History | None = History() if spec.keeps_snapshots else None
        self.kept: Kept | None = None
        """What its results can be made of once more; None where they cannot."""
        self.is_kept_above = False
        """Whether a parent holds its own inputs for as long as this node may miss what was made of them."""
        self.announced = False
        """Whether its tasks were told that it has ended."""
        self.is_inline = False
        """Whether its last output was in no slot: then edges hold more of them."""
        self.wanted = 0
        """How many leases its tasks would like to hold together."""
        self.is_draining = False
        """Whether one task is left of several, which goes on in order once it has nothing in hand."""
        self.is_blocked = False
        """Whether it waits until its outputs have room for several more."""

    @property
    def can_make_again(self) -> bool:
        """Whether it has readers, and a new process would give them the same for the same number."""
        spec = self.spec
        return bool(self.edges_out) and spec.resumable and not spec.keeps_snapshots and not spec.is_live

    @property
    def is_going_back(self) -> bool:
        """Whether a producer is to give messages again that it gave before."""
        return self.next_number < self.resolved.low

    @property
    def limit(self) -> int | None:
        """The number from which on there is no output; None while that is not known."""
        if self.end is None or self.shortest is None:
            return self.shortest if self.end is None else self.end
        return min(self.end, self.shortest)

    @property
    def is_finished(self) -> bool:
        """Whether all numbers that there will ever be are resolved."""
        return self.end is not None and self.resolved.low >= self.end


class EdgeState:
    """One edge, and how many messages wait in it."""

    __slots__ = (
        "capacity", "dropped", "inline_capacity", "lossy", "lost", "position", "source", "target", "waiting",
    )  # fmt: skip

    def __init__(self, spec: EdgeSpec, source: NodeState, target: NodeState) -> None:
        self.source = source
        self.target = target
        self.capacity = spec.capacity
        self.inline_capacity = spec.inline_capacity or spec.capacity
        self.lossy = spec.lossy
        self.position = len(target.edges_in)
        self.waiting = 0
        self.dropped = 0
        self.lost = 0


@dataclass(slots=True)
class Outbox:
    """What a task must be told next."""

    leases: list[Lease] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)
    room: int = 0
    """A producer may emit the numbers below this one."""
    inline_room: int = 0
    """The same, as long as its outputs are in no slot."""
    anew: bool = False
    """What the task was leased before was taken back, since it could not get at an input."""
    stop: bool = False
    """A producer shall end its stream."""
    ended: bool = False
    """The node has no more numbers: close."""
    abort: bool = False
    """The run is over, whatever is in hand: close."""


STARVED, BLOCKED, BUSY = range(3)


@dataclass(slots=True, eq=False)
class TaskState:
    """One task: its current incarnation, what it holds, and what it waits for."""

    index: int
    node: NodeState
    name: str
    incarnation: int = -1
    present: bool = False
    """Whether the process of this incarnation is there: registered, and neither closed nor lost."""
    attached: bool = False
    """Whether it has said that its node is open."""
    closed: bool = False
    is_retiring: bool = False
    """Whether it leaves the run before its node has ended, or has done so."""
    joined_s: float = 0.0
    """When it joined a run that was under way; 0 for one that was there from the start."""
    times_left: int = 0
    """How often it has left and joined again; each time is a new incarnation that is no restart."""
    was_here_s: float = 0.0
    """For how long it had taken part when it left, or before it joined again."""
    wanted: int = 0
    """How many leases the task would like to hold; for a producer, whether it waits for room."""
    leased: dict[int, list[Payload]] = field(default_factory=dict)
    """The numbers it holds, with the payload from each edge."""
    done: int = 0
    """How many numbers it has finished."""
    outbox: Outbox = field(default_factory=Outbox)
    losses: deque[float] = field(default_factory=deque)
    """When its processes died, over the last minute."""
    mode: int = STARVED
    mode_since_s: float = 0.0
    mode_s: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    def enter(self, mode: int, now: float) -> None:
        """Note that the task is starved, blocked or busy from `now` on."""
        if mode != self.mode:
            self.mode_s[self.mode] += now - self.mode_since_s
            self.mode = mode
            self.mode_since_s = now
