"""Flows in one process with a time of their own, and faults where a test wants them."""

from daskflow.errors import DeadlockError
from daskflow.testing.faults import Delay, Fail, Hang, Kill, LoseHost
from daskflow.testing.given import Given
from daskflow.testing.result import DeadMessage, SimulationResult
from daskflow.testing.run import simulate
from daskflow.testing.story import Event, Story

__all__ = [
    "DeadMessage",
    "DeadlockError",
    "Delay",
    "Event",
    "Fail",
    "Given",
    "Hang",
    "Kill",
    "LoseHost",
    "SimulationResult",
    "Story",
    "simulate",
]
