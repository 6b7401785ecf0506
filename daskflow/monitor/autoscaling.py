"""How many tasks a node should have, by what a snapshot says: pure decisions, with what they remember."""

from __future__ import annotations

import math
from dataclasses import dataclass

from daskflow.core.arguments import number, whole
from daskflow.monitor.snapshot import RUNNING, NodeMetrics, RunSnapshot

DEFAULT_TARGET = 0.75
"""Share of their time that tasks should be occupied: near 1 a queue grows without end, as in any M/M/n."""

UP_AFTER_S = 2.0
"""So much of what the node does with the tasks that it has is looked at before it is given more."""

DOWN_AFTER_S = 10.0
"""For so long fewer tasks must have been enough, and nothing been changed: a lull is no reason."""

BACKLOG_FROM = 0.25
"""A node is behind where an edge into it is as full as this, or drops."""

BLOCKED_FROM = 0.1
"""And where a node before it is without room for this share of its time."""

COMPUTES_FROM = 0.25
"""A task that keeps less of a core busy, or would if it had it, waits rather than computes."""

LEAST_RUN = 0.05
"""Where tasks wait for a core for all but this share of their time, too little is seen of what they use."""

SATURATED = 0.95
"""Tasks that are occupied for longer than this might do any amount of work: how much, nobody knows."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the user asked for.

    Attributes
    ----------
    node : str
        Which node.
    minimum, maximum : int
        How many tasks it may have.
    target : float
        Share of their time, above 0 and below 1, that they should be occupied.
    """

    node: str
    minimum: int
    maximum: int
    target: float = DEFAULT_TARGET

    @classmethod
    def checked(cls, node: str, minimum: int, maximum: int, target: float) -> Bounds:
        """Raises
        ------
        TypeError, ValueError
            One of them is out of its range.
        """
        minimum, maximum = whole("minimum", minimum, least=1), whole("maximum", maximum, least=1)
        if maximum < minimum:
            raise ValueError(f"maximum is at least the minimum, {minimum}, got {maximum}")
        if not 0.0 < number("target", target) < 1.0:
            raise ValueError(f"target is a share of the tasks' time, above 0 and below 1, got {target}")
        return cls(node, minimum, maximum, float(target))


@dataclass(frozen=True, slots=True)
class Decision:
    """So many tasks, and why."""

    nb_tasks: int
    reason: str


@dataclass(slots=True)
class Autoscaling:
    """Follows backlog and load of a node, upwards at once and downwards slowly.

    The tasks' time that is occupied, divided by `Bounds.target`, is how many tasks there should be. Where all
    are occupied all the time and messages wait, that is not known: then they are doubled. More tasks than
    the machine has cores for are not started: as many of them count as such a task keeps busy.
    """

    bounds: Bounds
    _low_since_s: float | None = None

    def decide(self, snapshot: RunSnapshot) -> Decision | None:
        """What to do now; None where that is nothing.

        Parameters
        ----------
        snapshot : RunSnapshot
            Its last seconds are to begin after the last change of the node's tasks: before it they were
            others, and so was what they did.
        """
        node, bounds = snapshot.nodes[self.bounds.node], self.bounds
        if snapshot.state != RUNNING:
            return None
        if node.nb_tasks < bounds.minimum:
            return Decision(bounds.minimum, f"at least {bounds.minimum} are asked for")
        if node.nb_tasks > bounds.maximum:
            return Decision(bounds.maximum, f"at most {bounds.maximum} are asked for")
        if node.recent.span_s < UP_AFTER_S:
            self._low_since_s = None
            return None
        wanted, reason = self._wanted(snapshot, node)
        wanted = max(bounds.minimum, min(bounds.maximum, wanted))
        if wanted >= node.nb_tasks:
            self._low_since_s = None
            return Decision(wanted, reason) if wanted > node.nb_tasks else None
        if self._low_since_s is None:
            self._low_since_s = snapshot.elapsed_s
        if snapshot.elapsed_s - self._low_since_s < DOWN_AFTER_S:
            return None
        self._low_since_s = None
        return Decision(wanted, reason)

    def _wanted(self, snapshot: RunSnapshot, node: NodeMetrics) -> tuple[int, str]:
        occupied = node.recent.busy + node.recent.copying
        is_behind = self._is_behind(snapshot, node)
        load = f"its tasks are occupied {occupied:.0%} of the time"
        if not is_behind and occupied > self.bounds.target:
            return node.nb_tasks, ""  # it keeps up
        if is_behind:
            doubled = 2 * node.nb_tasks if occupied >= SATURATED else 0
            wanted = max(doubled, math.ceil(occupied * node.nb_tasks / self.bounds.target))
            most = self._most_for_the_cores(snapshot, node)
            return max(node.nb_tasks, min(wanted, most)), f"{load}, and messages wait"
        return math.ceil(max(occupied * node.nb_tasks / self.bounds.target, 1e-9)), load

    def _is_behind(self, snapshot: RunSnapshot, node: NodeMetrics) -> bool:
        if node.recent.drop_rate:
            return True
        edges = [edge for (_, target), edge in snapshot.edges.items() if target == node.name]
        return any(
            edge.fill >= BACKLOG_FROM or snapshot.nodes[edge.source].recent.blocked >= BLOCKED_FROM
            for edge in edges
        )

    def _most_for_the_cores(self, snapshot: RunSnapshot, node: NodeMetrics) -> int:
        """How many tasks the cores are enough for, beside what else keeps them busy.

        Tasks that wait rather than compute find a core for a moment however busy the machine is: they only
        may not fill the cores themselves.
        """
        machine, recent = snapshot.machine, node.recent
        # In the time that they did not wait for a core: what they would use if they never had to.
        each = recent.cpu / node.nb_tasks / max(LEAST_RUN, 1.0 - recent.queued)
        if not machine.cores or each <= 0:
            return self.bounds.maximum
        others = max(0.0, machine.cpu - recent.cpu) if each >= COMPUTES_FROM else 0.0
        return round((machine.cores - others) / each)
