"""What the ledger is told of a flow before it runs: nodes, edges and how much each edge holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node as the ledger sees it.

    Attributes
    ----------
    name : str
        For messages and snapshots.
    inputs : tuple of int
        Indices of the parent nodes in the order of the arguments; a parent may be there twice. Empty for a
        producer. Parents come before their children.
    nb_tasks : int
        A node with one task is given numbers in order, others the lowest that is ready.
    resumable : bool
        Whether a fresh process may take over from a lost one: it has no state, or gets it back.
    keeps_snapshots : bool
        Whether tasks send snapshots of the node's state, so that a new process can begin at the last one.
    is_live : bool
        Whether a new process of a producer goes on with what happens now, rather than where the lost one was.
    max_restarts : int
        How many processes of a task may die in a minute; one more fails the run.
    retries : int
        How often a call that took too long is tried again.
    skips_errors : bool
        Whether the message of such a call is then given up, rather than the run.
    gathers : bool
        Whether its tasks work on several numbers in one call, and so may wait for more while they have some:
        then one is filled after the other, and told of each at once.
    """

    name: str
    inputs: tuple[int, ...] = ()
    nb_tasks: int = 1
    resumable: bool = True
    keeps_snapshots: bool = False
    is_live: bool = False
    max_restarts: int = 3
    retries: int = 0
    skips_errors: bool = False
    gathers: bool = False


@dataclass(frozen=True, slots=True)
class EdgeSpec:
    """The edge between two nodes.

    Attributes
    ----------
    source, target : int
        Indices of nodes.
    capacity : int
        A blocking edge holds the numbers from the lowest unresolved one of its target up to `capacity`
        numbers on; a lossy edge holds `capacity` waiting messages.
    lossy : bool
        Whether a full edge drops its oldest waiting message (REALTIME) rather than block (BATCH).
    inline_capacity : int
        The same as `capacity`, for messages that are in no slot. 0 stands for `capacity`.
    durable : bool
        Whether what the target has finished is held until nobody may need the result of it any more, so that
        the result can be made again should it be lost. All edges into a node say the same. A producer that
        begins where it is told, and has such an edge, does not end before its messages are done with.
    """

    source: int
    target: int
    capacity: int
    lossy: bool = False
    inline_capacity: int = 0
    durable: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    """Nodes in topological order, and one edge for each pair of neighbours.

    Attributes
    ----------
    nodes : tuple of NodeSpec
        Parents before their children.
    edges : tuple of EdgeSpec
        What each holds.
    tolerates_loss : bool
        Whether a message that is lost with a host, and cannot be made again, is counted (REALTIME) rather
        than the end of the run (BATCH).
    """

    nodes: tuple[NodeSpec, ...]
    edges: tuple[EdgeSpec, ...]
    tolerates_loss: bool = False

    def __post_init__(self) -> None:
        wired = {(source, target) for target, node in enumerate(self.nodes) for source in node.inputs}
        if wired != {(edge.source, edge.target) for edge in self.edges} or len(wired) != len(self.edges):
            raise ValueError("edges must be exactly the pairs of neighbours that the nodes' inputs name")
        for edge in self.edges:
            if edge.source >= edge.target:
                raise ValueError(f"edge {edge} goes against the topological order")
            if edge.capacity < 1:
                raise ValueError(f"edge {edge} has no capacity")
        durable = {edge.target for edge in self.edges if edge.durable}
        for edge in self.edges:
            if edge.target in durable and not edge.durable:
                raise ValueError(f"edge {edge} is not durable, and another into {edge.target} is")
