"""A real run as a notebook shows it, in a kernel that only looks like one."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD

NOTEBOOK = Path(__file__).parents[2] / "examples" / "daskflow.ipynb"


class Cell:
    """What is displayed below it, the latest last."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, data, *, raw, display_id):
        self.shown.append(data["text/html"])
        return self

    def update(self, data, *, raw):
        self.shown.append(data["text/html"])


@pytest.fixture
def cell(monkeypatch) -> Cell:
    cell = Cell()
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=cell.display))
    return cell


def value_of(code: str, names: dict[str, Any]) -> Any:
    """What a cell ends with: of an expression its value, which is shown below it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


def test_that_of_the_examples_runs_cell_by_cell(cell, monkeypatch, tmp_path):
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert len({part["id"] for part in cells}) == len(cells)
    code = [part for part in cells if part["cell_type"] == "code"]
    assert not any(part["outputs"] or part["execution_count"] for part in code), "none are stored"
    monkeypatch.chdir(tmp_path)
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)  # where a kernel has what cells define
    values = [value_of("".join(part["source"]).replace("=150", "=12"), main.__dict__) for part in code]
    flow, metrics, frame = (value for value in values if value is not None)
    assert "first flow" in flow._repr_html_()
    assert "12 of 12 messages" in cell.shown[-1]
    assert cell.shown[-1] == metrics._repr_html_()
    assert frame.size == (768, 576)


def test_show_waits_for_the_end_and_shows_it(cell):
    numbers = IntProducer(0, 99, name="<numbers>")
    flow = Flow([numbers], [VoidConsumer(name="end")(IdentityProcessor(name="same")(numbers))], BATCH)
    flow.run(cluster=NO_DASHBOARD).show()
    assert not flow.is_running
    last = cell.shown[-1]
    assert "flow (batch), ended: 100 of 100 messages" in last
    assert "&lt;numbers&gt; → same: 0 of" in last, "edges are drawn"
    assert last == flow.metrics()._repr_html_()
