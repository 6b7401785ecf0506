"""Random runs: a graph, how its tasks behave, and what befalls them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from daskflow.ledger import EdgeSpec, NodeSpec, Topology

MOST_PRODUCERS = 3
MOST_NODES = 8


@dataclass(frozen=True, slots=True)
class SimulatedNode:
    """A node of a simulated run.

    Attributes
    ----------
    inputs : tuple of int
        Indices of the parents; empty for a producer.
    length : int or None
        How many messages a producer has; None where it goes on until it is asked to stop.
    skips : bool
        Whether it answers some numbers with SKIP.
    snapshot_every : int or None
        After how many numbers a node with memory sends a snapshot of it; None if it has none to lose.
    """

    inputs: tuple[int, ...]
    nb_tasks: int
    length: int | None
    resumable: bool
    skips: bool
    snapshot_every: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that is decided about a simulated run before it starts.

    Attributes
    ----------
    kills : int
        How many processes are killed on the way.
    fatal : bool
        Whether a kill may hit a process that cannot be replaced.
    stop_at : int or None
        The step at which `stop` is called.
    failing : tuple of (int, int) or None
        The node and the number at which user code raises.
    scalings : int
        How often a task joins a node or leaves it.
    tolerates_loss : bool
        Whether messages that are lost with a host are counted, rather than the end of the run.
    hosts : int
        On how many hosts processes are.
    host_losses : int
        How often one is lost, with all that is there.
    unreachable : int
        How often a task cannot get at an input although its host is there.
    seed : int
        Of the interleaving, and of which numbers are skipped.
    """

    nodes: tuple[SimulatedNode, ...]
    edges: tuple[EdgeSpec, ...]
    kills: int
    fatal: bool
    stop_at: int | None
    failing: tuple[int, int] | None
    scalings: int
    seed: int
    tolerates_loss: bool = False
    hosts: int = 1
    host_losses: int = 0
    unreachable: int = 0

    @property
    def is_lossy(self) -> bool:
        """Whether any edge may drop messages."""
        return any(edge.lossy for edge in self.edges)

    def topology(self) -> Topology:
        """What the ledger is told of it."""
        specs = tuple(
            NodeSpec(
                f"n{i}",
                node.inputs,
                node.nb_tasks,
                node.resumable,
                keeps_snapshots=node.snapshot_every is not None,
                max_restarts=100,
                retries=1,
                skips_errors=True,
            )
            for i, node in enumerate(self.nodes)
        )
        return Topology(specs, self.edges, self.tolerates_loss)

    def children(self, node: int) -> list[int]:
        """The nodes that read a node."""
        return [edge.target for edge in self.edges if edge.source == node]

    def can_make_again(self, node: int) -> bool:
        """Whether a node's results can be made once more when they are lost."""
        plan = self.nodes[node]
        durable = any(edge.durable and node in (edge.source, edge.target) for edge in self.edges)
        if plan.inputs:
            durable = any(edge.durable and edge.target == node for edge in self.edges)
        has_state = not plan.resumable or plan.snapshot_every is not None
        return durable and not has_state and bool(self.children(node))

    def ends_by_itself(self) -> bool:
        """Whether each endless producer feeds nothing but joins with a side that ends.

        `cut` are the nodes that have a last number, whether or not that is known to be their last.
        """
        cut = {i for i, node in enumerate(self.nodes) if not node.inputs and node.length is not None}
        while True:
            before = len(cut)
            for i, node in enumerate(self.nodes):
                if not cut.isdisjoint(node.inputs) or (not node.inputs and self._is_needless(i, cut)):
                    cut.add(i)
            if len(cut) == before:
                return len(cut) == len(self.nodes)

    def _is_needless(self, node: int, cut: set[int]) -> bool:
        children = self.children(node)
        return bool(children) and all(
            not cut.isdisjoint(self.nodes[child].inputs) or self._is_needless(child, cut)
            for child in children
        )


SIZES = st.one_of(st.integers(1, MOST_NODES), st.integers(4, MOST_NODES))
LENGTHS = st.one_of(st.integers(0, 20), st.integers(4, 12), st.none())
REPLICAS = st.sampled_from((1, 1, 1, 2, 3, 4))
SNAPSHOTS = st.sampled_from((None, None, None, 1, 2, 4))
CAPACITIES = st.integers(1, 6)
OFTEN = st.sampled_from((True, True, True, True, False))
SELDOM = st.sampled_from((False, False, False, False, True))
EVENLY = st.booleans()
STOPS = st.one_of(st.none(), st.none(), st.integers(0, 150))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Runs of up to eight nodes, of every kind that the ledger knows."""
    nodes: list[SimulatedNode] = []
    producers = 0
    host_losses = draw(st.sampled_from((0, 0, 1, 2, 4)))
    for i in range(draw(SIZES)):
        may_begin = producers < MOST_PRODUCERS
        inputs: list[int] = []
        if i:
            inputs = draw(st.lists(st.integers(0, i - 1), min_size=0 if may_begin else 1, max_size=3))
        if inputs:
            tasks, every = draw(REPLICAS), draw(SNAPSHOTS)
            if every is not None:
                node = SimulatedNode(tuple(inputs), 1, None, True, draw(SELDOM), every)
            else:
                node = SimulatedNode(tuple(inputs), tasks, None, draw(OFTEN), draw(SELDOM))
        else:
            producers += 1
            resumable = draw(OFTEN if host_losses else EVENLY)
            node = SimulatedNode((), 1, draw(LENGTHS), resumable, draw(SELDOM))
        nodes.append(node)
    lossy = draw(st.sampled_from((None, None, False, True)))  # None: all block; else more or less often
    durable = draw(st.sampled_from((None, False, True, True))) if host_losses else None
    edges = []
    for target, node in enumerate(nodes):
        is_durable = durable is not None and draw(OFTEN if durable else EVENLY)
        for source in sorted(set(node.inputs)):
            drops = lossy is not None and draw(OFTEN if lossy else EVENLY)
            capacity = draw(CAPACITIES)
            inline = 0 if drops else capacity * draw(st.sampled_from((1, 3)))
            edges.append(EdgeSpec(source, target, capacity, drops, inline, is_durable))
    failing = None
    if draw(SELDOM) and draw(SELDOM):
        failing = (draw(st.integers(0, len(nodes) - 1)), draw(st.integers(0, 6)))
    scenario = Scenario(
        nodes=tuple(nodes),
        edges=tuple(edges),
        kills=draw(st.sampled_from((0, 1, 2, 5, 12))),
        fatal=draw(SELDOM) and draw(SELDOM),
        stop_at=draw(STOPS),
        failing=failing,
        scalings=draw(st.sampled_from((0, 0, 1, 3, 10))),
        seed=draw(st.integers(0, 2**32)),
        tolerates_loss=draw(EVENLY) if host_losses else False,
        hosts=draw(st.integers(2, 4)) if host_losses else 1,
        host_losses=host_losses,
        unreachable=draw(st.sampled_from((0, 0, 1, 3))) if host_losses else 0,
    )
    return scenario
