"""Grafana's dashboard and the page about Prometheus against what is exported."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from daskflow.monitor.prometheus import FAMILIES

DOCS = Path(__file__).parents[4] / "docs"
DASHBOARD: dict[str, Any] = json.loads((DOCS / "grafana" / "daskflow.json").read_text())
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"]}
QUERIES = [target["expr"] for panel in PANELS.values() for target in panel["targets"]]
VARIABLES = {each["name"]: each for each in DASHBOARD["templating"]["list"]}

FAMILY_OF = {name: family for family in FAMILIES for name in family.sample_names}


def names_in(query: str) -> set[str]:
    return set(re.findall(r"\bdaskflow_\w+", query))


@pytest.mark.parametrize(
    "query", [*QUERIES, *(v["definition"] for v in VARIABLES.values() if "definition" in v)]
)
def test_queries_use_names_and_labels_that_are_exported(query: str) -> None:
    names = names_in(query)
    assert names
    assert names <= FAMILY_OF.keys()
    labels = {"flow", "le"}.union(*(FAMILY_OF[name].labels for name in names))
    used = set(re.findall(r"(\w+)=~?\"", query))
    for group in re.findall(r"\b(?:by|on|ignoring) \(([^)]*)\)", query):
        used.update(re.split(r",\s*", group))
    assert used <= labels


def test_legends_use_labels_that_their_queries_leave() -> None:
    for panel in PANELS.values():
        for target in panel["targets"]:
            shown = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            (grouped, *_) = [*re.findall(r"\bby \(([^)]*)\)", target["expr"]), None]
            (name, *_) = names_in(target["expr"])
            left = {"flow", *FAMILY_OF[name].labels} if grouped is None else set(re.split(r",\s*", grouped))
            assert shown <= left, target["expr"]


def test_it_says_which_node_is_slow_and_why() -> None:
    first = PANELS["Which node is slow?"]
    assert first["gridPos"]["y"] == 0
    assert names_in(first["targets"][0]["expr"]) == {"daskflow_flow_bottleneck"}
    assert set(VARIABLES) == {"datasource", "flow", "node"}


def test_no_panel_lies_on_another() -> None:
    def places(panel: dict[str, Any]) -> set[tuple[int, int]]:
        at = panel["gridPos"]
        return {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}

    for one, other in itertools.combinations(PANELS.values(), 2):
        assert not places(one) & places(other), (one["title"], other["title"])
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS.values())


def test_the_page_names_all_that_is_exported_and_nothing_else() -> None:
    text = (DOCS / "prometheus.md").read_text()
    rows = dict(re.findall(r"^\| `(daskflow_\w+)` \|([^|]*)\|", text, re.M))
    expected = {
        f"{family.name}_total" if family.kind == "counter" else family.name: ", ".join(family.labels)
        for family in FAMILIES
    }
    assert {name: labels.strip() for name, labels in rows.items()} == expected
