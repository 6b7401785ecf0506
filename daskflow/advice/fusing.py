"""Which neighbours are so cheap that one task should run them."""

from __future__ import annotations

from daskflow.advice.profile import FlowProfile, NodeProfile
from daskflow.advice.tasks import runs_on_gpu
from daskflow.monitor.forecast.chains import chains

WORTH = 0.1
"""A hop is worth saving when it takes this part of what both nodes take together, itself included: less is
within what one measurement differs from the next."""


def worth_fusing(profile: FlowProfile) -> tuple[tuple[str, ...], ...]:
    """Chains of stateless processors on the CPU whose hops cost much, beside what the nodes do.

    Parameters
    ----------
    profile : FlowProfile
        What was measured.

    Returns
    -------
    tuple of tuple of str
        Names, each chain in the order of its messages; chains of at least two.
    """
    nodes = profile.nodes
    parents = {name: node.parents for name, node in nodes.items()}

    def may_join(name: str) -> bool:
        node = nodes[name]
        return node.can_be_replicated and not runs_on_gpu(node) and node.batch_size == 1 and node.own_s > 0

    def join(before: str, name: str) -> bool:
        return hop_s(profile, nodes[before], nodes[name]) >= WORTH * (nodes[before].own_s + nodes[name].own_s)

    return tuple(chain for chain in chains(parents, may_join, join) if len(chain) > 1)


def hop_s(profile: FlowProfile, before: NodeProfile, node: NodeProfile) -> float:
    """What a message takes between two nodes, in seconds: out of one task, through the ledger, into the next.

    Of what a node spends on moving messages half is for its input and half for its result; of the ledger's
    work on a message each node has as much.
    """
    return (before.copying_s + node.copying_s) / 2 + profile.ledger_s / len(profile.nodes)
