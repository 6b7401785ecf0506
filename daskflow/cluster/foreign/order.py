"""What the caller of a run sends to the scheduler that is to hold it."""

from __future__ import annotations

from dataclasses import dataclass

from daskflow.ledger import Topology
from daskflow.options import FlowOptions
from daskflow.plan import Plan
from daskflow.runtime.spec import TaskSpec


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A run, ready to start. Travels pickled; nodes are pickles within it, and are not opened on the way.

    Attributes
    ----------
    run_id : str
        Which run.
    plan : Plan
        What runs.
    topology : Topology
        For the ledger.
    tasks, deliveries : tuple of TaskSpec
        For workers, and for the caller's own process, in the order of their indices.
    options : FlowOptions
        By which it was planned.
    scalable_on_gpu : frozenset of str
        Nodes whose code can run on a GPU.
    total : int or None
        How many messages there will be.
    caller : str
        The id of the caller's Dask client, with whose end the run ends; empty where it is to outlive it.
    tasks_per_worker : int
        How many tasks a worker may be given.
    versions : mapping of str to str
        Of the caller's Python and libraries.
    """

    run_id: str
    plan: Plan
    topology: Topology
    tasks: tuple[TaskSpec, ...]
    deliveries: tuple[TaskSpec, ...]
    options: FlowOptions
    scalable_on_gpu: frozenset[str]
    total: int | None
    caller: str
    tasks_per_worker: int
    versions: dict[str, str]

    @property
    def is_detached(self) -> bool:
        """Whether the run goes on without its caller."""
        return not self.caller
