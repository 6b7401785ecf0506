"""What simulated tasks are told of their nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from daskflow.advice import FlowProfile
from daskflow.core.constants import REALTIME
from daskflow.experiments.simulated.work import Sampler, Work, by_node, works_of_profile
from daskflow.plan import Plan
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.records import CALLER

Time = float | Work
"""How long calls take: a number is seconds that are computed, or of a producer those between messages."""

SMALL_BYTES = 100
"""What a result takes of which nothing is said."""

NO_TIME = Work()


@dataclass(frozen=True, slots=True)
class Part:
    """What a task is told of its node.

    Attributes
    ----------
    sampler : Sampler
        Says how long calls take.
    random : Random
        Of all else that is left to chance.
    every_s : float
        How often a producer has a message; 0 for whenever it is asked.
    size_bytes : int
        Of a result.
    passed : float
        Which part of its inputs it gives a result for, from 0 to 1.
    is_source, has_readers : bool
        Whether it is a producer, and whether somebody reads its results.
    tolerates_loss : bool
        Whether an input that was lost with its host is the end of its message (REALTIME), or of the run.
    prefetch : int
        As in `daskflow.runtime.spec.TaskSpec`.
    """

    sampler: Sampler
    random: Random
    every_s: float
    size_bytes: int
    passed: float
    is_source: bool
    has_readers: bool
    tolerates_loss: bool
    prefetch: int


class Parts:
    """Puts together what is said of the nodes of some plans.

    Parameters
    ----------
    plans : sequence of Plan
        Whose nodes there are.
    service_s, sizes, passed
        As for `daskflow.experiments.simulate`.
    random : Random
        Of the simulation.

    Raises
    ------
    ValueError
        Something is said of a node that there is not, or has no sense.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        service_s: Mapping[str, Time] | FlowProfile,
        sizes: Mapping[str, int],
        passed: Mapping[str, float],
        random: Random,
    ) -> None:
        names = {node.name for plan in plans for node in plan.nodes}
        measured_bytes: dict[str, int] = {}
        if isinstance(service_s, FlowProfile):
            nodes = service_s.nodes.items()
            measured_bytes = {name: node.payload_bytes for name, node in nodes if node.payload_bytes}
            passed = {**{name: node.passed for name, node in nodes if node.passed < 1.0}, **passed}
            service_s = works_of_profile(service_s)
        self._times = by_node("service_s", service_s, names)
        self._sizes = {**measured_bytes, **by_node("sizes", sizes, names)}
        self._passed = by_node("passed", passed, names)
        self._random = random
        for what, said in (("sizes", self._sizes), ("passed", self._passed)):
            for name, value in said.items():
                if value < 0 or (what == "passed" and value > 1):
                    raise ValueError(f"{what} of node {name!r} makes no sense: {value}")

    def of(self, plan: Plan) -> Callable[[TaskSpec], Part]:
        """Says what each task of a plan is told."""
        sources = {node.name for node in plan.nodes if not node.parents}

        def part_of(spec: TaskSpec) -> Part:
            name = spec.node_name
            if spec.task_name.endswith(CALLER):  # hands over what the consumer's own task has given
                return self._part(NO_TIME, SMALL_BYTES, 1.0, False, plan, spec)
            said = self._times.get(name, NO_TIME)
            if not isinstance(said, Work):
                said = Work(every_s=said) if name in sources else Work(compute_s=said)
            size_bytes = self._sizes.get(name, SMALL_BYTES)
            return self._part(said, size_bytes, self._passed.get(name, 1.0), name in sources, plan, spec)

        return part_of

    def _part(
        self, work: Work, size_bytes: int, passed: float, is_source: bool, plan: Plan, spec: TaskSpec
    ) -> Part:
        return Part(
            work.sampler(self._random),
            self._random,
            work.every_s,
            size_bytes,
            passed,
            is_source,
            spec.has_readers,
            plan.flow_type == REALTIME,
            spec.prefetch,
        )
