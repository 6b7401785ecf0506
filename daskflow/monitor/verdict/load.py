"""What nodes have to do, in terms of the flow's messages.

The terms are those of operational analysis (Denning and Buzen, "The Operational Analysis of Queueing Network
Models", 1978): a station that serves X messages a second and is occupied for the share U of its time could
serve X / U of them (utilisation law); of each message of the flow it sees so many (forced flow law); and the
station that could serve the fewest of the flow's messages limits it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from daskflow.core.constants import REALTIME
from daskflow.monitor.activity import Activity
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.verdict.graph import Parents, parents_of

RAREST = 0.001
"""A node that sees a smaller part of the flow's messages is judged as if it saw this."""

LOSSES_FROM = 0.01
"""A node that drops less than this part of what comes keeps up."""

MOST_SPARED = 0.95
"""No more of a node's time than this is taken for a matter of the machine."""

COMPUTES_FROM = 0.5
"""A node computes, rather than waits, if it does so for this part of the time that it is occupied."""

BLOCKED_FROM = 0.04
"""Who waits for room for a smaller part of the time does so by chance."""


@dataclass(frozen=True, slots=True)
class Load:
    """A node over the span that is judged.

    Attributes
    ----------
    node : NodeMetrics
        The node.
    activity : Activity
        What it did.
    part : float
        Which part of the flow's messages comes to it, those that are dropped on the way included; the others
        were skipped above it.
    is_end : bool
        Whether nobody in the flow reads it.
    """

    node: NodeMetrics
    activity: Activity
    part: float = 1.0
    is_end: bool = False

    @property
    def name(self) -> str:
        """Of the node."""
        return self.node.name

    @property
    def is_producer(self) -> bool:
        """Whether the flow begins here."""
        return self.node.kind == "producer"

    @property
    def occupied(self) -> float:
        """Share of its tasks' time that it takes for its messages, from 0 to 1.

        What an end of the flow waits for room is part of that: it waits for the program that takes its
        results, which is no node.
        """
        own = self.activity.busy + self.activity.copying
        return own + self.activity.blocked if self.is_end else own

    @property
    def possible_rate(self) -> float:
        """What its tasks could finish if they never waited, in messages per second; 0 if it is not known."""
        possible = self.activity.possible_rate
        own = self.activity.busy + self.activity.copying
        if not possible and own > 0:
            possible = self.activity.rate / own
        return possible * own / self.occupied if self.is_end and self.occupied > 0 else possible

    @property
    def limit(self) -> float:
        """How many of the flow's messages it could cope with, per second; infinite where it is not known."""
        return self.possible_rate / self.part if self.possible_rate > 0 else math.inf

    @property
    def efficiency(self) -> float:
        """Which part of what it could do it does, from 0 to 1."""
        return min(1.0, self.activity.rate / self.possible_rate) if self.possible_rate > 0 else 0.0

    @property
    def messages(self) -> int:
        """How many it was measured with in the span."""
        return self.activity.process_time.count

    @property
    def drops(self) -> bool:
        """Whether messages are lost at its edge, and more than by chance."""
        lost = self.activity.drop_rate
        return lost > LOSSES_FROM * (lost + self.activity.rate)

    @property
    def cpu_s(self) -> float:
        """Processor time that it takes for each of the flow's messages, in seconds."""
        return self.activity.cpu / self.activity.rate * self.part if self.activity.rate > 0 else 0.0

    @property
    def limit_in_memory(self) -> float:
        """Its `limit` if its results had room in shared memory: copying takes what is computed of it then."""
        if not self.activity.cpu:
            return self.limit
        spared = self.activity.copying * (1.0 - self.computing) - self.activity.queued
        return self._limit_without(spared)

    @property
    def limit_on_free_cores(self) -> float:
        """Its `limit` if its tasks never waited for a core."""
        return self._limit_without(self.activity.queued)

    def _limit_without(self, spared: float) -> float:
        """Its `limit` if the same messages took less of its tasks' time, by this share of all of it."""
        own = self.activity.busy + self.activity.copying
        spared = min(max(0.0, spared), MOST_SPARED * own)
        return self.limit * own / (own - spared) if spared > 0 else self.limit

    @property
    def computing(self) -> float:
        """Which part of the time that it is occupied it computes, from 0 to 1."""
        own = (self.activity.busy + self.activity.copying) * self.node.nb_tasks
        return min(1.0, self.activity.cpu / own) if own > 0 else 0.0


@dataclass(frozen=True, slots=True)
class FlowLoad:
    """All nodes of a flow over the same span.

    Attributes
    ----------
    snapshot : RunSnapshot
        Where it comes from.
    loads : mapping of str to Load
        By name, in topological order.
    parents : mapping of str to tuple of str
        The nodes that each node reads.
    ledger_part : float
        Which part of the ledger's work is for this flow, rather than for others that are not connected.
    """

    snapshot: RunSnapshot
    loads: Mapping[str, Load]
    parents: Parents
    ledger_part: float = 1.0

    @property
    def drops_when_full(self) -> bool:
        """Whether a full edge drops, rather than block its source."""
        return self.snapshot.flow_type == REALTIME

    @property
    def producers(self) -> list[Load]:
        """Where the flow begins."""
        return [load for load in self.loads.values() if not self.parents[load.name]]

    @property
    def rate(self) -> float:
        """Messages per second that come to the end; of several ends the slowest counts."""
        ends = [load for load in self.loads.values() if load.is_end and load.part > RAREST]
        return min((load.activity.rate / load.part for load in ends or self.producers), default=0.0)

    def is_waited_for(self, load: Load) -> bool:
        """Whether somebody right before a node waits until it has room, or messages are dropped there."""
        if not self.parents[load.name]:
            return load.activity.blocked < BLOCKED_FROM
        if load.drops:
            return True
        parents = [self.loads[parent] for parent in self.parents[load.name]]
        return any(parent.activity.blocked >= BLOCKED_FROM for parent in parents)


def flow_load(snapshot: RunSnapshot, *, whole: bool, ledger_part: float = 1.0) -> FlowLoad:
    """Judge nodes by the whole run, or by its last seconds."""
    parents = parents_of(snapshot)
    readers = {source for sources in parents.values() for source in sources}
    parts: dict[str, float] = {}
    loads: dict[str, Load] = {}
    for name, node in snapshot.nodes.items():
        # With several parents it sees what none of them has skipped: exactly so where one sees all.
        given = [parts[parent] * _passed(snapshot.nodes[parent]) for parent in parents[name]]
        parts[name] = max(RAREST, min(given, default=1.0))
        activity = node.whole if whole else node.recent
        loads[name] = Load(node, activity, parts[name], name not in readers)
    return FlowLoad(snapshot, loads, parents, ledger_part)


def _passed(node: NodeMetrics) -> float:
    """Which part of what a node has finished it gave a result for."""
    without = node.skipped + node.failed
    return node.emitted / (node.emitted + without) if node.emitted + without else 1.0
