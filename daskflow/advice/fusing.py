"""Which neighbours are so cheap that one task should run them, and what a profile says of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import prod
from statistics import fmean

from daskflow.advice.profile import FlowProfile, NodeProfile
from daskflow.core.graph import GraphEngine
from daskflow.core.node import Node
from daskflow.monitor.forecast.cores import IDLING
from daskflow.options import NodeSettings
from daskflow.plan.fusion import HOP_S, Chain, fusable_chains


def worth_fusing(
    profile: FlowProfile,
    graph: GraphEngine,
    settings: Mapping[str, NodeSettings],
    nb_tasks: Mapping[str, int],
) -> tuple[Chain, ...]:
    """The chains that the plan's rule finds worth it, by what was measured.

    Parameters
    ----------
    profile : FlowProfile
        What was measured.
    graph : GraphEngine
        The flow's graph.
    settings : mapping of str to NodeSettings
        What holds for each node.
    nb_tasks : mapping of str to int
        How many tasks each node would have by itself: only nodes with as many are put together.

    Returns
    -------
    tuple of tuple of str
        Names, each chain in the order of its messages; chains of at least two.
    """
    wanted = {name: replace(own, nb_tasks=nb_tasks[name]) for name, own in settings.items()}
    return fusable_chains(graph, wanted, _costs_of(profile), max(HOP_S, hop_s(profile)))


def hop_s(profile: FlowProfile) -> float:
    """What a message takes between two processors, in seconds, as a mean; 0 where there are no two.

    Out of one task, through the ledger, into the next. Of what a node spends on moving messages half is for
    its input and half for its result; of the ledger's work on a message each node has as much.
    """
    nodes = profile.nodes
    hops = [
        (_moving_s(nodes[parent]) + _moving_s(node)) / 2 + profile.ledger_s / len(nodes)
        for node in nodes.values()
        for parent in node.parents
        if node.can_be_replicated and nodes[parent].can_be_replicated
    ]
    return fmean(hops) if hops else 0.0


def fused_profile(profile: FlowProfile, chains: Sequence[Chain]) -> FlowProfile:
    """The profile as it would be if each chain had been one node.

    The hops inside a chain are gone: so is what its nodes spent on moving messages there, what the ledger
    did for them, and what each process took as such.

    Parameters
    ----------
    profile : FlowProfile
        Of nodes that are not fused.
    chains : sequence of tuple of str
        Which are put together; each of the others keeps its figures.
    """
    if not chains:
        return profile
    nodes = profile.nodes
    names = names_when_fused(nodes, chains)
    joined = {chain[0]: _joined([nodes[name] for name in chain], names[chain[0]]) for chain in chains}
    inner = {name for chain in chains for name in chain[1:]}
    together = {
        names[name]: replace(joined.get(name, node), parents=tuple(names[parent] for parent in node.parents))
        for name, node in nodes.items()
        if name not in inner
    }
    # The ledger has as much to do for each node that sees a message.
    kept = 1.0 - sum(nodes[name].part for name in inner) / sum(node.part for node in nodes.values())
    saved = sum(node.nb_tasks for node in nodes.values()) - sum(one.nb_tasks for one in together.values())
    return replace(
        profile,
        nodes=together,
        edges={(names[a], names[b]): size for (a, b), size in profile.edges.items() if b not in inner},
        standing_cores=max(0.0, profile.standing_cores - IDLING * saved),
        ledger_s=profile.ledger_s * kept,
        ledger_cpu=profile.ledger_cpu * kept,
    )


def names_when_fused(nodes: Iterable[str], chains: Sequence[Chain]) -> dict[str, str]:
    """By the name of each node that of what it runs in, as the run's graph calls it; its own where alone."""
    names = {name: name for name in nodes}
    for chain in chains:
        together = "+".join(chain)
        while together in names:
            together += "+"
        names.update(dict.fromkeys(chain, together))
    return names


def _costs_of(profile: FlowProfile) -> dict[str | Node, float]:
    """Seconds that the code of each node takes for a message, when it need not wait for a core."""
    return {name: min(node.service.mean_s, node.undisturbed_s) for name, node in profile.nodes.items()}


def _moving_s(node: NodeProfile) -> float:
    """How long it moves a message in and out when it need not wait for a core, in seconds."""
    return node.copying_s * node.undisturbed_s / node.own_s if node.own_s else 0.0


def _joined(members: Sequence[NodeProfile], name: str) -> NodeProfile:
    first, last = members[0], members[-1]
    own_s = copying_s = queued_s = cpu_s = 0.0
    for node in members:
        sides = (node is not first) + (node is not last)  # of a node's two hops, those inside the chain
        saved_s = node.copying_s * sides / 2
        kept = 1.0 - saved_s / node.own_s if node.own_s else 1.0
        seen = node.part / first.part  # of what comes to the chain
        own_s += node.own_s * kept * seen
        copying_s += (node.copying_s - saved_s) * seen
        queued_s += node.queued_s * kept * seen
        cpu_s += node.cpu_s * kept * seen
    return replace(
        first,
        name=name,
        nb_tasks=max(node.nb_tasks for node in members),
        service=max(members, key=lambda node: node.own_s).service,  # the slowest's: it varies no more
        own_s=own_s,
        copying_s=copying_s,
        queued_s=queued_s,
        cpu_s=cpu_s,
        passed=prod(node.passed for node in members),
        payload_bytes=last.payload_bytes,
    )
