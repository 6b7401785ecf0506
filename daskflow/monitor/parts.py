"""What of a run is measured beside its nodes: edges, tasks, paths, the machine, the ledger, and mishaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from daskflow.core.histogram import NOTHING, Histogram

Edge = tuple[str, str]
"""Names of source and target."""


@dataclass(frozen=True, slots=True)
class EdgeMetrics:
    """One edge.

    Attributes
    ----------
    source, target : str
        Names of the nodes at its ends.
    capacity : int
        How many messages it admits at the moment: those that wait and, if it blocks, those in the hands of
        the tasks at its ends.
    lossy : bool
        Whether it drops its oldest message when it is full, rather than block its source.
    waiting : int
        Messages in it.
    dropped : int
        Messages that it has dropped.
    lost : int
        Messages in it that went with a host.
    rate, drop_rate : float
        Messages that came into it, and that it dropped, per second of the last few.
    carries_pictures : bool
        Whether the last message that was looked at was an image, so that it can be shown.
    """

    source: str
    target: str
    capacity: int
    lossy: bool = False
    waiting: int = 0
    dropped: int = 0
    lost: int = 0
    rate: float = 0.0
    drop_rate: float = 0.0
    carries_pictures: bool = False

    @property
    def fill(self) -> float:
        """How full it is, from 0 to 1."""
        return min(1.0, self.waiting / self.capacity) if self.capacity else 0.0


STARTING, STARVED, BLOCKED, WORKING, CLOSED = "starting", "starved", "blocked", "working", "closed"
"""What a task is doing."""


@dataclass(frozen=True, slots=True)
class TaskMetrics:
    """One task and its process.

    Attributes
    ----------
    name, node : str
        The task, which is also its worker's name in Dask, and the node that it runs.
    device : str
        Where it runs, in words: ``"cpu"``, ``"gpu 1"``, ``"cpu: no GPU found"``.
    state : str
        ``"starting"``, ``"starved"``, ``"blocked"``, ``"working"`` or ``"closed"``.
    pid : int
        Of its process; 0 while it has none.
    restarts : int
        How often it was started anew after its process had died.
    done : int
        Messages that it has finished.
    in_hand : int
        Messages that it holds.
    busy : float
        Share of the last seconds in the node's own code, from 0 to 1.
    cpu : float
        How many cores its process kept busy in the last seconds; 0 where that is not known.
    memory_bytes : int
        What its process holds of main memory (RSS), mapped slots included; 0 where that is not known.
    slots, slots_on_disk : int
        How many slots it has made, and how many of them found no room in shared memory.
    """

    name: str
    node: str
    device: str = "cpu"
    state: str = STARTING
    pid: int = 0
    restarts: int = 0
    done: int = 0
    in_hand: int = 0
    busy: float = 0.0
    cpu: float = 0.0
    memory_bytes: int = 0
    slots: int = 0
    slots_on_disk: int = 0


@dataclass(frozen=True, slots=True)
class PathMetrics:
    """From a producer to an end of the flow: how long a message took, from given to finished.

    Attributes
    ----------
    producer, consumer : str
        Names of the nodes.
    latency : Histogram
        Since the run began, in seconds, of a sample of the messages.
    recent : Histogram
        The same over the last seconds.
    """

    producer: str
    consumer: str
    latency: Histogram = NOTHING
    recent: Histogram = NOTHING


@dataclass(frozen=True, slots=True)
class MachineMetrics:
    """The machine that the flow runs on.

    Attributes
    ----------
    cores : int
        That the flow may use.
    cpu : float
        How many of them were busy in the last seconds, with anything.
    flow_cpu : float
        How many its tasks kept busy.
    memory_free_bytes : int
        Main memory that could be had.
    shared_memory_bytes, shared_memory_free_bytes : int
        Where slots are: how large it is, and how much of that is free.
    """

    cores: int = 1
    cpu: float = 0.0
    flow_cpu: float = 0.0
    memory_free_bytes: int = 0
    shared_memory_bytes: int = 0
    shared_memory_free_bytes: int = 0

    @property
    def idle_cores(self) -> float:
        """How many cores had nothing to do."""
        return max(0.0, self.cores - self.cpu)


@dataclass(frozen=True, slots=True)
class SchedulerMetrics:
    """The process that the ledger and Dask's scheduler live in.

    Attributes
    ----------
    ledger_cpu : float
        Share of the last seconds in which the ledger's thread was computing, from 0 to 1.
    process_cpu : float
        How many cores the whole process kept busy, the caller's own threads included.
    lag_s : float
        How long the ledger's thread needed to answer, as a typical time of the last seconds.
    """

    ledger_cpu: float = 0.0
    process_cpu: float = 0.0
    lag_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rescaling:
    """A node was given another number of tasks while the flow ran.

    Attributes
    ----------
    elapsed_s : float
        When, in seconds since messages could move.
    node : str
        Its name.
    before, after : int
        How many tasks it had, and has.
    reason : str
        Why; empty where somebody asked for it.
    """

    elapsed_s: float
    node: str
    before: int
    after: int
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ", as asked for"
        return f"{self.node} has {self.after} task{'s' * (self.after != 1)} instead of {self.before}{why}"


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that went wrong, or was warned of.

    Attributes
    ----------
    time_s : float
        When, in seconds since the epoch.
    level : str
        ``"WARNING"``, ``"ERROR"`` or ``"CRITICAL"``.
    node, task : str
        Where.
    number : int or None
        The message in hand.
    words : str
        What it was.
    traceback : str
        Where in the node's code, if it was an exception; else empty.
    is_dead_letter : bool
        Whether the message was given up.
    """

    time_s: float
    level: str
    node: str
    task: str
    number: int | None
    words: str
    traceback: str = ""
    is_dead_letter: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """What is remembered of an earlier moment of a run, for time lines.

    Attributes
    ----------
    elapsed_s : float
        When, in seconds since messages could move.
    rates : mapping of str to float
        Messages finished per second, by node, since the moment before.
    waiting : mapping of (str, str) to int
        Messages that waited, by edge.
    drop_rates : mapping of (str, str) to float
        Messages dropped per second since the moment before, by edge.
    latencies : mapping of (str, str) to (float, float)
        Median and 95 % quantile of the latency since the moment before, in seconds, by producer and consumer;
        a path on which nothing was finished is missing.
    """

    elapsed_s: float
    rates: Mapping[str, float] = field(default_factory=dict)
    waiting: Mapping[Edge, int] = field(default_factory=dict)
    drop_rates: Mapping[Edge, float] = field(default_factory=dict)
    latencies: Mapping[Edge, tuple[float, float]] = field(default_factory=dict)
