"""The page of runs whose snapshots are made by hand, without a server."""

from __future__ import annotations

import gc
import math
import weakref
from dataclasses import replace

import dask.config
import pytest
from bokeh.document import Document

from daskflow.cluster.monitoring import MOST_MOMENTS
from daskflow.monitor.page.document import PARTS, Page, show_flows
from daskflow.monitor.runs import Picture
from tests.unit.monitor.page.runs import NASTY, chain, flow, mishap, moment, runs


def page_of(run, *others, part=None):
    return Page(runs(*([run] if run else []), *others), run, lambda run_id, task: None, part)


def shown(page):
    """What is in the slots, by element and what of it."""
    (source,) = page.slots.root.tags
    data = source.data
    return dict(zip(zip(data["element"], data["what"], strict=True), data["value"], strict=True))


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_flows_of_any_size(count):
    run = chain(count)
    page = page_of(run)
    for i in range(count):
        assert f">node-{i}<" in page.html["graph"]
        assert shown(page)[f"node-{i}-rate", "text"] == "10/s"
    assert page.html["tasks"].count("<tr>") == count + 1
    run.change(elapsed_s=65.0)
    assert page.update() == 1
    assert shown(page)["head-elapsed", "text"] == "1:05"


def test_every_slot_has_its_element():
    page = page_of(chain(3))
    html = "".join(page.html.values())
    missing = {element for element, _ in shown(page) if f'id="{element}"' not in html}
    assert missing == {"runs", "page"}  # of the template


def test_a_fused_chain_says_which_nodes_are_in_it():
    run = flow(["in", "a+b"], [("in", "a+b")])
    nodes = dict(run.said.nodes)
    nodes["a+b"] = replace(nodes["a+b"], members=("a", NASTY))
    run.change(nodes=nodes)
    page = page_of(run)
    assert ">2 fused<" in page.html["graph"]
    assert f"2 fused: a, {NASTY}" in shown(page)["node-1-title", "text"]
    assert run.said["a"] is run.said["a+b"]
    assert "b" not in run.said


def test_names_and_errors_are_escaped():
    run = flow([NASTY, "b"], [(NASTY, "b")], mishaps=(mishap(NASTY, traceback=NASTY),))
    page = page_of(run)
    everything = "".join(page.html.values()) + shown(page)["mishaps", "html"]
    assert "<script" not in everything
    assert "&lt;script&gt;" in everything
    assert f'"{NASTY}' not in everything


def test_one_part_alone():
    for part in PARTS:
        assert list(page_of(chain(2), part=part).html) == [part]


def test_an_edge_that_drops_says_so():
    run = chain(2)
    page = page_of(run)
    assert shown(page)["edge-0-drops", "text"] == ""
    run.change_edge("node-0", "node-1", waiting=8, lossy=True, dropped=500, drop_rate=37.2)
    page.update()
    now = shown(page)
    assert now["edge-0-drops", "text"] == "−37.2/s"
    assert now["edge-0-fill", "text"] == "8/8"
    assert "--fill:100%" in now["edge-0-line", "style"]
    assert "df-dropping" in now["edge-0", "class"]
    for again in range(5):  # what it says when it is pointed at may come later
        run.change(elapsed_s=2.0 + again)
        page.update()
    assert "500 dropped" in shown(page)["edge-0-title", "text"]


def test_the_fastest_edge_is_the_widest():
    run = chain(3)
    run.change_edge("node-0", "node-1", rate=40.0)
    now = shown(page_of(run))
    assert now["edge-0-line", "style"].startswith("stroke-width:6.0px")
    assert now["edge-1-line", "style"].startswith("stroke-width:2.6px")


def test_edges_that_end_close_to_each_other_say_it_where_they_begin():
    many = [f"detector-{i}" for i in range(8)]
    edges = [("camera", one) for one in many] + [(one, "join") for one in many]
    page = page_of(flow(["camera", *many, "join"], edges))
    assert all(shown(page)[f"edge-{i}-fill", "text"] == "2/8" for i in range(16))
    for i in range(8):
        assert 'text-anchor="end"' in element(page.html["graph"], f"edge-{i}-fill")
        assert "text-anchor" not in element(page.html["graph"], f"edge-{i + 8}-fill")


def test_the_bottleneck_is_marked():
    run = chain(3)
    now = shown(page_of(run))
    marked = [i for i in range(3) if "df-bottleneck" in now[f"node-{i}", "class"]]
    assert [f"node-{i}" for i in marked] == [run.said.verdict.bottleneck]
    assert now["head-verdict", "text"] == f"{run.said.verdict.words}."  # the advice goes on behind it
    assert f"{now['head-verdict', 'text']} {now['head-advice', 'text']}".rstrip(" .") == str(run.said.verdict)


def element(html, identity):
    """The tag with that id."""
    (tag,) = [tag for tag in html.split("<") if f'id="{identity}"' in tag]
    return tag


def test_charts_get_only_what_is_new():
    run = chain(2)
    run.change(history=(moment(run, 1.0), moment(run, 2.0)))
    page = page_of(run)
    chart = page.models["chart_throughput"]
    source = chart.renderers[0].data_source
    streamed = []
    doc = Document()
    doc.add_root(chart)
    doc.on_change(streamed.append)
    run.change(history=(*run.said.history, moment(run, 3.0, rate=25.0)))
    page.update()
    page.update()
    assert list(source.data["elapsed_s"]) == [1.0, 2.0, 3.0]
    assert list(source.data["line_1"]) == [10.0, 10.0, 25.0]
    assert [len(event.data["elapsed_s"]) for event in streamed] == [1]


def test_charts_have_as_much_as_a_run_remembers():
    run = chain(1)
    page = page_of(run)
    source = page.models["chart_throughput"].renderers[0].data_source
    for last in (MOST_MOMENTS, MOST_MOMENTS + 1):
        run.change(history=tuple(moment(run, float(i)) for i in range(last))[-MOST_MOMENTS:])
        page.update()
        assert list(source.data["elapsed_s"]) == [one.elapsed_s for one in run.said.history]


def test_a_message_now_and_then_can_be_seen():
    run = chain(2)
    path = next(iter(run.said.paths))
    history = [moment(run, float(i)) for i in range(12)]
    for i in (1, 3):  # alone between moments at which nothing was finished, they would be no line
        history[i] = replace(history[i], latencies={path: (0.1 * i, 0.2 * i)})
    run.change(history=tuple(history))
    (p50, _) = page_of(run).models["chart_latency"].renderers
    drawn = p50.data_source.data[p50.glyph.y]
    assert drawn == pytest.approx([math.nan, *[0.1] * 2, *[0.3] * 6, *[math.nan] * 3], nan_ok=True)


def test_a_flow_that_cannot_drop_has_no_chart_of_drops():
    page = page_of(chain(2))
    assert "chart_drops" not in page.models
    assert "No edge of this flow drops" in page.html["drops"]


def test_several_flows_can_be_chosen():
    one, two = chain(2, "aaaaaaaa1111"), chain(3, "bbbbbbbb2222", state="ended")
    assert shown(page_of(one))["runs", "html"] == ""
    tabs = shown(page_of(one, two))["runs", "html"]
    assert 'href="?run=aaaaaaaa" aria-current="page"' in tabs
    assert 'href="?run=bbbbbbbb">' in tabs
    assert "1111" not in tabs  # the whole id would say where the run's files are


def test_a_run_that_has_gone_is_still_shown():
    run = chain(2)
    known = runs(run)
    page = Page(known, run, lambda run_id, task: None)
    known.remove(run)
    run.change(state="ended")
    page.update()
    assert shown(page)["head-state", "text"] == "ended"


@pytest.mark.parametrize("part", [None, *PARTS])
def test_there_is_news_of_a_run_as_long_as_it_is_watched(part):
    run = chain(2, state="starting", time_s=1e9)
    page = page_of(run, part=part)
    assert shown(page)["page", "data-state"] == "starting"
    run.change(time_s=1e9 + 1)
    assert page.update() == 1
    assert page.update() == 0


def test_without_a_flow_the_page_waits_for_one():
    known = runs()
    page = Page(known, None, lambda run_id, task: None)
    assert page.html == {}
    assert shown(page)["page", "reload"] == ""
    known.add(chain(2))
    page.update()
    assert shown(page)["page", "reload"] == "yes"


def test_tasks_have_links_to_their_workers_where_dask_has_them():
    addresses = {("0123456789abcdef", "node-0-0"): "tcp://127.0.0.1:1234"}
    run = chain(2)
    now = shown(Page(runs(run), run, lambda run_id, task: addresses.get((run_id, task))))
    assert now["task-0-link", "href"] == "info/worker/tcp%3A%2F%2F127.0.0.1%3A1234.html"
    assert now["task-1-link", "href"] == ""


def test_a_picture_is_asked_for_only_while_an_edge_is_chosen():
    run = chain(2)
    page = page_of(run)
    chooser = page.models["preview_chooser"]
    assert len(chooser.options) == 1
    assert "No edge has carried pictures" in shown(page)["preview-words", "text"]
    run.change_edge("node-0", "node-1", carries_pictures=True)
    page.update()
    assert "Choose an edge" in shown(page)["preview-words", "text"]
    assert "Choose an edge" in shown(page_of(run))["preview-words", "text"]  # at once
    assert chooser.options[1:] == [("0", "node-0 → node-1")]
    assert run.asked == []

    chooser.value = "0"
    page.update()
    assert run.asked == [("node-0", "node-1")]
    run.next_picture = Picture(b"jpeg", 4, 3, number=12)
    page.update()
    now = shown(page)
    assert now["preview-picture", "src"] == "data:image/jpeg;base64,anBlZw=="
    assert now["preview-picture", "alt"] == "node-0 → node-1, message 12"

    chooser.value = ""
    page.update()
    assert len(run.asked) == 2
    assert "anBlZw" not in shown(page)["preview-picture", "src"]


def test_a_preview_that_is_switched_off_says_so():
    run = chain(2, can_preview=False)
    run.change_edge("node-0", "node-1", carries_pictures=True)
    page = page_of(run)
    assert len(page.models["preview_chooser"].options) == 1
    assert "switched off" in shown(page)["preview-words", "text"]


def test_tracebacks_unfold_and_the_latest_is_first():
    run = chain(1, mishaps=(mishap("old"), mishap("new", 8, traceback="line 1")))
    listed = shown(page_of(run))["mishaps", "html"]
    assert listed.index("new") < listed.index("old")
    assert "<pre>line 1</pre></details>" in listed


def document(part=None, **kwargs):
    doc = Document()
    show_flows(doc, address_of=lambda run_id, task: None, around={"pages": []}, part=part, **kwargs)
    return doc


@pytest.mark.parametrize("part", [None, *PARTS])
@pytest.mark.parametrize("count", [None, 3])
def test_documents_are_complete(part, count):
    doc = document(part, runs=runs(*([] if count is None else [chain(count)])))
    doc.validate()
    assert doc.roots[0].name == "slots"
    assert len(doc.session_callbacks) == 1


def test_the_theme_is_dasks_configuration():
    with dask.config.set({"daskflow.dashboard.theme": "dark"}):
        assert document(runs=runs()).template_variables["theme"] == "dark"
    with (
        dask.config.set({"daskflow.dashboard.theme": "pink"}),
        pytest.raises(ValueError, match="one of auto, light, dark, got 'pink'"),
    ):
        document(runs=runs())


def test_nothing_is_updated_once_nobody_looks():
    run = chain(2)
    doc = document(runs=runs(run))
    (callback,) = doc.session_callbacks
    run.latest = None
    callback.callback()  # there is no session


def test_a_session_leaves_nothing_behind():
    run = chain(2)
    doc = document(runs=runs(run))
    page = weakref.ref(doc.roots[0])
    doc.clear()
    del doc
    gc.collect()
    assert page() is None
