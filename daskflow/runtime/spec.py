"""All that a task's process is told before it starts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from daskflow.core.constants import CPU, SOCKET
from daskflow.core.node.policy import Policy
from daskflow.transport.places import RunPlaces


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task of a run.

    Attributes
    ----------
    flow_name, run_id : str
        The flow, and this execution of it.
    task : int
        Index of the task in the run's ledger.
    node_name, task_name : str
        The node, and the task.
    task_index, task_count : int
        Which of the node's tasks this is, and how many there are.
    has_readers : bool
        Whether anyone reads the node's output; if not it is not encoded.
    prefetch : int
        Leases to hold beyond the one in hand.
    places : RunPlaces
        Where slots and socket are.
    resources : mapping of str to float
        Dask resources that the task takes up: all that its worker has.
    device : str
        ``"cpu"`` or ``"gpu"``.
    keeps_on_gpu : bool
        Whether its results stay in the memory of its GPU, where all who read them are too.
    cpu_threads : int
        How many threads numeric libraries may use.
    policy : Policy
        What is done when something goes wrong in the node.
    keeps_snapshots : bool
        Whether snapshots of the node's state are stored.
    method : str
        Of the node, that is called for each message.
    dead_letters : str or None
        The folder for messages that are given up.
    node : bytes
        The node, pickled.
    carrier : str
        How the task reaches the ledger: ``"socket"`` or ``"comm"``.
    log_level : int
        The lowest level of what is passed on, to be logged where the flow was started.
    trace_sample : float
        The share of messages, from 0 to 1, of which a span is made.
    part : str
        The part of the flow that the task is in, named after one of its nodes. Between parts there is no
        edge, so that only within one a number stands for the same message.
    parents : tuple of str
        Names of the nodes whose results it is given; of a fused chain that is its last member.
    members : tuple of str
        Names of the nodes of the fused chain that it runs; else empty.
    preview : bool
        Whether small pictures of its inputs are made for who asks for them.
    is_foreign : bool
        Whether it runs on a cluster of others, so that neighbours may be on other hosts and the process is
        not ours alone. `places` are then those of its worker's host, which the worker itself finds.
    env : mapping of str to str
        Environment variables to set there before the node is loaded. On a cluster of the flow's own they are
        set before, by the worker's nanny, and here are none.
    compression : str or None
        How its results are compressed between hosts: ``"lz4"``, ``"jpeg:90"``, or not.
    """

    flow_name: str
    run_id: str
    task: int
    node_name: str
    task_name: str
    task_index: int
    task_count: int
    has_readers: bool
    prefetch: int
    places: RunPlaces
    resources: Mapping[str, float] = field(default_factory=dict)
    device: str = CPU
    keeps_on_gpu: bool = False
    cpu_threads: int = 1
    policy: Policy = field(default_factory=Policy)
    keeps_snapshots: bool = False
    method: str = "process"
    dead_letters: str | None = None
    node: bytes = field(default=b"", repr=False)  # an address in it may carry a password, and Dask logs this
    carrier: str = SOCKET
    log_level: int = logging.WARNING
    trace_sample: float = 0.0
    part: str = ""
    parents: tuple[str, ...] = ()
    preview: bool = True
    members: tuple[str, ...] = ()
    is_foreign: bool = False
    env: Mapping[str, str] = field(default_factory=dict, repr=False)  # may be secret
    compression: str | None = None

    @property
    def entry(self) -> str:
        """The node that what comes to the task is for: the first of a chain."""
        return self.node_at(0)

    def node_at(self, part: int) -> str:
        """The node itself, or of a fused chain the one at a place."""
        return self.members[part] if part < len(self.members) else self.node_name
