"""Flows that run here and in the simulation, with times that are known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from daskflow.core.constants import BATCH, REALTIME
from daskflow.core.node import ProducerNode
from daskflow.experiments.forecast.flows import End, Source
from daskflow.experiments.forecast.flows import Work as Working
from daskflow.experiments.simulated.parts import Time
from daskflow.experiments.simulated.work import Work
from daskflow.flow import Flow


class Camera(ProducerNode):
    """Numbers at a steady pace, of which it passes over those that nobody took in time.

    Parameters
    ----------
    every_s : float
        How often there is one, in seconds.
    name : str
        Unique in the flow.
    """

    is_live = True

    def __init__(self, every_s: float, name: str) -> None:
        super().__init__(name=name)
        self._every_s = every_s

    def open(self) -> None:
        """Begin now, in the worker."""
        self._due_s = time.monotonic()
        self._number = 0

    def next(self) -> int:
        """The next number, when it is due."""
        now = time.monotonic()
        if self._due_s < now - self._every_s:
            self._due_s = now
        time.sleep(max(0.0, self._due_s - now))
        self._due_s += self._every_s
        self._number += 1
        return self._number - 1


@dataclass(frozen=True, slots=True)
class Case:
    """A flow, and what the simulation is told of it.

    Attributes
    ----------
    flow : callable
        Makes it.
    service_s : mapping
        As for `daskflow.experiments.simulate`.
    node : str
        Whose rate is compared.
    """

    flow: Callable[[], Flow]
    service_s: Mapping[str, Time] = field(default_factory=dict)
    node: str = "end"


def sleeping() -> Flow:
    """A stage of four tasks that sleeps for 20 ms: limited by it, at 200 messages a second less a little."""
    source = Source(name="source")
    stage = Working(wait_s=0.02, name="stage", nb_tasks=4)(source)
    return Flow([source], [End(name="end")(stage)], BATCH, "sleeping")


def small() -> Flow:
    """Nodes that do nothing with small messages: limited by what a message costs tasks and ledger."""
    source = Source(name="source")
    return Flow([source], [End(name="end")(Working(name="hop")(source))], BATCH, "small")


def lone() -> Flow:
    """The same, where one message at a time may wait: each is alone in its step."""
    source = Source(name="source")
    hop = Working(name="hop", queue_size=1)(source)
    return Flow([source], [End(name="end", queue_size=1)(hop)], BATCH, "lone")


def joining() -> Flow:
    """A slow branch of two tasks and a quick one, joined: limited by the slow one, at 100 a second."""
    source = Source(name="source")
    slow = Working(wait_s=0.02, name="slow", nb_tasks=2)(source)
    quick = Working(wait_s=0.004, compute_s=0.001, name="quick")(source)
    joined = Working(wait_s=0.002, name="joined")(slow, quick)
    return Flow([source], [End(name="end")(joined)], BATCH, "joining")


def dropping() -> Flow:
    """A camera of 100 messages a second before a node that copes with 40: the others are dropped."""
    camera = Camera(0.01, "camera")
    return Flow([camera], [End(name="end")(Working(wait_s=0.025, name="slow")(camera))], REALTIME, "dropping")


CASES: Mapping[str, Case] = {
    "sleeping": Case(sleeping, {"stage": Work(wait_s=0.02)}),
    "small": Case(small),
    "lone": Case(lone),
    "joining": Case(
        joining,
        {
            "slow": Work(wait_s=0.02),
            "quick": Work(wait_s=0.004, compute_s=0.001),
            "joined": Work(wait_s=0.002),
        },
    ),
    "dropping": Case(dropping, {"camera": 0.01, "slow": Work(wait_s=0.025)}),
}
"""By name."""
