"""Snapshots as notebooks show them, once and while a flow runs."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from daskflow import Flow
from daskflow.consumers import VoidConsumer
from daskflow.errors import FlowStateError
from daskflow.monitor.html import snapshot_diagram, snapshot_html
from daskflow.monitor.notebook import is_notebook, show_in_notebook
from daskflow.monitor.parts import EdgeMetrics
from daskflow.producers import IntProducer
from tests.unit.monitor.snapshots import metrics, snapshot

NODES = (
    metrics("reader", "producer", emitted=120, rate=21.0, blocked=0.9, busy=0.1),
    metrics(
        "<net>",
        "processor",
        nb_tasks=2,
        device="gpu",
        received=100,
        emitted=99,
        failed=1,
        rate=20.0,
        busy=0.9,
        copying=0.05,
        wire=0.03,
        process_time_s=0.09,
    ),
    metrics("end", "consumer", received=99, dropped=4, rate=19.5, starved=1.0),
)
EDGES = (
    EdgeMetrics("reader", "<net>", 8, waiting=6, rate=21.0),
    EdgeMetrics("<net>", "end", 4, lossy=True, dropped=4, rate=20.0),
)


def cells(html: str) -> list[list[str]]:
    root = ET.fromstring(f"<div>{html}</div>")  # what is not escaped is not well-formed
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")]


def test_the_graph_of_a_run():
    drawing = snapshot_diagram(snapshot(*NODES, edges=EDGES))
    reader, net, end = drawing.boxes
    assert net.words == ("2 tasks · gpu", "20.0 messages/s   ", "1 failed")
    assert net.shares == {"busy": 0.9, "moving data": pytest.approx(0.08), "blocked": 0.0}
    assert (reader.is_marked, net.is_marked, end.is_marked) == (False, True, False)
    full, lossy = drawing.lines
    assert (full.label, full.fill, full.is_dashed) == ("6/8", 0.75, False)
    assert lossy.is_dashed
    assert "20.0 messages/s, 4 dropped" in lossy.says


def test_what_a_notebook_shows_of_a_run():
    now = snapshot(*NODES, edges=EDGES, elapsed_s=5.0, total=300, state="running")
    html = now._repr_html_()
    assert "flow (batch), running: 103 of 300 messages, 20.6 per second, 4 dropped, 1 failed, 5.0 s" in html
    assert "<svg" in html
    assert "&lt;net&gt; limits the flow" in html
    header, *rows = cells(html)
    assert header[:5] == ["node", "tasks", "received", "emitted", "waiting"]
    assert "failed" in header
    assert "gaps" not in header, "it would only say 0"
    net = dict(zip(header, rows[1], strict=True))
    assert (net["node"], net["ms each"], net["per second"], net["busy"]) == ("<net>", "90.00", "20.0", "90%")


def test_before_messages_move_there_is_no_verdict():
    html = snapshot_html(snapshot(metrics("a", "producer"), elapsed_s=0.0, state="starting"))
    assert "flow (batch), starting" in html
    assert "limits" not in html
    assert "<svg" not in html, "no edge is known yet"


class Display:
    """IPython's display, as far as it is used."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []
        self.was_updated = threading.Event()

    def display(self, data, *, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(data)
        return self

    def update(self, data, *, raw):
        assert raw
        self.shown.append(data)
        self.was_updated.set()


@pytest.fixture
def kernel(monkeypatch):
    display = Display()
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display.display))
    return display


class Running:
    """A flow that ends once it was drawn, well or not."""

    nodes = ()

    def __init__(self, display: Display, failure: Exception | None = None) -> None:
        self._display, self._failure = display, failure
        self._state = "running"

    def metrics(self):
        return snapshot(*NODES, edges=EDGES, elapsed_s=1.0, state=self._state)

    def join(self):
        assert self._display.was_updated.wait(5.0)
        self._state = "ended" if self._failure is None else "failed"
        if self._failure is not None:
            raise self._failure


def test_a_running_flow_is_drawn_until_it_ends(kernel):
    threads = set(threading.enumerate())
    show_in_notebook(Running(kernel), every_s=0.001)
    assert "(batch), running" in kernel.shown[0]["text/html"]
    assert "(batch), ended" in kernel.shown[-1]["text/html"]
    assert "<net>" in kernel.shown[-1]["text/plain"], "for what shows no HTML"
    assert set(threading.enumerate()) == threads


def test_a_failure_is_shown_and_raised(kernel):
    with pytest.raises(ZeroDivisionError):
        show_in_notebook(Running(kernel, ZeroDivisionError()), every_s=0.001)
    assert "(batch), failed" in kernel.shown[-1]["text/html"]


def test_only_a_kernel_is_a_notebook(monkeypatch, kernel):
    assert is_notebook()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: object()))
    assert not is_notebook(), "IPython in a terminal"
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not is_notebook(), "imported by a program"
    monkeypatch.delitem(sys.modules, "IPython")
    assert not is_notebook()


def test_a_flow_that_was_never_run_is_not_shown():
    numbers = IntProducer()
    with pytest.raises(FlowStateError, match=r"show\(\) of flow 'flow' before run\(\)"):
        Flow([numbers], [VoidConsumer()(numbers)]).show()
