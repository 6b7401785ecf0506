"""What a flow of a profile would do with other numbers of tasks, on other cores."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from daskflow.advice.profile import FlowProfile, NodeProfile
from daskflow.core.constants import REALTIME
from daskflow.monitor.forecast.cores import IDLING, Cores
from daskflow.monitor.forecast.limits import CORES, NEARLY, Forecast, ledger_limit, lowest


@dataclass(frozen=True, slots=True)
class Model:
    """A profile, and the cores that the flow shall run on.

    Each node is a station that is occupied by a message for as long as when it was measured, less what it
    waited for a core then: what cores can do is a limit of its own.

    Attributes
    ----------
    profile : FlowProfile
        What was measured.
    cores : int
        How many there are.
    foreign_cores : float
        How many of them something else keeps busy.
    """

    profile: FlowProfile
    cores: int
    foreign_cores: float = 0.0

    def each(self, node: NodeProfile) -> float:
        """How many of the flow's messages a second one task of a node can cope with."""
        return 1.0 / (node.undisturbed_s * node.part) if node.undisturbed_s > 0 else math.inf

    def station(self, node: NodeProfile, nb_tasks: int) -> Forecast:
        """What a node would let through with so many tasks."""
        return Forecast(nb_tasks * self.each(node), node.name)

    def limit(self, tasks: Mapping[str, int], without: Collection[str] = ()) -> Forecast:
        """What the flow would do with so many tasks for each node, and what limits it then.

        Parameters
        ----------
        tasks : mapping of str to int
            For every node.
        without : collection of str
            Nodes that are taken to limit nothing.
        """
        stations = [
            self.station(node, tasks[name])
            for name, node in self.profile.nodes.items()
            if name not in without and node.undisturbed_s > 0
        ]
        profile, cores = self.profile, self.limit_of_cores(tasks)
        best = lowest([*stations, cores, *ledger_limit(profile.rate, profile.ledger_cpu)])
        node = profile.nodes.get(best.by)
        if node is not None and node.can_be_replicated and best.rate >= NEARLY * cores.rate:
            return Forecast(best.rate, CORES)  # more tasks would not help
        return best

    def limit_of_cores(self, tasks: Mapping[str, int]) -> Forecast:
        """How many messages a second the cores could cope with."""
        others = self.foreign_cores + self.standing_cores(tasks) + self._fixed_cores
        cores = Cores(self.cores, 0.0, others, self.cpu_s, are_busy=False)
        return Forecast(cores.limit(), CORES)

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

    @property
    def _fixed_cores(self) -> float:
        if not self.drops:
            return 0.0
        return sum(node.cpu_s * node.rate for node in self.profile.nodes.values() if not node.parents)
