"""Flows and plans as diagrams."""

from __future__ import annotations

from collections.abc import Sequence

from daskflow.core.constants import GPU, REALTIME
from daskflow.core.graph import GraphEngine
from daskflow.core.node import FusedNode, Node, ProcessorNode, TaskModuleNode
from daskflow.diagram.content import Box, Diagram, Line
from daskflow.options import FlowOptions, NodeSettings
from daskflow.plan.build import graph_capacities, node_kind
from daskflow.plan.plan import NodePlan, Plan


def graph_diagram(graph: GraphEngine, options: FlowOptions, *, flow_name: str, flow_type: str) -> Diagram:
    """A flow as it was wired: its nodes with what they wish for, its edges with what they hold.

    Parameters
    ----------
    graph : GraphEngine
        The checked graph.
    options : FlowOptions
        What holds for the flow and its nodes.
    flow_name, flow_type : str
        Of the flow.
    """
    names = graph.names
    boxes = [_wished(node, names[node], options.nodes[names[node]]) for node in graph.topological_sort()]
    capacities = graph_capacities(graph, flow_type, options)
    lines = [_line(*edge, held, flow_type == REALTIME) for edge, held in capacities.items()]
    return Diagram(f"{flow_name} ({flow_type})", boxes, lines)


def plan_diagram(plan: Plan) -> Diagram:
    """A plan: its nodes with the devices that their tasks get, its edges with what they hold."""
    boxes = [Box(node.name, node.kind, _planned(node)) for node in plan.nodes]
    lines = [_line(edge.source, edge.target, edge.capacity, edge.lossy) for edge in plan.edges]
    return Diagram("", boxes, lines)  # what shows it has a heading of its own


def tasks_words(count: int) -> str:
    """``"1 task"``, ``"3 tasks"``."""
    return f"{count} task{'s' if count != 1 else ''}"


def fused_words(members: Sequence[str]) -> str:
    """``"3 fused"``: how many nodes run as one."""
    return f"{len(members)} fused"


def _planned(node: NodePlan) -> tuple[str, ...]:
    kind = _kind(node.kind, node.batch_size)
    return (f"{kind}, {fused_words(node.members)}" if node.members else kind, _got(node))


def _wished(node: Node, name: str, own: NodeSettings) -> Box:
    words = [_kind(node_kind(node), own.batch_size), tasks_words(own.nb_tasks)]
    if isinstance(node, ProcessorNode) and own.device_type == GPU:
        share = "" if own.gpu_share == 1 else f", {own.gpu_share:g} of one"
        words[1] += f" · {'gpu' if len(node.devices) == 1 else 'gpu if any'}{share}"
    if isinstance(node, FusedNode):
        words[0] += f", {fused_words(node.member_names)}"
    if isinstance(node, TaskModuleNode):
        words.append(" + ".join(repr(member) for member in node.members))
    return Box(name, node_kind(node), tuple(words))


def _kind(kind: str, batch_size: int) -> str:
    return f"{kind}, {batch_size} at a time" if batch_size > 1 else kind


def _got(node: NodePlan) -> str:
    devices = [task.device for task in node.tasks]
    if len(set(devices)) == 1:
        return f"{tasks_words(len(devices))} · {devices[0]}"
    return ", ".join(f"{devices.count(device)} {device}" for device in sorted(set(devices), reverse=True))


def _line(source: str, target: str, capacity: int, is_lossy: bool) -> Line:
    when_full = "then drops its oldest" if is_lossy else "then blocks"
    says = f"{source} → {target}: holds {capacity}, {when_full}"
    return Line(source, target, str(capacity), says, is_dashed=is_lossy)
