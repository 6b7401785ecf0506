"""A real run as a notebook shows it, in a kernel that only looks like one."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from daskflow import BATCH, Flow
from daskflow.consumers import VoidConsumer
from daskflow.processors import IdentityProcessor
from daskflow.producers import IntProducer
from tests.cluster.conftest import NO_DASHBOARD


class Cell:
    """What is displayed below it, the latest last."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, data, *, raw, display_id):
        self.shown.append(data["text/html"])
        return self

    def update(self, data, *, raw):
        self.shown.append(data["text/html"])


def test_show_waits_for_the_end_and_shows_it(monkeypatch):
    cell = Cell()
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=cell.display))
    numbers = IntProducer(0, 99, name="<numbers>")
    flow = Flow([numbers], [VoidConsumer(name="end")(IdentityProcessor(name="same")(numbers))], BATCH)
    flow.run(cluster=NO_DASHBOARD).show()
    assert not flow.is_running
    last = cell.shown[-1]
    assert "flow (batch), ended: 100 of 100 messages" in last
    assert "&lt;numbers&gt; → same: 0 of" in last, "edges are drawn"
    assert last == flow.metrics()._repr_html_()
