"""What pages show as printed, where it is the same each time; and their YAML and TOML."""

from __future__ import annotations

import tomllib

import pytest
import yaml
from click.testing import CliRunner

from daskflow.cli import main
from tests.pages import NAMES, blocks_of

COUNTER = """
from daskflow import BATCH, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import VoidConsumer
from daskflow.producers import IntProducer

reader = IntProducer(name="videofile_reader")
tracker = OneTaskProcessorNode(name="tracker")(ProcessorNode(2, name="detector")(reader))
boxes = ProcessorNode(name="boxes")(reader, tracker)
flow = Flow([reader], [VoidConsumer(name="videofile_writer")(boxes)], BATCH, name="counter")
"""

YARD = """
from daskflow import BATCH, GPU, Flow, OneTaskProcessorNode, ProcessorNode
from daskflow.consumers import VoidConsumer
from daskflow.producers import IntProducer

camera = IntProducer(name="camera")
detector = ProcessorNode(2, GPU, name="detector", cpu_threads=2)(camera)
tracker = OneTaskProcessorNode(name="tracker")(detector)
flow = Flow([camera], [VoidConsumer(name="writer")(tracker)], BATCH, name="yard")
"""

SHOWN = [
    ("docs/looking-at-flows.md", "$ daskflow explain counter.py\n", "explain", COUNTER),
    ("docs/clusters.md", "flow yard has 5 tasks", "workers", YARD),
]
"""The page, how the block begins, and which command says so of which flow."""

DATA = {
    f"{name}:{block.line}": block
    for name, page in NAMES.items()
    for block in blocks_of(page)
    if block.language in ("yaml", "toml")
}


@pytest.mark.parametrize(("page", "begins", "command", "flow"), SHOWN, ids=[shown[2] for shown in SHOWN])
def test_commands_print_what_is_shown(page, begins, command, flow, tmp_path):
    (text,) = [block.text for block in blocks_of(NAMES[page]) if block.text.startswith(begins)]
    (tmp_path / "flow.py").write_text(flow)
    said = CliRunner().invoke(main, [command, str(tmp_path / "flow.py")], env={"COLUMNS": "120"})
    assert said.exit_code == 0, said.stderr
    expected = text.partition("\n")[2] if text.startswith("$") else text
    assert said.stdout.startswith(expected)


@pytest.mark.parametrize("name", DATA)
def test_data_can_be_read(name):
    block = DATA[name]
    assert yaml.safe_load(block.text) if block.language == "yaml" else tomllib.loads(block.text)
