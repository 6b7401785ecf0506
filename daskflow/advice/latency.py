"""How long messages would take from a source to an end of the flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from daskflow.advice.model import Model
from daskflow.advice.profile import NodeProfile
from daskflow.monitor.forecast.limits import NEARLY
from daskflow.monitor.forecast.waiting import queue, variation
from daskflow.plan.capacity import leases_of

HOP_S = 0.0005
"""From a task through the ledger to the next: what `daskflow bench` measures for one more hop, on a machine
that is not busy."""


def expected_latency_s(model: Model, tasks: Mapping[str, int], rate: float, limited_by: str) -> float:
    """The mean latency in seconds, at so many messages per second.

    Where a source, or who feeds it, sets the pace, messages wait in queues, by the formulas of
    `daskflow.monitor.forecast.waiting`: what comes is as variable as the source's own calls where it is
    occupied, and as a Poisson process where it has time left. Where something else limits the flow, the edges
    from the sources up to there are full: what they hold divided by the rate (Little's law), and the services
    behind.

    Parameters
    ----------
    model : Model
        Of the flow.
    tasks : mapping of str to int
        Tasks of each node.
    rate : float
        Of the flow, in messages per second.
    limited_by : str
        The node that limits the flow at this rate, or what else does; a source or ``""`` where nothing holds
        them up.
    """
    nodes = model.profile.nodes
    sources = {name for name, node in nodes.items() if not node.parents}
    if limited_by == "" or limited_by in sources:
        return _with_queues(model, tasks, rate)
    full = limited_by if limited_by in nodes else _busiest(model, tasks)
    return _behind_full_edges(model, tasks, rate, full)


def _with_queues(model: Model, tasks: Mapping[str, int], rate: float) -> float:
    nodes = model.profile.nodes
    leaving: dict[str, float] = {}
    until: dict[str, float] = {}
    for name, node in nodes.items():
        serving = variation(node.service)
        # Who feeds a source that has time left is not known: by chance.
        coming = max((leaving[parent] for parent in node.parents), default=1.0)
        occupied_s = node.undisturbed_s * node.part
        # Of messages that come as fast as they can be served a queue has no mean: the edge holds some.
        most = NEARLY * tasks[name] / occupied_s if occupied_s and node.parents else rate
        here = queue(
            rate=min(rate, most) * node.part,
            service_s=node.undisturbed_s,
            nb_tasks=tasks[name],
            coming=coming,
            serving=serving,
        )
        leaving[name] = here.leaving
        if node.parents:
            latest = max(until[parent] for parent in node.parents)
            until[name] = latest + HOP_S + here.wait_s + node.undisturbed_s
        else:  # a message begins when its source has it
            until[name] = node.copying_s
    return max((until[name] for name in _ends(nodes)), default=0.0)


def _behind_full_edges(model: Model, tasks: Mapping[str, int], rate: float, full: str) -> float:
    profile = model.profile
    held: dict[str, float] = {}
    behind: dict[str, float] = {}
    for name, node in profile.nodes.items():
        ways = [held[p] + _capacity(model, tasks, p, name) for p in node.parents if p in held]
        held[name] = max(ways, default=0.0)
        after = [behind[parent] for parent in node.parents if parent in behind]
        if name == full:
            behind[name] = 0.0
        elif after:
            behind[name] = max(after) + HOP_S + node.undisturbed_s
    rest = max((behind[name] for name in _ends(profile.nodes) if name in behind), default=0.0)
    return held[full] / rate + rest if rate else rest


def _capacity(model: Model, tasks: Mapping[str, int], source: str, target: str) -> float:
    """What an edge holds: as was measured, and what more tasks at its ends have in hand."""
    nodes = model.profile.nodes
    more_made = (tasks[source] - nodes[source].nb_tasks) * nodes[source].batch_size
    more_taken = (tasks[target] - nodes[target].nb_tasks) * leases_of(nodes[target].batch_size)
    return max(1, model.profile.edges.get((source, target), 1) + more_made + more_taken)


def _busiest(model: Model, tasks: Mapping[str, int]) -> str:
    nodes = model.profile.nodes
    return min(nodes, key=lambda name: model.station(nodes[name], tasks[name]).rate)


def _ends(nodes: Mapping[str, NodeProfile]) -> Iterator[str]:
    read = {parent for node in nodes.values() for parent in node.parents}
    return (name for name in nodes if name not in read)
