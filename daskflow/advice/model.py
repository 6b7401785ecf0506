"""What a flow of a profile would do with other numbers of tasks, on other cores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from daskflow.advice.profile import FlowProfile, NodeProfile
from daskflow.core.constants import REALTIME
from daskflow.monitor.forecast.cores import IDLING, Cores
from daskflow.monitor.forecast.limits import CORES, NEARLY, Forecast, ledger_limit, lowest

COMPUTES_FROM = 0.2
"""A node that computes for a smaller part of its time may wait for a core many times as long as it has one:
that is how soon it is woken, and says little of others."""

COMPUTES_ALL_FROM = 0.5
"""A node that computes for this part of its time or more wants a core all the time, or nearly."""

_HALVINGS = 40
"""Of the span in which the stretch is: as exact as a float needs."""


@dataclass(frozen=True, slots=True)
class Model:
    """A profile, and the cores that the flow shall run on.

    Each node is a station that is occupied by a message for as long as when it was measured, less what it
    waited for a core then. What computes takes longer where more want a core than there are: the system
    shares them fairly, so that all take longer by the same factor, the *stretch*. Where only the flow wants
    cores, that makes their number divided by the processor time of a message the limit of its rate.

    Attributes
    ----------
    profile : FlowProfile
        What was measured.
    cores : int
        How many there are.
    rivals : float
        How many others want a core, on average.
    foreign_cores : float
        How many cores they have.
    """

    profile: FlowProfile
    cores: int
    rivals: float = 0.0
    foreign_cores: float = 0.0

    def each(self, node: NodeProfile) -> float:
        """How many of the flow's messages a second one task of a node can cope with, on a core of its own."""
        return self._each(node, 1.0)

    def station(self, node: NodeProfile, nb_tasks: int) -> Forecast:
        """What a node would let through with so many tasks, each on a core of its own."""
        return Forecast(nb_tasks * self.each(node), node.name)

    def limit(self, tasks: Mapping[str, int]) -> Forecast:
        """What the flow would do with so many tasks for each node, and what limits it then."""
        stretched = self._slowest(tasks, self.stretch(tasks))
        best = lowest([stretched, *self._left_by_others(tasks), *self._ledger])
        node = self.profile.nodes.get(best.by)
        if node is None:
            return best
        would_help = node.can_be_replicated and best.rate < NEARLY * self.limit_of_cores(tasks).rate
        is_stretched = best.rate < NEARLY * self._slowest(tasks, 1.0).rate
        is_by_cores = is_stretched or (node.can_be_replicated and not would_help)
        return Forecast(best.rate, CORES) if is_by_cores else best

    def limit_beside_nodes(self, tasks: Mapping[str, int]) -> Forecast:
        """What cores and scheduler could cope with, whatever nodes can do."""
        return min([self.limit_of_cores(tasks), *self._ledger], key=lambda limit: limit.rate)

    def limit_of_cores(self, tasks: Mapping[str, int]) -> Forecast:
        """How many messages a second the cores could cope with, without rivals."""
        others = self.standing_cores(tasks) + self._fixed_cores
        return Forecast(Cores(self.cores, 0.0, others, self.cpu_s).limit(), CORES)

    def stretch(self, tasks: Mapping[str, int]) -> float:
        """By which factor what computes takes longer than on a core of its own; at least 1."""

        def wanted(stretch: float) -> float:  # cores, as a part of those that there are
            rate = self._slowest(tasks, stretch).rate
            own = rate * self.cpu_s if rate < math.inf else 0.0
            own += self.standing_cores(tasks) + self._fixed_cores
            return (self.rivals + own * stretch) / self.cores

        low, high = 1.0, 1.0 + (self.rivals + sum(tasks.values())) / self.cores
        while wanted(high) > high and high < 1e6:
            high *= 2.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if wanted(middle) > middle else (low, middle)
        return low

    def cores_needed(self, tasks: Mapping[str, int], rate: float) -> float:
        """How many cores the flow keeps busy at so many messages per second."""
        return self.standing_cores(tasks) + self._fixed_cores + rate * self.cpu_s

    def standing_cores(self, tasks: Mapping[str, int]) -> float:
        """How many cores its processes take as such: as was measured, and what each more adds."""
        more = sum(tasks.values()) - sum(node.nb_tasks for node in self.profile.nodes.values())
        return max(0.0, self.profile.standing_cores + IDLING * more)

    @property
    def drops(self) -> bool:
        """Whether a full edge drops, so that sources go at a pace of their own."""
        return self.profile.flow_type == REALTIME

    @property
    def cpu_s(self) -> float:
        """Processor time for each of the flow's messages, in seconds; in real time without the sources'."""
        nodes = [node for node in self.profile.nodes.values() if node.parents or not self.drops]
        return self.profile.ledger_s + sum(node.cpu_s * node.part for node in nodes)

    def _left_by_others(self, tasks: Mapping[str, int]) -> list[Forecast]:
        """What the cores could cope with if others kept theirs; no less than when it was measured.

        So it is where those compute now and then, as most programs do, and tasks of the flow all the time: a
        fair scheduler gives who wants little all of it.
        """
        if not self.foreign_cores or not self.cpu_s or _most_computing(self.profile) < COMPUTES_ALL_FROM:
            return []
        left = self.cores - self.foreign_cores - self.standing_cores(tasks) - self._fixed_cores
        return [Forecast(max(left / self.cpu_s, self.profile.rate), CORES)]

    def _each(self, node: NodeProfile, stretch: float) -> float:
        own_s = node.undisturbed_s + node.cpu_s * (stretch - 1.0)
        return 1.0 / (own_s * node.part) if own_s > 0 else math.inf

    def _slowest(self, tasks: Mapping[str, int], stretch: float) -> Forecast:
        nodes = self.profile.nodes.items()
        return lowest([Forecast(tasks[name] * self._each(node, stretch), name) for name, node in nodes])

    @property
    def _ledger(self) -> list[Forecast]:
        return ledger_limit(self.profile.rate, self.profile.ledger_cpu)

    @property
    def _fixed_cores(self) -> float:
        if not self.drops:
            return 0.0
        return sum(node.cpu_s * node.rate for node in self.profile.nodes.values() if not node.parents)


def _most_computing(profile: FlowProfile) -> float:
    """Which part of its time the node computes that takes most of the cores."""
    most = max(profile.nodes.values(), key=lambda node: node.cpu_s * node.part, default=None)
    return most.computing if most is not None else 0.0


def rivals_of(profile: FlowProfile) -> float:
    """How many others wanted a core while a flow was measured, on average.

    Those that had one, and those that waited: if the flow's own computing took so many times as long as on
    a core of its own, theirs did too, so that so many times as many wanted one as had one.
    """
    nodes = profile.nodes.values()
    most = max(nodes, key=lambda node: node.cpu_s * node.part, default=None)
    if most is None or most.computing < COMPUTES_FROM:
        return profile.foreign_cores
    return profile.foreign_cores * (1.0 + most.queued_s / most.cpu_s)
