"""Which neighbours of a flow may run in one task, and which are worth it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from daskflow.core.graph import GraphEngine
from daskflow.core.node import FusedNode, Node, ProcessorNode
from daskflow.errors import OptionError
from daskflow.options import FlowOptions, NodeSettings
from daskflow.options.fusing import AUTO
from daskflow.options.naming import refuse_unknown
from daskflow.plan.fusable import only_reader, why_not_after, why_not_alone

HOP_S = 100e-6
"""What a message's way to the next task costs at least, if it is a frame, where nobody has measured it, in
seconds of CPU in a flow at full speed: docs/fusion.md has the figures."""

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
    together: so a fused task limits no flow that none of its members limited, but for one at full speed in
    which all else is faster than a hop.
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
        if node in in_chain or not is_cheap(node) or why_not_alone(node, settings[names[node]]):
            continue
        chain = [node]
        while (reader := only_reader(graph, chain[-1])) is not None:
            together = [*chain, reader]
            if (
                not is_cheap(reader)
                or why_not_after(graph, settings, chain[-1], reader)
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
        reason = why_not_alone(nodes[chain[0]], settings[chain[0]])
        for one, other in pairwise(chain):
            reason = reason or why_not_after(graph, settings, nodes[one], nodes[other])
        if reason:
            raise OptionError(f"{words}: {reason}")
    return tuple(tuple(chain) for chain in chains)


def _name(node: str | Node, names: Mapping[Node, str]) -> str:
    return names[node] if isinstance(node, Node) else node
