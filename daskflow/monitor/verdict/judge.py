"""From a snapshot to a verdict."""

from __future__ import annotations

from dataclasses import replace

from daskflow.monitor.snapshot import STARTING, RunSnapshot
from daskflow.monitor.verdict.advice import advice_of
from daskflow.monitor.verdict.cases import case_of, slowest
from daskflow.monitor.verdict.figures import amount, called
from daskflow.monitor.verdict.graph import ancestors, components, parents_of
from daskflow.monitor.verdict.load import FlowLoad, flow_load
from daskflow.monitor.verdict.statement import SLOW_PRODUCER, UNKNOWN, NodeVerdict, Verdict
from daskflow.monitor.verdict.words import words_of

LEAST_MESSAGES = 20
LEAST_S = 1.0
"""Nothing is said of a flow that has done less, or for a shorter time: it would be chance."""


def verdict_of(snapshot: RunSnapshot) -> Verdict:
    """Judge a run by the last seconds, or after its end by all of it.

    A pure function of the snapshot. Where the last seconds hold too few messages, all of the run counts. Of
    parts of a flow that are not connected, the one is judged that something limits.

    Parameters
    ----------
    snapshot : RunSnapshot
        What `Flow.metrics` returned.

    Returns
    -------
    Verdict
        With `UNKNOWN` as its reason, and what is missing in words, until there are 20 messages and a second.
    """
    verdicts = verdicts_of(snapshot)
    chosen = min(verdicts, key=_interest, default=Verdict(UNKNOWN, None, 0.0, "the flow has no nodes"))
    if len(verdicts) < 2:
        return chosen
    nodes = {node.name: node for verdict in verdicts for node in verdict.nodes}
    return replace(chosen, nodes=tuple(nodes[name] for name in snapshot.nodes))


def verdicts_of(snapshot: RunSnapshot) -> list[Verdict]:
    """Judge each part of a flow that is not connected with the others.

    Parameters
    ----------
    snapshot : RunSnapshot
        What `Flow.metrics` returned.

    Returns
    -------
    list of Verdict
        One for each part; as `verdict_of` gives them.
    """
    parts = [_only(snapshot, names) for names in components(parents_of(snapshot))]
    work = [
        sum((node.whole if snapshot.is_over else node.recent).rate for node in part.nodes.values())
        for part in parts
    ]
    return [
        _of_part(part, own / sum(work) if sum(work) else 1.0 / len(parts))
        for part, own in zip(parts, work, strict=True)
    ]


def _interest(verdict: Verdict) -> int:
    return 2 if verdict.reason == UNKNOWN else 1 if verdict.reason == SLOW_PRODUCER else 0


def _only(snapshot: RunSnapshot, names: list[str]) -> RunSnapshot:
    if len(names) == len(snapshot.nodes):
        return snapshot
    return replace(
        snapshot,
        nodes={name: node for name, node in snapshot.nodes.items() if name in names},
        edges={edge: metrics for edge, metrics in snapshot.edges.items() if edge[1] in names},
        tasks={name: task for name, task in snapshot.tasks.items() if task.node in names},
    )


def _of_part(snapshot: RunSnapshot, ledger_part: float) -> Verdict:
    flow = flow_load(snapshot, whole=snapshot.is_over, ledger_part=ledger_part)
    if snapshot.state == STARTING or not snapshot.elapsed_s:
        words = "no message has moved yet: nodes are opening"
        return Verdict(UNKNOWN, None, 0.0, words, nodes=_nodes(flow, None))
    missing = _missing(flow)
    if missing and not snapshot.is_over:
        flow = flow_load(snapshot, whole=True, ledger_part=ledger_part)
        missing = _missing(flow)
    if missing:
        return Verdict(UNKNOWN, None, flow.rate, missing, nodes=_nodes(flow, None))
    case = case_of(flow)
    advice = advice_of(case)
    bottleneck = case.load.name if case.names_a_node else None
    return Verdict(
        reason=case.reason,
        bottleneck=bottleneck,
        rate=case.rate,
        words=words_of(case),
        advice=advice.words,
        expected_rate=advice.expected_rate,
        nodes=_nodes(flow, bottleneck),
    )


def _missing(flow: FlowLoad) -> str:
    """What is missing of the evidence, in words; empty where there is enough."""
    idle = [load for load in flow.loads.values() if load.is_end and not load.messages]
    if len(idle) == sum(load.is_end for load in flow.loads.values()):
        return "nothing has come to the end of the flow yet"
    load = slowest(flow)
    seen, span_s = load.messages, load.activity.span_s
    if seen >= LEAST_MESSAGES and span_s >= LEAST_S:
        return ""
    return (
        f"too little has happened to say more than the figures: {seen} messages at {called(load.name)} "
        f"in {amount(span_s)} s, where it takes {LEAST_MESSAGES} messages and {LEAST_S:g} s"
    )


def _nodes(flow: FlowLoad, bottleneck: str | None) -> tuple[NodeVerdict, ...]:
    verdicts = []
    for name, load in flow.loads.items():
        before = [flow.loads[other].limit for other in ancestors(flow.parents, name)]
        is_slower = bool(before) and load.limit < min(before)
        verdicts.append(
            NodeVerdict(
                name=name,
                possible_rate=load.possible_rate,
                actual_rate=load.activity.rate,
                utilisation=min(1.0, load.occupied),
                is_bottleneck=is_slower or name == bottleneck,
                is_effective_bottleneck=name == bottleneck,
            )
        )
    return tuple(verdicts)
