"""The page about flows: in the dashboard of a run, looked at with a browser, and on schedulers of others."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
from distributed import Client, LocalCluster

from daskflow.cluster.dashboard import FlowDashboard
from daskflow.consumers import VoidConsumer
from daskflow.core import Flow
from daskflow.core.constants import BATCH, REALTIME
from tests.cluster.browser import browser, needs_browser, text_of, until
from tests.cluster.conftest import NO_DASHBOARD
from tests.cluster.nodes import Frames, Slow

FREE_PORT = {"dashboard_address": "127.0.0.1:0"}


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


def overloaded() -> Flow:
    """A camera of about 100 frames per second before a detector of 20."""
    frames = Frames(100_000, (48, 64, 3), wait_s=0.01, name="camera")
    detector = Slow(0.05, name="the <b>detector</b>")(frames)
    return Flow([frames], [VoidConsumer(name="sink")(detector)], REALTIME, name="overloaded & watched")


@needs_browser
def test_a_browser_sees_what_a_flow_does():
    flow = overloaded().run(cluster=FREE_PORT)
    try:
        site = str(flow.dashboard_link).removesuffix("/status")
        with browser() as driver:
            driver.get(f"{site}/daskflow")
            _the_flow_is_named(driver)
            _a_picture_is_asked_for(driver)
            _rates_change(driver)
            _drops_are_shown(driver)
            _the_picture_is_shown(driver)
            _both_themes_are_there(driver)
            _tasks_lead_to_their_workers(driver, site)
            assert driver.get_log("browser") == []
            _the_end_is_told(driver, flow)
            _figures_are_sorted_by_what_they_are_worth(driver)
    finally:
        flow.stop(drain=False)


def _the_flow_is_named(driver: Any) -> None:
    until(lambda: text_of(driver, "head-state") == "running", "the page says that the flow runs")
    assert driver.find_element("css selector", ".navbar li.active").text == "Daskflow"
    assert driver.find_element("css selector", ".df-head h1").text == "overloaded & watched"
    names = [box.text for box in driver.find_elements("css selector", ".df-node .df-name")]
    assert names == ["camera", "the <b>detector</b>", "sink"]
    assert not driver.find_elements("css selector", ".df-page b")  # the name is text, not HTML


def _rates_change(driver: Any) -> None:
    done, rate = _done(driver), text_of(driver, "node-0-rate")
    assert rate.endswith("/s")
    until(lambda: _done(driver) > done, "more messages are done")
    until(lambda: text_of(driver, "node-0-rate") != rate, "the camera's rate changes")


def _done(driver: Any) -> int:
    return int(text_of(driver, "head-done").replace(",", ""))


def _drops_are_shown(driver: Any) -> None:
    until(lambda: text_of(driver, "edge-0-drops").startswith("−"), "the edge says that it drops")
    assert "df-dropping" in driver.find_element("id", "edge-0").get_attribute("class")
    assert "df-dropping" not in driver.find_element("id", "edge-1").get_attribute("class")
    assert "dropped" in text_of(driver, "edge-0-title")


def _a_picture_is_asked_for(driver: Any) -> None:
    def is_offered() -> bool:
        chooser = 'Bokeh.documents[0].get_model_by_name("preview_chooser")'
        return bool(driver.execute_script(f"return {chooser}.options.length > 1"))

    until(is_offered, "an edge is offered for a preview")
    driver.execute_script("daskflow.choose('0')")  # as a click on the edge does


def _the_picture_is_shown(driver: Any) -> None:
    until(
        lambda: driver.execute_script(
            "const picture = document.getElementById('preview-picture');"
            "return picture.src.startsWith('data:image/jpeg') && picture.naturalWidth > 1"
        ),
        "the picture is there",
    )
    assert "camera → the <b>detector</b>, message" in text_of(driver, "preview-words")


def _both_themes_are_there(driver: Any) -> None:
    colours = []
    for theme in ("light", "dark"):
        driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        )
        colours.append(driver.find_element("css selector", "html").value_of_css_property("background-color"))
    assert colours == ["rgba(250, 250, 250, 1)", "rgba(20, 23, 28, 1)"]


def _tasks_lead_to_their_workers(driver: Any, site: str) -> None:
    link = driver.find_element("id", "task-0-link").get_attribute("href")
    assert link.startswith(f"{site}/info/worker/tcp")
    assert "camera-0" in read(link)


def _the_end_is_told(driver: Any, flow: Flow) -> None:
    driver.execute_script("daskflow.patience_ms = 300")
    flow.stop(drain=False)
    until(
        lambda: (
            text_of(driver, "head-state") == "ended" or driver.find_element("id", "no-news").is_displayed()
        ),
        "the page says that nothing more is to be expected",
    )


def _figures_are_sorted_by_what_they_are_worth(driver: Any) -> None:
    """All in one script: in between the page may write into its cells."""
    click = """
        const [column, words] = arguments;
        words.forEach((word, i) => { document.getElementById(`task-${i}-${column}`).textContent = word; });
        document.querySelector("#tasks thead").rows[0].cells[
            document.getElementById(`task-0-${column}`).cellIndex].click();
        return [...document.querySelectorAll(`#tasks td[id$="-${column}"]`)].map((cell) => cell.textContent);
    """
    for column, least, middle, most in (
        ("done", "9", "304", "1,213"),
        ("busy", "0 %", "97 %", "100 %"),
        ("memory", "–", "62.1 MB", "1.2 GB"),
        ("slots", "9", "13, 2 on disk", "101"),
    ):
        assert driver.execute_script(click, column, [middle, most, least]) == [most, middle, least]
        assert driver.execute_script(click, column, [middle, most, least]) == [least, middle, most]


def test_a_flow_without_a_dashboard_has_no_page():
    frames = Frames(100_000, wait_s=0.05)
    flow = Flow([frames], [VoidConsumer()(frames)], BATCH).run(cluster=NO_DASHBOARD)
    site = str(flow.dashboard_link).removesuffix("/status")  # Dask serves its health and its figures even so
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(f"{site}/daskflow")
    flow.stop(drain=False)


@contextlib.contextmanager
def scheduler(folder: Path, *options: str) -> Iterator[tuple[str, str]]:
    """A scheduler of somebody else's: a process that knows of no flow. Its address and its dashboard's."""
    file = folder / "scheduler.json"
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0"]
    command += ["--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file), *options]
    environment = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(folder)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: file.exists() and file.read_text().endswith("}"), "the scheduler is there")
        said = json.loads(file.read_text())
        yield said["address"], f"http://127.0.0.1:{said['services']['dashboard']}"
    finally:
        process.kill()  # it has no workers to say goodbye to
        process.wait()


TAB = '<a href="daskflow">'


def has_page(site: str) -> bool:
    """Whether a scheduler's dashboard has page, tab and plots; all of them, or nothing."""
    tab = TAB in read(f"{site}/tasks")
    plots = json.loads(read(f"{site}/individual-plots.json"))
    assert ("Individual Daskflow Graph" in plots) == tab
    if tab:
        assert "No flow is running here" in read(f"{site}/daskflow")
        part = read(f"{site}/individual-daskflow-graph")
        assert "No flow is running here" in part
        assert part.count('id="no-news"') == 1
    return tab


def test_a_running_scheduler_gets_the_page(tmp_path):
    with scheduler(tmp_path, "--dashboard-prefix", "behind/a-proxy") as (address, site):
        site = f"{site}/behind/a-proxy"
        assert not has_page(site)
        with Client(address, set_as_default=False) as client:
            client.register_plugin(FlowDashboard())
            client.register_plugin(FlowDashboard())
            assert has_page(site)
            assert read(f"{site}/tasks").count(TAB) == 1
            assert client.submit(time.time, pure=False).status == "pending"  # it goes on as it was


def test_a_scheduler_can_load_the_page_as_it_starts(tmp_path):
    preloaded = {  # as by its option --preload
        "distributed.scheduler.preload": ["daskflow.cluster.dashboard"],
        "temporary-directory": str(tmp_path),
    }
    with dask.config.set(preloaded), LocalCluster(n_workers=0, **FREE_PORT) as cluster:
        assert has_page(cluster.dashboard_link.removesuffix("/status"))
