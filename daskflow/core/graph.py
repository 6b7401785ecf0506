"""The flow graph as a whole: what is reachable, in what order, and whether it can run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from daskflow.core.node import (
    BatchProcessorNode,
    ConsumerNode,
    FunctionProcessorNode,
    FusedNode,
    Node,
    ProcessorNode,
    ProducerNode,
)
from daskflow.core.node.task_module import TaskModuleNode
from daskflow.core.signature import method_signature
from daskflow.core.sorting import find_cycle, topological_sort
from daskflow.errors import GraphError


class GraphEngine:
    """Checks and orders everything that is wired to the given producers and consumers.

    Parameters
    ----------
    producers : sequence of ProducerNode
        At least one.
    consumers : sequence of Node
        Nodes that must be part of the graph. Those that are not named but wired are part of it too.

    Raises
    ------
    GraphError
        The graph cannot run; the message names the node and what to do. It is a `ValueError`.
    """

    def __init__(self, producers: Sequence[Node], consumers: Sequence[Node] = ()) -> None:
        roots = _checked_producers(producers)
        connected = _connected(roots)
        for node in connected:
            _check_kind(node)
        all_roots = [*roots, *(n for n in connected if isinstance(n, ProducerNode) and n not in roots)]
        _check_cycle(all_roots)
        self._nodes = topological_sort(all_roots)
        self._check_consumers(consumers)
        for node in self._nodes:
            _check_wiring(node)
            _check_tasks(node)
        self._names = _names(self._nodes)
        self._parents = {node: list(node.parents or []) for node in self._nodes}

    def topological_sort(self) -> list[Node]:
        """All nodes, each after everything it depends on."""
        return list(self._nodes)

    @property
    def names(self) -> dict[Node, str]:
        """A unique name for each node: its own, or one made from its class."""
        return dict(self._names)

    def parents_of(self, node: Node) -> list[Node]:
        """The nodes that `node`, which is of this graph, reads, one per argument.

        They are those that it was wired to, unless the graph is one that `fused` made.
        """
        return list(self._parents[node])

    def fused(self, chains: Sequence[Sequence[ProcessorNode]], nb_tasks: Sequence[int]) -> GraphEngine:
        """This graph with one node in place of each chain; neither the graph nor its nodes are changed.

        Parameters
        ----------
        chains : sequence of sequence of ProcessorNode
            Each member but the first has the one before it as its only parent, and is its only reader.
        nb_tasks : sequence of int
            How many tasks run each chain.
        """
        stand_in: dict[Node, Node] = {}
        names = {node: name for node, name in self._names.items() if all(node not in c for c in chains)}
        for chain, count in zip(chains, nb_tasks, strict=True):
            own = [self._names[member] for member in chain]
            name = "+".join(own)
            while name in names.values():
                name += "+"
            fused = FusedNode(chain, own, name, count)
            names[fused] = name
            stand_in.update(dict.fromkeys(chain, fused))
        inner = {member for chain in chains for member in chain[1:]}
        graph = GraphEngine.__new__(GraphEngine)
        graph._nodes = [stand_in.get(node, node) for node in self._nodes if node not in inner]
        graph._names = {node: names[node] for node in graph._nodes}
        graph._parents = {
            stand_in.get(node, node): [stand_in.get(parent, parent) for parent in parents]
            for node, parents in self._parents.items()
            if node not in inner
        }
        return graph

    def _check_consumers(self, consumers: Sequence[Node]) -> None:
        if isinstance(consumers, Node):
            raise GraphError(f"consumers is a list of nodes, got {consumers!r} alone: write [{consumers!r}]")
        inside = set(self._nodes)
        for node in consumers:
            if not isinstance(node, Node):
                raise GraphError(f"consumers is a list of nodes, got {node!r} in it")
            # A module answers for the nodes it took in.
            if (node._module or node) not in inside:
                raise GraphError(
                    f"{node!r} is not below any of the flow's producers: wire it to one, or leave it out"
                )


def _checked_producers(producers: Sequence[Node]) -> list[ProducerNode]:
    if isinstance(producers, Node):
        raise GraphError(f"producers is a list of nodes, got {producers!r} alone: write [{producers!r}]")
    if not producers:
        raise GraphError("a flow needs at least one producer")
    roots: list[ProducerNode] = []
    for node in producers:
        if not isinstance(node, ProducerNode):
            raise GraphError(f"{node!r} is given as a producer but is no ProducerNode")
        if node not in roots:
            roots.append(node)
    return roots


def _connected(roots: Sequence[Node]) -> list[Node]:
    """Everything below the roots, and everything above that, in order of discovery."""
    found: dict[Node, None] = dict.fromkeys(roots)
    waiting = list(roots)
    while waiting:
        node = waiting.pop(0)
        for neighbour in [*node._children, *(node._parents or [])]:
            if neighbour not in found:
                found[neighbour] = None
                waiting.append(neighbour)
    return list(found)


def _check_kind(node: Node) -> None:
    if isinstance(node, ProducerNode):
        if node.parents:
            raise GraphError(f"producer {node!r} has parents: a producer receives nothing")
        return
    if not isinstance(node, (ProcessorNode, ConsumerNode)):
        raise GraphError(
            f"{node!r} is of type {type(node).__name__}: derive it from ProducerNode, ProcessorNode, "
            "OneTaskProcessorNode or ConsumerNode"
        )
    if not node.parents:
        raise GraphError(f"{node!r} has no parents and is no producer: wire it with {node!r}(parent)")
    for parent in node.parents:
        if isinstance(parent, ConsumerNode):
            raise GraphError(f"consumer {parent!r} is a parent of {node!r}: consumers have no output")


def _check_cycle(roots: Sequence[Node]) -> None:
    cycle = find_cycle(roots)
    if cycle is not None:
        way = " -> ".join(repr(node) for node in [*cycle, cycle[0]])
        raise GraphError(f"the graph has a cycle: {way}; a message must not come back to a node")


def _check_wiring(node: Node) -> None:
    if isinstance(node, ProducerNode):
        _check_signature(node, "next", node.next, 0)
    elif isinstance(node, ConsumerNode):
        _check_signature(node, "consume", node.consume, len(node.parents or []))
    else:
        called = "process_batch" if isinstance(node, BatchProcessorNode) else "process"
        _check_signature(node, called, processing_method(node), len(node.parents or []))
        if isinstance(node, TaskModuleNode):
            for member in node.members[1:]:
                _check_signature(member, "process", processing_method(member), len(member.parents or []))


def _check_signature(node: Node, called: str, method: Any, count: int) -> None:
    signature = method_signature(method)
    if signature.needed_keywords:
        raise GraphError(
            f"{called}() of {node!r} needs the keyword {signature.needed_keywords[0]!r} and gets none: "
            "give it a default, or fix it with functools.partial"
        )
    if not signature.accepts(count):
        inputs = signature.describe()
        raise GraphError(
            f"{node!r} has {count} parent{'s' if count != 1 else ''} but its {called}() takes "
            f"{inputs} input{'s' if inputs != '1' else ''}"
        )


def processing_method(node: Node) -> Any:
    """What takes the parents' messages: `process`, or a function, what takes a batch, a module's entry.

    For signatures. A module is still to be called by its own `process`, which runs all its members.
    """
    if isinstance(node, FunctionProcessorNode):
        return node.function
    if isinstance(node, TaskModuleNode):
        return processing_method(node.members[0])
    if isinstance(node, BatchProcessorNode):
        return node.process_batch
    assert isinstance(node, ProcessorNode)
    return node.process


def _check_tasks(node: Node) -> None:
    if isinstance(node, (ProducerNode, ConsumerNode)) and node.nb_tasks != 1:
        raise GraphError(f"{node!r} has nb_tasks={node.nb_tasks}: producers and consumers run as one task")
    if not isinstance(node.nb_tasks, int) or node.nb_tasks < 1:
        raise GraphError(f"{node!r} has nb_tasks={node.nb_tasks!r}: it is a whole number, at least 1")


def _names(nodes: Sequence[Node]) -> dict[Node, str]:
    names: dict[Node, str] = {}
    owners: dict[str, Node] = {}
    for node in nodes:
        if node.name is not None:
            if node.name in owners:
                raise GraphError(f"two nodes are called {node.name!r}: names are unique in a flow")
            names[node], owners[node.name] = node.name, node
    for node in nodes:
        if node not in names:
            stem = _stem(node)
            name, count = stem, 1
            while name in owners:
                count += 1
                name = f"{stem}_{count}"
            names[node], owners[name] = name, node
    return names


def _stem(node: Node) -> str:
    if isinstance(node, FunctionProcessorNode):
        given = getattr(node.function, "__name__", "function").strip("<>")
    else:
        given = type(node).__name__
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", given).lower()
