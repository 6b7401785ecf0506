"""A sweep as a table for people: a row for each setting, with medians."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from daskflow.experiments.analysis.settings import groups_of
from daskflow.experiments.sweeps.grid import said
from daskflow.experiments.sweeps.trial import OK, Record
from daskflow.plan.table import text_table

SHOWN: Sequence[tuple[str, str, float, int]] = (
    ("messages/s", "rate", 1.0, 1),
    ("latency p95 ms", "latency_p95_s", 1e3, 1),
    ("CPU ms/message", "cpu_s_per_message", 1e3, 2),
    ("cores", "cpu_cores", 1.0, 2),
    ("memory MB", "memory_bytes", 1e-6, 0),
    ("shared MB", "shared_memory_bytes", 1e-6, 1),
)
"""Header, metric, what it is multiplied by, and digits after the point."""


def sweep_table(records: Iterable[Record], settings: Sequence[str], metrics: Sequence[str] = ()) -> str:
    """Medians over the repeats of each setting, in the order of the grid.

    Parameters
    ----------
    records : iterable of Record
        Of the trials, those that failed included.
    settings : sequence of str
        The names of the settings.
    metrics : sequence of str, optional
        More metrics to show, in their own units.
    """
    shown = [*SHOWN, *((metric, metric, 1.0, 4) for metric in metrics)]
    header = [*settings, "trials", *(label for label, *_ in shown), "failed"]
    rows = []
    for group in groups_of(records):
        rows.append(
            [
                *(said(group.settings[key]) for key in settings),
                str(len(group.records)),
                *(_median(group.records, metric, factor, digits) for _, metric, factor, digits in shown),
                str(group.nb_failed or ""),
            ]
        )
    return text_table(header, rows)


def _median(trials: Sequence[Mapping[str, Any]], metric: str, factor: float, digits: int) -> str:
    values = [record[metric] for record in trials if record["status"] == OK and record[metric] is not None]
    return f"{median(values) * factor:.{digits}f}" if values else ""
