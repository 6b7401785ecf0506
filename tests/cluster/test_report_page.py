"""The report of a sweep, looked at with a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daskflow.experiments import write_report
from tests.cluster.browser import browser, needs_browser
from tests.unit.experiments.trials import everything, failed, folder_of, trials

OUTSIDE = """
const seen = [];
for (const svg of document.querySelectorAll("figure svg")) {
  const frame = svg.getBoundingClientRect();
  for (const text of svg.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    if (box.left < frame.left - 1 || box.right > frame.right + 1 ||
        box.top < frame.top - 1 || box.bottom > frame.bottom + 1) seen.push(text.textContent);
  }
}
return seen;
"""
"""Words of plots that are cut."""

TOUCHING = """
const seen = [];
const isLevel = text => !/rotate\\((?!-?0\\b)/.test(text.outerHTML);
for (const axis of document.querySelectorAll("figure svg [id*='matplotlib.axis_1']")) {
  const ticks = [...axis.querySelectorAll("[id*='xtick_'] text")].filter(isLevel);
  const boxes = ticks.map(text => text.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  boxes.slice(1).forEach((box, i) => { if (boxes[i].right > box.left) seen.push(ticks[i].textContent); });
}
return seen;
"""
"""Ticks that lie over each other, where they stand upright."""


def spread(settings: dict[str, Any], repeat: int) -> dict[str, float | None]:
    """Latencies of which the longest is a hundred times the shortest."""
    found = everything({"detector.nb_tasks": settings["the_detector_of_people_in_the_yard.nb_tasks"]}, repeat)
    return found | {"latency_p50_s": 0.002 * settings["flow.queue_size"] * (1 + repeat / 10)}


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    grid = {
        "the_detector_of_people_in_the_yard.nb_tasks": [1, 2, 4, 8],
        "flow.queue_size": [1, 10, 100],
        "shape": [[480, 640], [2160, 3840]],
    }
    records = trials(grid, spread)
    records[5] = failed(records[5])
    return write_report(folder_of(tmp_path_factory.mktemp("report"), records, grid=grid))


@needs_browser
@pytest.mark.parametrize("width", [1280, 1920])
def test_a_browser_shows_all_of_it(report, width):
    with browser(width) as driver:
        grounds = []
        for theme in ("light", "dark"):
            media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
            driver.get(report.as_uri())
            grounds.append(driver.execute_script("return getComputedStyle(document.body).backgroundColor"))
        assert grounds == ["rgb(250, 250, 250)", "rgb(20, 23, 28)"]
        assert driver.get_log("browser") == []
        overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert driver.execute_script(overflow) == 0
        assert len(driver.find_elements("css selector", "figure svg")) == 6
        assert driver.execute_script(OUTSIDE) == []
        assert driver.execute_script(TOUCHING) == []
        assert "math" not in driver.find_element("css selector", ".plots").text
