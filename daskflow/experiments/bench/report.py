"""What a bench found: every figure, and a table of the medians."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daskflow.experiments.bench.machine import Facts
from daskflow.experiments.bench.metrics import METRICS
from daskflow.experiments.bench.summary import DASKFLOW, Record, Summary, ratio, summarise
from daskflow.experiments.bench.workloads import WORKLOADS

if TYPE_CHECKING:
    from rich.table import Table

PLAIN_WIDTH = 120
"""Columns of the table where there is no terminal to ask."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A trial that gave no figures.

    Attributes
    ----------
    workload, system : str
        Which.
    repeat : int
        From 0; the system is not tried again on that workload.
    reason : str
        One line.
    """

    workload: str
    system: str
    repeat: int
    reason: str


@dataclass(frozen=True, slots=True)
class BenchReport:
    """All that a bench measured.

    Attributes
    ----------
    machine : mapping
        CPU, memory, versions and the date.
    options : mapping
        What was asked for, and how many seconds it took.
    records : tuple of Record
        One per figure of each trial, and what follows from several.
    failures : tuple of Failure
        Trials that gave no figures.
    """

    machine: Facts
    options: Mapping[str, Any]
    records: tuple[Record, ...]
    failures: tuple[Failure, ...] = ()

    @property
    def summaries(self) -> list[Summary]:
        """Median and spread of each metric of each system on each workload."""
        return summarise(self.records)

    def table(self) -> Table:
        """Medians side by side, for a terminal."""
        from rich.table import Table

        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        for header in ("workload", "metric"):
            table.add_column(header, no_wrap=True)
        for header in (DASKFLOW, "spread"):
            table.add_column(header, justify="right", no_wrap=True)
        table.add_column("baseline", no_wrap=True)
        for header in ("its median", "its spread", "ratio"):
            table.add_column(header, justify="right", no_wrap=True)
        table.add_column("unit")
        for row in self.rows():
            table.add_row(*row)
        return table

    def rows(self) -> list[tuple[str, ...]]:
        """The cells of the table: daskflow's median and spread, a baseline's, and their ratio."""
        by_metric: dict[tuple[str, str], list[Summary]] = {}
        for summary in self.summaries:
            if summary.metric in WORKLOADS[summary.workload].shows:
                by_metric.setdefault((summary.workload, summary.metric), []).append(summary)
        order = list(WORKLOADS)
        keys = sorted(by_metric, key=lambda k: (order.index(k[0]), WORKLOADS[k[0]].shows.index(k[1])))
        return [row for key in keys for row in _rows(by_metric[key])]

    def to_json(self) -> str:
        """Everything, as JSON: machine, options, records, summary and failures."""
        content = {
            "machine": self.machine,
            "options": self.options,
            "summary": [asdict(summary) for summary in self.summaries],
            "failures": [asdict(failure) for failure in self.failures],
            "records": [asdict(record) for record in self.records],
        }
        return json.dumps(content, indent=1, ensure_ascii=False)

    def save(self, path: str | Path) -> None:
        """Write `to_json` to the file `path`, which is replaced if it exists."""
        Path(path).write_text(self.to_json() + "\n", encoding="utf-8")

    def __str__(self) -> str:
        from rich.console import Console

        text = io.StringIO()
        Console(file=text, width=PLAIN_WIDTH, color_system=None).print(self.table())
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def _rows(summaries: list[Summary]) -> list[tuple[str, ...]]:
    ours = next((s for s in summaries if s.system == DASKFLOW), None)
    theirs: list[Summary | None] = [s for s in summaries if s.system != DASKFLOW]
    rows: list[tuple[str, ...]] = []
    for i, other in enumerate(theirs or [None]):
        one = ours or other
        assert one is not None
        metric = METRICS[one.metric]
        left = ("", "") if i else (one.workload, metric.label)
        rows.append((*left, *_our_cells(ours, is_first=i == 0), *_their_cells(ours, other), metric.unit))
    return rows


def _our_cells(ours: Summary | None, *, is_first: bool) -> tuple[str, str]:
    return ("", "") if ours is None or not is_first else (_figure(ours.metric, ours.median), _spread(ours))


def _their_cells(ours: Summary | None, other: Summary | None) -> tuple[str, str, str, str]:
    if other is None:
        return "", "", "", ""
    share = ratio(ours, other) if ours is not None else None
    share_text = "" if share is None else f"{share:.2f}"
    return other.system, _figure(other.metric, other.median), _spread(other), share_text


def _spread(summary: Summary) -> str:
    """From the lowest to the highest; nothing where there is only one."""
    if summary.lowest == summary.highest:
        return ""
    return f"{_figure(summary.metric, summary.lowest)}–{_figure(summary.metric, summary.highest)}"


def _figure(metric: str, value: float) -> str:
    return f"{value:,.{METRICS[metric].digits}f}"
