"""What the tables of a report have in their cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daskflow.experiments.analysis.metrics import Record, is_of_a_node, metric_of, metrics_in
from daskflow.experiments.analysis.scaling import Scaling
from daskflow.experiments.analysis.settings import settings_words, swept, value_words
from daskflow.experiments.analysis.summary import Row, summarise
from daskflow.experiments.report.words import estimate_words, number, percent

_HOW_LONG = {"messages", "elapsed_s", "measured_s"}
"""Metrics of a flow that say how long was measured rather than what."""

_OFTEN_ZERO = {"dropped", "lost", "failed"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shown.

    Attributes
    ----------
    header : list of str
        Of its columns.
    rows : list of list of str
        Cells.
    nb_words : int
        How many columns, at the left, are words; the others are figures.
    """

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    nb_words: int = 1


def results_table(records: Sequence[Record]) -> Table:
    """Medians and intervals of the metrics of the flow, a line for each combination of settings."""
    rows = summarise(records)
    metrics = [name for name in metrics_in(records) if not is_of_a_node(name) and name not in _HOW_LONG]
    return _table(records, rows, [name for name in metrics if name not in _OFTEN_ZERO or _varies(rows, name)])


def nodes_table(records: Sequence[Record]) -> Table | None:
    """The same of the metrics of nodes; None where there are none."""
    metrics = [name for name in metrics_in(records) if is_of_a_node(name)]
    return _table(records, summarise(records), metrics) if metrics else None


def _varies(rows: Sequence[Row], name: str) -> bool:
    return any(row.estimates[name].value or row.estimates[name].high for row in rows if name in row.estimates)


def _table(records: Sequence[Record], rows: Sequence[Row], metrics: Sequence[str]) -> Table:
    settings = list(swept(records))
    table = Table(
        [*settings, "trials", *(metric_of(name).heading for name in metrics)], nb_words=len(settings)
    )
    for row in rows:
        cells = [value_words(row.settings[name]) if name in row.settings else "" for name in settings]
        failed = f" ({row.nb_failed} failed)" if row.nb_failed else ""
        cells.append(f"{row.nb_trials}{failed}")
        for name in metrics:
            value = row.estimates.get(name)
            cells.append("–" if value is None else estimate_words(value.scaled(metric_of(name).scale)))
        table.rows.append(cells)
    return table


def scaling_table(scaling: Scaling) -> Table:
    """Speed-up and efficiency of one family, with the residuals of the laws."""
    fitted = {name: law for name, law in scaling.laws.items() if not isinstance(law, str)}
    table = Table(
        [
            scaling.setting,
            "rate, messages/s",
            "speed-up",
            "efficiency, %",
            *(f"against {name}" for name in fitted),
        ],
        nb_words=0,
    )
    for point in scaling.points:
        cells = [number(point.workers), estimate_words(point.rate)]
        cells.append("–" if point.speed_up is None else estimate_words(point.speed_up))
        cells.append("–" if point.efficiency is None else estimate_words(point.efficiency.scaled(100)))
        for law in fitted.values():
            residual = law.residuals.get(point.workers)
            cells.append(
                "–" if residual is None else f"{'+' if residual >= 0 else '−'}{percent(abs(residual))}"
            )
        table.rows.append(cells)
    return table


def facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values for people; what is nested is written out."""
    pairs: list[tuple[str, str]] = []
    for name, value in content.items():
        if isinstance(value, Mapping):
            pairs += [(f"{name}.{inner}", words) for inner, words in facts(value)]
        elif isinstance(value, list):
            pairs.append((name, ", ".join(map(value_words, value))))
        elif value is not None:
            pairs.append((name, value_words(value)))
    return pairs


def failures(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Trials that failed, with their errors."""
    return [
        (
            f"trial {record['trial']}, repeat {record['repeat']}: {settings_words(record['settings'])}",
            str(record.get("error") or "no error was recorded"),
        )
        for record in records
        if record["status"] != "ok"
    ]
