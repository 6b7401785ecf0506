"""Flows and plans as diagrams, files and HTML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from daskflow import (
    BATCH,
    REALTIME,
    BatchProcessorNode,
    Flow,
    OneTaskProcessorNode,
    ProcessorNode,
    TaskModuleNode,
)
from daskflow.consumers import VoidConsumer
from daskflow.plan.picture import plan_diagram
from daskflow.producers import IntProducer


class Step(ProcessorNode):
    def process(self, value):
        return value


class Batched(BatchProcessorNode):
    def process_batch(self, values):
        return values


class OnlyGpu(Step):
    devices = ("gpu",)


class Memory(OneTaskProcessorNode):
    def process(self, one, other):
        return one


@pytest.fixture
def make_flow():
    def make(flow_type: str = BATCH) -> Flow:
        numbers = IntProducer(0, 9, name="numbers")
        found = Step(2, "gpu", name="found", gpu_share=0.6)(numbers)
        batched = Batched(batch_size=4, name="batched")(found)
        joined = Memory(name="joined & <kept>")(numbers, batched)
        first = Step(name="first")(joined)
        second = Step(name="second")(first)
        module = TaskModuleNode(first, second, name="module")
        return Flow([numbers], [VoidConsumer(name="end")(module)], flow_type, name="wired")

    return make


def test_boxes_say_what_nodes_are_and_wish_for(make_flow):
    boxes = {box.name: box for box in make_flow()._diagram().boxes}
    assert {name: box.words for name, box in boxes.items()} == {
        "numbers": ("producer", "1 task"),
        "found": ("processor", "2 tasks · gpu if any, 0.6 of one"),
        "batched": ("processor, 4 at a time", "1 task"),
        "joined & <kept>": ("stateful processor", "1 task"),
        "module": ("processor", "1 task", "first + second"),
        "end": ("consumer", "1 task"),
    }
    numbers = IntProducer()
    only = Flow([numbers], [VoidConsumer()(OnlyGpu(name="net")(numbers))])
    assert only._diagram().boxes[1].words == ("processor", "1 task · gpu"), "also on a machine without"


@pytest.mark.parametrize("flow_type", [BATCH, REALTIME])
def test_edges_say_what_the_plan_will_say(make_flow, flow_type):
    flow = make_flow(flow_type)
    edges = {(edge.source, edge.target): (str(edge.capacity), edge.lossy) for edge in flow.plan(gpus=0).edges}
    for diagram in (flow._diagram(), plan_diagram(flow.plan(gpus=0))):
        assert {(li.source, li.target): (li.label, li.is_dashed) for li in diagram.lines} == edges


def test_a_plans_boxes_say_what_tasks_got(make_flow):
    boxes = {box.name: box.words[1] for box in plan_diagram(make_flow().plan(gpus=["0"])).boxes}
    assert boxes["found"] == "1 gpu, 1 cpu"
    assert boxes["numbers"] == "1 task · cpu"


def test_visualize_writes_files_or_returns_the_picture(make_flow, tmp_path, monkeypatch):
    monkeypatch.setattr("daskflow.flow.Run", None)  # whoever starts a flow fails
    flow = make_flow()
    assert flow.visualize(tmp_path / "flow.svg") is None
    assert (tmp_path / "flow.svg").read_text() == flow.visualize()
    ET.parse(tmp_path / "flow.svg")
    flow.visualize(str(tmp_path / "flow.png"))
    assert (tmp_path / "flow.png").read_bytes() == flow.visualize(format="png")
    flow.visualize(tmp_path / "README", format="mermaid")
    assert (tmp_path / "README").read_text().startswith("flowchart LR\n")
    with pytest.raises(ValueError, match=r"end it in \.svg"):
        flow.visualize(tmp_path / "flow.dot")
    with pytest.raises(FileNotFoundError):
        flow.visualize(tmp_path / "absent" / "flow.svg")


def test_a_notebook_shows_flows_and_plans(make_flow):
    flow = make_flow()
    shown = ET.fromstring(flow._repr_html_())
    assert shown.find("{http://www.w3.org/2000/svg}svg") is not None
    planned = flow.plan(gpus=0)._repr_html_()
    root = ET.fromstring(f"<div>{planned}</div>")  # what is not escaped is not well-formed
    cells = ["".join(cell.itertext()) for cell in root.iter("td")]
    assert "joined & <kept>-0" in cells
    assert "numbers -> found" in cells
    assert any("frames at most" in (line.text or "") for line in root.iter("div"))
