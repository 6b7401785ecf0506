"""What a simulation says: frozen, printable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.experiments.simulated.reading import Reading, RunReading
from daskflow.experiments.simulated.site import Site
from daskflow.plan import Plan

QUANTILES = 0.5, 0.95, 0.99


@dataclass(frozen=True, slots=True)
class SimulatedRate:
    """One flow, and its scheduler, after the warm-up.

    Attributes
    ----------
    name : str
        Of the flow.
    tasks : int
        How many it has.
    offered : float
        Messages per second that its producers gave.
    rate : float
        Messages per second that its ends finished; each of several ends counts.
    rates : mapping of str to float
        Messages per second that each node finished.
    drops : mapping of str to float
        Messages per second that a full edge into each node let go, where it did.
    latency : Histogram
        From producers to ends, in seconds, of a sample of messages.
    load : float
        Share of its time that its scheduler computed, from 0 to 1.
    steps, messages : float
        What its scheduler heard per second, and how many finished messages there were in it, over all nodes.
    redone, lost : int
        Messages that lost tasks had in hand, and others worked on again; and those whose inputs were on a
        host that was lost.
    failure : str
        What failed it; empty where nothing has.
    """

    name: str
    tasks: int
    offered: float
    rate: float
    rates: Mapping[str, float]
    drops: Mapping[str, float]
    latency: Histogram
    load: float
    steps: float
    messages: float
    redone: int
    lost: int
    failure: str


@dataclass(frozen=True, slots=True)
class SimulatedScale:
    """What came of a simulation.

    Attributes
    ----------
    flows : tuple of SimulatedRate
        Each with its scheduler.
    hosts : int
        How many there were.
    span_s : float
        How long was measured, in seconds of the simulation.
    cores : float
        How many cores of the hosts were busy, on average.
    network_bytes_per_s : float
        What all hosts and schedulers sent to others.
    busiest_bytes_per_s : float
        What went through the one network interface that had most, in one direction.
    fetched : float
        Results per second that went from host to host.
    moved : int
        How often a task was given another place.
    unplaced : tuple of str
        Tasks that had none at the end, since no worker had room.
    events : int
        Things that happened in the simulation, from its beginning.
    took_s : float
        How long the simulation took, in seconds.
    """

    flows: tuple[SimulatedRate, ...]
    hosts: int
    span_s: float
    cores: float
    network_bytes_per_s: float
    busiest_bytes_per_s: float
    fetched: float
    moved: int
    unplaced: tuple[str, ...]
    events: int
    took_s: float

    @property
    def offered(self) -> float:
        """Messages per second that all producers gave."""
        return sum(flow.offered for flow in self.flows)

    @property
    def rate(self) -> float:
        """Messages per second that all ends finished."""
        return sum(flow.rate for flow in self.flows)

    @property
    def latency(self) -> Histogram:
        """From producers to ends, over all flows."""
        return sum((flow.latency for flow in self.flows), NOTHING)

    @property
    def dropped(self) -> float:
        """Messages per second that full edges let go."""
        return sum(sum(flow.drops.values()) for flow in self.flows)

    @property
    def scheduler_load(self) -> float:
        """Of the busiest scheduler, from 0 to 1."""
        return max(flow.load for flow in self.flows)

    @property
    def redone(self) -> int:
        """Messages that were worked on again, since a task was lost with them in hand."""
        return sum(flow.redone for flow in self.flows)

    @property
    def lost(self) -> int:
        """Messages whose inputs went with a host."""
        return sum(flow.lost for flow in self.flows)

    @property
    def failures(self) -> tuple[str, ...]:
        """What failed flows."""
        return tuple(f"{flow.name}: {flow.failure}" for flow in self.flows if flow.failure)

    def __str__(self) -> str:
        from daskflow.experiments.simulated.table import scale_table

        return scale_table(self)


def result_of(site: Site, warm: Reading, end: Reading, events: int, took_s: float) -> SimulatedScale:
    """What happened between two readings."""
    span_s = end.now_s - warm.now_s
    busiest = max(b - a for a, b in zip(warm.busiest_bytes, end.busiest_bytes, strict=True))
    runs = zip(site.runs, warm.runs, end.runs, strict=True)
    return SimulatedScale(
        flows=tuple(_rate_of(run.plan, run.scheduler.failure, a, b, span_s) for run, a, b in runs),
        hosts=len(site.machines),
        span_s=span_s,
        cores=(end.cores_s - warm.cores_s) / span_s,
        network_bytes_per_s=(end.sent_bytes - warm.sent_bytes) / span_s,
        busiest_bytes_per_s=busiest / span_s,
        fetched=(end.fetched - warm.fetched) / span_s,
        moved=site.moved,
        unplaced=tuple(name for run in site.runs for name in run.without_place),
        events=events,
        took_s=took_s,
    )


def _rate_of(plan: Plan, failure: str, warm: RunReading, end: RunReading, span_s: float) -> SimulatedRate:
    read = {parent for node in plan.nodes for parent in node.parents}
    rates = {node.name: (end.worked[node.name] - warm.worked[node.name]) / span_s for node in plan.nodes}
    drops = {node.name: (end.dropped[node.name] - warm.dropped[node.name]) / span_s for node in plan.nodes}
    return SimulatedRate(
        name=plan.flow_name,
        tasks=len(plan.tasks),
        offered=sum(rates[node.name] for node in plan.nodes if not node.parents),
        rate=sum(rates[node.name] for node in plan.nodes if node.name not in read),
        rates=rates,
        drops={name: rate for name, rate in drops.items() if rate},
        latency=end.latency - warm.latency,
        load=(end.busy_s - warm.busy_s) / span_s,
        steps=(end.steps - warm.steps) / span_s,
        messages=(end.messages - warm.messages) / span_s,
        redone=end.redone,
        lost=end.lost,
        failure=failure,
    )
