"""Which neighbours of a flow may run in one task, and which are worth it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

from daskflow.core.constants import CPU, GPU
from daskflow.core.graph import GraphEngine
from daskflow.core.node import FusedNode, Node, ProcessorNode
from daskflow.errors import OptionError
from daskflow.options import FlowOptions, NodeSettings
from daskflow.options.fusing import AUTO
from daskflow.options.naming import refuse_unknown
from daskflow.options.node_settings import keeps_state

HOP_S = 300e-6
"""What a message's way to the next task costs where nobody has measured it: see docs/fusion.md."""

_FREE = ("policy", "queue_size", "gpu_share", "max_wait_s", "snapshot_every")
"""What need not be alike: a chain has one input, no GPU, one message at a time, no state; the rest of the
policy is looked at option by option."""

Chain = tuple[str, ...]


def fused_run(graph: GraphEngine, options: FlowOptions) -> tuple[GraphEngine, FlowOptions]:
    """The graph that a run has, and its options, once its chains are fused; the user's own are not changed.

    Parameters
    ----------
    graph : GraphEngine
        The user's graph.
    options : FlowOptions
        What holds for the run; `fuse` says which chains.

    Returns
    -------
    (GraphEngine, FlowOptions)
        Those that were given, where nothing is fused.

    Raises
    ------
    OptionError
        A chain that the user named cannot be fused; the message says why.
    """
    chains: Sequence[Chain] = ()
    if options.fuse == AUTO:
        chains = fusable_chains(graph, options.nodes)
    elif options.fuse:
        chains = checked_chains(graph, options.nodes, options.fuse)
    if not chains:
        return graph, options
    nodes = {name: node for node, name in graph.names.items() if isinstance(node, ProcessorNode)}
    members = [[nodes[name] for name in chain] for chain in chains]
    fused = graph.fused(members, [options.nodes[chain[0]].nb_tasks for chain in chains])
    settings: dict[str, NodeSettings] = {}
    for node, name in fused.names.items():
        if isinstance(node, FusedNode):
            settings[name] = replace(options.nodes[node.member_names[0]], batch_size=1, max_wait_s=0.0)
        else:
            settings[name] = options.nodes[name]
    return fused, replace(options, nodes=settings)


def fusable_chains(
    graph: GraphEngine,
    settings: Mapping[str, NodeSettings],
    costs: Mapping[str | Node, float] | None = None,
    hop_s: float = HOP_S,
) -> tuple[Chain, ...]:
    """The chains of cheap neighbours that are worth fusing: what ``fuse="auto"`` does.

    Parameters
    ----------
    graph : GraphEngine
        The checked graph.
    settings : mapping of str to NodeSettings
        What holds for each node.
    costs : mapping of str or Node to float, optional
        Seconds that a call of a node takes for a message, as they were measured. Nodes that it does not name
        are left alone. If not given, nodes are taken at their word: those that say `is_cheap` and run as one
        task.
    hop_s : float
        What a message's way to the next task costs, in seconds.

    Returns
    -------
    tuple of tuple of str
        Names of the members of each chain, in their order; chains have no node in common.

    Notes
    -----
    With costs, a node is cheap if its code takes no longer than a hop. A chain is let grow as long as all of
    it takes no longer than a hop, or than the slowest node of the flow takes for a message, its tasks taken
    together: so the fused task is never what limits the flow where none of its members did.
    """
    names = graph.names
    known = None if costs is None else {_name(node, names): cost_s for node, cost_s in costs.items()}
    most_s = hop_s
    if known is not None:
        most_s = max(
            [hop_s, *(known[name] / own.nb_tasks for name, own in settings.items() if name in known)]
        )

    def is_cheap(node: Node) -> bool:
        name = names[node]
        if known is not None:
            return known.get(name, float("inf")) <= hop_s
        return isinstance(node, ProcessorNode) and node.is_cheap and settings[name].nb_tasks == 1

    def fits(chain: Sequence[Node]) -> bool:
        if known is None:
            return True
        return sum(known[names[node]] for node in chain) / settings[names[chain[0]]].nb_tasks <= most_s

    chains: list[list[Node]] = []
    in_chain: set[Node] = set()
    for node in graph.topological_sort():
        if node in in_chain or not is_cheap(node) or _why_not_alone(node, settings[names[node]]):
            continue
        chain = [node]
        while (reader := _only_reader(graph, chain[-1])) is not None:
            together = [*chain, reader]
            if (
                not is_cheap(reader)
                or _why_not_after(graph, settings, chain[-1], reader)
                or not fits(together)
            ):
                break
            chain = together
        in_chain.update(chain)
        if len(chain) > 1:
            chains.append(chain)
    return tuple(tuple(names[node] for node in chain) for chain in chains)


def checked_chains(
    graph: GraphEngine, settings: Mapping[str, NodeSettings], chains: Sequence[Sequence[str]]
) -> tuple[Chain, ...]:
    """Chains that the user named, known to be ones that can be fused.

    Raises
    ------
    OptionError
        One of them names a node that there is not, or cannot be fused; the message says why.
    """
    nodes = {name: node for node, name in graph.names.items()}
    seen: set[str] = set()
    for chain in chains:
        words = f"fuse: {' + '.join(chain)} cannot run as one task"
        refuse_unknown(chain, list(nodes), "fuse: the flow has no node {}")
        twice = [name for i, name in enumerate(chain) if name in seen or name in chain[:i]]
        if twice:
            raise OptionError(f"{words}: {twice[0]!r} is named twice; a node is in one chain at most")
        seen.update(chain)
        reason = _why_not_alone(nodes[chain[0]], settings[chain[0]])
        for one, other in pairwise(chain):
            reason = reason or _why_not_after(graph, settings, nodes[one], nodes[other])
        if reason:
            raise OptionError(f"{words}: {reason}")
    return tuple(tuple(chain) for chain in chains)


def _why_not_alone(node: Node, own: NodeSettings) -> str:
    """Why a node can be in no chain; empty if it can."""
    if not isinstance(node, ProcessorNode):
        return f"{node!r} is a {type(node).__name__}, and only processors are fused"
    if keeps_state(node) or node.keeps_snapshots:
        return f"{node!r} keeps state, and has a task of its own"
    if own.device_type == GPU:
        return f"{node!r} wants a GPU, and a chain runs on the CPU"
    if CPU not in node.devices:
        return f"{node!r} runs on a GPU only"
    if own.batch_size > 1:
        return f"{node!r} works on {own.batch_size} messages at a time, and a chain on one"
    return ""


def _why_not_after(graph: GraphEngine, settings: Mapping[str, NodeSettings], one: Node, other: Node) -> str:
    """Why a node cannot follow another in a chain; empty if it can."""
    names = graph.names
    own, before = settings[names[other]], settings[names[one]]
    reason = _why_not_alone(other, own)
    if reason:
        return reason
    parents = graph.parents_of(other)
    if one not in parents:
        return f"{other!r} does not read {one!r}"
    if len(parents) > 1:
        return f"{other!r} reads {len(parents)} messages at a time; only the first of a chain may"
    if _only_reader(graph, one) is not other:
        others = [names[node] for node in _readers(graph, one) if node is not other]
        return f"{', '.join(others)} read{'s' if len(others) == 1 else ''} {one!r} too"
    if own.queue_size is not None:
        return f"{other!r} has queue_size={own.queue_size}, and there is no queue inside of a chain"
    for option, value in _options_of(own).items():
        theirs = _options_of(before)[option]
        if value != theirs:
            return (
                f"{one!r} and {other!r} have different options: {option} is {theirs!r} for one and {value!r} "
                "for the other"
            )
    return ""


def _options_of(own: NodeSettings) -> dict[str, Any]:
    """What must be alike, by the names that users know."""
    settings = [
        *((own, option) for option in fields(own)),
        *((own.policy, each) for each in fields(own.policy)),
    ]
    return {each.name: getattr(of, each.name) for of, each in settings if each.name not in _FREE}


def _readers(graph: GraphEngine, node: Node) -> list[Node]:
    return [other for other in graph.topological_sort() if node in graph.parents_of(other)]


def _only_reader(graph: GraphEngine, node: Node) -> Node | None:
    readers = _readers(graph, node)
    return readers[0] if len(readers) == 1 else None


def _name(node: str | Node, names: Mapping[Node, str]) -> str:
    return names[node] if isinstance(node, Node) else node
