"""The graph; its edges and boxes say what they are doing."""

from __future__ import annotations

from collections.abc import Mapping

from daskflow.diagram.layout import layout
from daskflow.monitor.activity import Activity
from daskflow.monitor.figures import span_of
from daskflow.monitor.page.drawing import BAR, SHARES, box_element, edge_element, label_element, svg
from daskflow.monitor.page.labels import Place, label_places
from daskflow.monitor.page.part import TextPart
from daskflow.monitor.page.slots import Slot
from daskflow.monitor.page.words import (
    count_words,
    elided,
    rate_words,
    share_words,
    time_words,
)
from daskflow.monitor.parts import EdgeMetrics
from daskflow.monitor.snapshot import NodeMetrics, RunSnapshot
from daskflow.monitor.verdict import NodeVerdict, Verdict
from daskflow.plan.picture import fused_words

WORDS_EVERY = 5
"""What a box and an edge say when they are pointed at is long: it is renewed at each of so many snapshots."""


class Graph(TextPart):
    """The graph of a run, as SVG.

    Parameters
    ----------
    snapshot : RunSnapshot
        Of the run.
    """

    def __init__(self, snapshot: RunSnapshot) -> None:
        self._nodes = list(snapshot.nodes)
        self._edges = list(snapshot.edges)
        self._turn = 0
        laid = layout(self._nodes, self._edges)
        self._places = label_places(laid.routes)
        edges = "".join(edge_element(i, edge, laid.routes[edge]) for i, edge in enumerate(self._edges))
        # On top of all lines, which come close to each other where they end.
        labels = "".join(
            label_element(i, self._places[edge]) for i, edge in enumerate(self._edges) if edge in self._places
        )
        nodes = "".join(
            box_element(i, snapshot.nodes[name], laid.positions[name]) for i, name in enumerate(self._nodes)
        )
        self.html = svg(laid, edges + nodes + labels, f"Flow {snapshot.flow_name} as a graph")

    def slots(self, snapshot: RunSnapshot, verdict: Verdict) -> Mapping[Slot, str]:
        """Of all boxes and edges."""
        judged = {node.name: node for node in verdict.nodes}
        turn, self._turn = self._turn, self._turn + 1

        def is_renewed(i: int) -> bool:
            return not turn or snapshot.is_over or (i + turn) % WORDS_EVERY == 0

        slots: dict[Slot, str] = {}
        for i, name in enumerate(self._nodes):
            node = snapshot.nodes[name]
            span = span_of(node, snapshot)
            slots |= _node_slots(f"node-{i}", node, span, name == verdict.bottleneck)
            if is_renewed(i):
                slots[f"node-{i}-title", "text"] = _node_words(node, span, judged.get(name))
        fastest = max((edge.rate for edge in snapshot.edges.values()), default=0.0)
        for i, key in enumerate(self._edges):
            edge = snapshot.edges[key]
            slots |= _edge_slots(f"edge-{i}", edge, fastest)
            if key in self._places:
                slots |= _label_slots(f"edge-{i}", edge, self._places[key])
            if is_renewed(i):
                slots[f"edge-{i}-title", "text"] = _edge_words(edge)
        return slots


def _edge_slots(identity: str, edge: EdgeMetrics, fastest: float) -> dict[Slot, str]:
    width = 1.5 + 4.5 * (edge.rate / fastest if fastest else 0.0)
    return {
        (identity, "class"): "df-edge"
        + " df-dropping" * (edge.drop_rate > 0)
        + " df-pictures" * edge.carries_pictures,
        (f"{identity}-line", "style"): f"stroke-width:{width:.1f}px;--fill:{edge.fill:.0%}",
    }


def _label_slots(identity: str, edge: EdgeMetrics, place: Place) -> dict[Slot, str]:
    """Where several edges meet a box, there is room for one line at each."""
    drops = edge.drop_rate > 0
    fill = f"{count_words(edge.waiting)}/{count_words(edge.capacity)}"
    return {
        (f"{identity}-fill", "text"): "" if drops and not place.is_alone else fill,
        (f"{identity}-drops", "text"): f"−{rate_words(edge.drop_rate)}" if drops else "",
        (f"{identity}-drops", "dy"): "19" if place.is_alone else "0",
    }


def _edge_words(edge: EdgeMetrics) -> str:
    kind = "blocks its source when it is full"
    if edge.lossy:
        kind = f"{edge.dropped:,} dropped, {rate_words(edge.drop_rate)} now: when it is full, its oldest goes"
    if edge.lost:
        kind += f"\n{edge.lost:,} went with a host"
    return (
        f"{edge.source} → {edge.target}\n{rate_words(edge.rate)}, {edge.waiting} of {edge.capacity} waiting\n"
        f"{kind}" + "\nclick to see its pictures" * edge.carries_pictures
    )


def _node_slots(identity: str, node: NodeMetrics, span: Activity, is_bottleneck: bool) -> dict[Slot, str]:
    copying = span.copying + span.wire
    lengths = (span.busy + copying + span.blocked, span.busy + copying, span.busy)
    p50_s = span.process_time.quantile_s(0.5)
    slots = {
        (identity, "class"): "df-node" + " df-bottleneck" * is_bottleneck,
        (f"{identity}-rate", "text"): rate_words(span.rate),
        (f"{identity}-time", "text"): time_words(p50_s) if span.process_time.count else "",
        (f"{identity}-words", "text"): (
            f"{count_words(node.failed)} failed" if node.failed else f"busy {share_words(span.busy)}"
        ),
        (f"{identity}-words", "class"): "df-small" + " df-bad" * bool(node.failed),
        (f"{identity}-device", "text"): elided(node.device, 14),
    }
    for share, length in zip(SHARES, lengths, strict=True):
        slots[f"{identity}-{share}", "width"] = f"{BAR * min(1.0, length):.1f}"
    return slots


def _node_words(node: NodeMetrics, span: Activity, judged: NodeVerdict | None) -> str:
    possible = judged.possible_rate if judged else span.possible_rate
    times = span.process_time
    return (
        f"{node.kind} {node.name}, {node.nb_tasks} task{'s' if node.nb_tasks > 1 else ''} on {node.device}\n"
        + (f"{fused_words(node.members)}: {', '.join(node.members)}\n" if node.members else "")
        + f"{rate_words(span.rate)}, possible {rate_words(possible)}\n"
        f"p50 {time_words(times.quantile_s(0.5))}, p95 {time_words(times.quantile_s(0.95))} in its code\n"
        f"busy {share_words(span.busy)}, copying {share_words(span.copying)}, asking the ledger "
        f"{share_words(span.wire)}, blocked {share_words(span.blocked)}, "
        f"starved {share_words(span.starved)}\n"
        f"{node.skipped:,} skipped, {node.dropped:,} dropped, "
        + (f"{node.lost:,} lost, " if node.lost else "")
        + f"{node.failed:,} failed, {node.restarts} restarts"
    )
