"""What was counted in a simulation up to some time."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.core.histogram import NOTHING, Histogram
from daskflow.experiments.simulated.run import SimulatedRun
from daskflow.experiments.simulated.site import Site


@dataclass(frozen=True, slots=True)
class RunReading:
    """Of one run.

    Attributes
    ----------
    worked, dropped : dict of str to int
        Messages that the tasks of each node have finished, and that a full edge into it let go.
    latency : Histogram
        From producers to ends, in seconds, of a sample of messages.
    busy_s : float
        Processor time of its scheduler.
    steps, tellings, messages : int
        What its scheduler heard, and said; and how many outcomes it took in.
    computed, redone, lost : int
        Calls that ended; messages that lost tasks had in hand; messages whose inputs went with a host.
    """

    worked: dict[str, int]
    dropped: dict[str, int]
    latency: Histogram
    busy_s: float
    steps: int
    tellings: int
    messages: int
    computed: int
    redone: int
    lost: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Of all of them, and of the machines."""

    now_s: float
    runs: tuple[RunReading, ...]
    cores_s: float
    """Core-seconds that the hosts have computed."""
    busiest_bytes: tuple[int, ...]
    """What went through the interface of each host, in the direction in which it was more."""
    sent_bytes: int
    fetched: int


def read(site: Site, now_s: float) -> Reading:
    """All counters, as they are now."""
    wires = site.wires
    both = zip(wires.sent_bytes, wires.received_bytes, strict=True)
    return Reading(
        now_s,
        tuple(_read(run, now_s) for run in site.runs),
        sum(machine.cores.busy_s for machine in site.machines),
        tuple(max(each) for each in both),
        sum(wires.sent_bytes),
        sum(machine.fetched for machine in (*site.machines, site.caller)),
    )


def _read(run: SimulatedRun, now_s: float) -> RunReading:
    scheduler = run.scheduler
    counted = scheduler.ledger.counts(now_s)
    return RunReading(
        {node.name: node.worked for node in counted.nodes},
        {node.name: node.dropped for node in counted.nodes},
        sum(counted.paths.values(), NOTHING),
        scheduler.busy_s,
        scheduler.steps,
        scheduler.tellings,
        scheduler.messages,
        sum(task.computed for task in scheduler.tasks),
        scheduler.redone,
        sum(task.lost_inputs for task in scheduler.tasks),
    )
