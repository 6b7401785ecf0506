"""How numbers move through the graph: outputs arrive, voids spread, streams end."""

from __future__ import annotations

from heapq import heappush

from daskflow.ledger.kept import Kept
from daskflow.ledger.messages import Payload
from daskflow.ledger.slots import SlotTable
from daskflow.ledger.state import EdgeState, NodeState, TaskState
from daskflow.ledger.topology import Topology


class Streams:
    """The graph of a run with every number in it.

    Whatever may change what a node can be given puts the node on `touched`; the dispatcher looks at those.
    """

    def __init__(self, topology: Topology) -> None:
        self.nodes = [NodeState(i, spec) for i, spec in enumerate(topology.nodes)]
        self.tasks: list[TaskState] = []
        self.slots = SlotTable()
        self.touched: dict[NodeState, None] = {}
        self.is_stopping = False
        """Whether the producers were asked to end."""
        self.tolerates_loss = topology.tolerates_loss
        self.gone: set[tuple[int, int]] = set()
        """Tasks and incarnations whose slots are lost: their host is gone."""
        self.loose: list[tuple[NodeState, int]] = []
        """Nodes, and numbers of which they may need no input any more: what parents keep for them can go."""
        for spec in topology.edges:
            edge = EdgeState(spec, self.nodes[spec.source], self.nodes[spec.target])
            edge.source.edges_out.append(edge)
            edge.target.edges_in.append(edge)
        for node in self.nodes:
            sources = [edge.source.index for edge in node.edges_in]
            node.positions = [sources.index(i) for i in node.spec.inputs]
            for i in range(node.spec.nb_tasks):
                task = TaskState(len(self.tasks), node, f"{node.spec.name}-{i}")
                node.tasks.append(task)
                self.tasks.append(task)
        for spec in topology.edges:
            if spec.durable:
                for node in (self.nodes[spec.source], self.nodes[spec.target]):
                    if (node.is_source or node.index == spec.target) and node.can_make_again:
                        node.kept = Kept()
                        for edge in node.edges_out:
                            edge.target.is_kept_above = True

    def put(self, node: NodeState, number: int, payload: Payload) -> None:
        """Resolve a number of a node with an output, which then waits at each child that wants it."""
        node.counters.done += 1
        self._resolve(node, number)
        slots = payload.slots
        node.is_inline = not slots
        if slots:
            self.slots.hold(slots)  # until all children have been asked
        for edge in node.edges_out:
            self._arrive(edge, number, payload)
        if slots:
            self.slots.let_go(slots)

    def void(self, node: NodeState, number: int, counter: str) -> None:
        """Resolve a number of a node without an output, and so of all nodes below it.

        `counter` is the counter of the node that says why; below, the number counts as voided.
        """
        pending = [(node, counter)]
        while pending:
            node, counter = pending.pop()
            if number in node.resolved:
                continue
            self._discard(node, number)
            setattr(node.counters, counter, getattr(node.counters, counter) + 1)
            self._resolve(node, number)
            pending.extend((edge.target, "voided") for edge in node.edges_out)

    def take(self, node: NodeState, number: int) -> list[Payload]:
        """Remove a number that is ready from the edges, for a lease: its payload from each edge."""
        entry = node.arrivals.pop(number)
        for edge in node.edges_in:
            edge.waiting -= 1
        return entry  # type: ignore[return-value]  # a ready number has all of them

    def put_back(self, node: NodeState, number: int, payloads: list[Payload]) -> None:
        """Return a leased number to the edges: its task was lost."""
        node.arrivals[number] = list(payloads)
        for edge in node.edges_in:
            edge.waiting += 1
        heappush(node.ready, number)
        node.next_number = min(node.next_number, number)
        self.touched[node] = None

    def end(self, node: NodeState, count: int) -> None:
        """Note that a producer has given all its `count` messages."""
        node.end = count
        self.touched[node] = None
        for target in self.nodes[node.index + 1 :]:  # parents come before their children
            parents = [edge.source for edge in target.edges_in]
            limits = [parent.limit for parent in parents if parent.limit is not None]
            if limits and (target.shortest is None or min(limits) < target.shortest):
                target.shortest = limit = min(limits)
                for number in [n for n in target.arrivals if n >= limit]:
                    self.void(target, number, "voided")
            ends = [parent.end for parent in parents if parent.end is not None]
            if ends and len(ends) == len(parents) and target.end is None:
                target.end = max(ends)
                self.touched[target] = None
        self._note_needless()

    def _note_needless(self) -> None:
        for node in reversed(self.nodes):
            bounds = [] if node.shortest is None else [node.shortest]
            below = [edge.target.needless_from for edge in node.edges_out]
            known = [limit for limit in below if limit is not None]
            if known and len(known) == len(below):
                bounds.append(max(known))
            node.needless_from = min(bounds, default=None)

    def _arrive(self, edge: EdgeState, number: int, payload: Payload) -> None:
        """Let an output wait in an edge; a number is ready when it waits in each edge into the node.

        A lossy edge that then holds too many lets its oldest go.
        """
        node = edge.target
        if number in node.resolved:
            return
        if node.shortest is not None and number >= node.shortest:
            self.void(node, number, "voided")
            return
        if payload.slots:
            self.slots.hold(payload.slots)
        edge.waiting += 1
        if len(node.edges_in) == 1:
            node.arrivals[number] = [payload]
            heappush(node.ready, number)
            self.touched[node] = None
        else:
            entry = node.arrivals.get(number)
            if entry is None:
                entry = node.arrivals[number] = [None] * len(node.edges_in)
            entry[edge.position] = payload
            if None not in entry:
                heappush(node.ready, number)
                self.touched[node] = None
        while edge.lossy and edge.waiting > edge.capacity:  # by several where it holds less than it did
            self.drop_oldest(edge)

    def drop_oldest(self, edge: EdgeState) -> None:
        """Let the oldest waiting message of a lossy edge go; those that are leased wait no more."""
        node = edge.target
        oldest = min(n for n, entry in node.arrivals.items() if entry[edge.position] is not None)
        edge.dropped += 1
        self.void(node, oldest, "dropped")

    def _discard(self, node: NodeState, number: int) -> None:
        entry = node.arrivals.pop(number, None)
        if entry is None:
            return
        for edge, payload in zip(node.edges_in, entry, strict=True):
            if payload is not None:
                edge.waiting -= 1
                self.slots.let_go(payload.slots)

    def _resolve(self, node: NodeState, number: int) -> None:
        resolved = node.resolved
        before = resolved.low
        resolved.add(number)
        self.touched[node] = None
        if node.is_kept_above:
            self.loose.append((node, number))
        if node.deaths and node.history is None:  # with a history it may be worked on again
            node.deaths.pop(number, None)
        if resolved.low != before:
            for edge in node.edges_in:
                if not edge.lossy:
                    self.touched[edge.source] = None  # its window has moved on
