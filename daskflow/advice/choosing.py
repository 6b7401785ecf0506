"""Advice for a flow: which of its nodes are to be fused, and how many tasks there are to be then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from daskflow.advice.advice import Advice
from daskflow.advice.advising import advise, check_is_of
from daskflow.advice.fusing import worth_fusing
from daskflow.advice.profile import FlowProfile
from daskflow.core.graph import GraphEngine
from daskflow.options import FlowOptions
from daskflow.options.fusing import AUTO
from daskflow.plan.fusion import Chain, checked_chains


def advise_flow(
    profile: FlowProfile,
    graph: GraphEngine,
    options: FlowOptions,
    target_rate: float | None = None,
    *,
    cores: int | None = None,
    gpus: int | None = None,
) -> Advice:
    """How many tasks each node of a flow should have, and which should share one.

    Chains that the user named are taken as they are. Else the plan's rule chooses by what was measured; where
    a chain needs more tasks than its nodes did, it has them.

    Parameters
    ----------
    profile : FlowProfile
        Of the flow.
    graph : GraphEngine
        The flow's graph.
    options : FlowOptions
        What holds for the flow and its nodes.
    target_rate, cores, gpus
        As for `daskflow.advice.advise`.

    Raises
    ------
    ProfileError
        The profile is of another flow, or says too little.
    OptionError
        Chains that the user named cannot be fused.
    ValueError, TypeError
        A number makes no sense.
    """
    names = graph.names
    check_is_of(profile, {name: [names[p] for p in graph.parents_of(node)] for node, name in names.items()})

    def advised(fuse: Sequence[Chain] | None) -> Advice:
        return advise(profile, target_rate, cores=cores, gpus=gpus, fuse=fuse)

    if options.fuse is not None and options.fuse != AUTO:
        # However many tasks they have now, with advice they will have as many.
        alike = {name: replace(own, nb_tasks=1) for name, own in options.nodes.items()}
        return advised(checked_chains(graph, alike, [tuple(chain) for chain in options.fuse]))
    apart = advised(None if options.fuse is None else ())
    chains = worth_fusing(profile, graph, options.nodes, apart.nb_tasks)
    return advised(chains) if chains else apart
