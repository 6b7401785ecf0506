"""A sweep as a table for people: a row for each setting, with medians."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from daskflow.experiments.analysis.metrics import values_of
from daskflow.experiments.analysis.settings import groups_of
from daskflow.experiments.sweeps.grid import said
from daskflow.experiments.sweeps.trial import Record
from daskflow.plan.table import text_table

SHOWN: Mapping[str, tuple[str, float, int]] = {
    "rate": ("messages/s", 1.0, 1),
    "latency_p95_s": ("latency p95 ms", 1e3, 1),
    "cpu_s_per_message": ("CPU ms/message", 1e3, 2),
    "cpu_cores": ("cores", 1.0, 2),
    "memory_bytes": ("memory MB", 1e-6, 0),
    "shared_memory_bytes": ("shared MB", 1e-6, 1),
}
"""What is shown if nobody says otherwise: header, what it is multiplied by, and digits after the point."""


def sweep_table(records: Iterable[Record], settings: Sequence[str], metrics: Iterable[str]) -> str:
    """Medians over the repeats of each setting, in the order of the grid.

    Parameters
    ----------
    records : iterable of Record
        Of the trials, those that failed included.
    settings : sequence of str
        The names of the settings.
    metrics : iterable of str
        What to show; what `SHOWN` has not, in its own unit.
    """
    shown = {metric: SHOWN.get(metric, (metric, 1.0, 4)) for metric in metrics}
    header = [*settings, "trials", *(label for label, *_ in shown.values()), "failed"]
    rows = []
    for group in groups_of(records):
        rows.append(
            [
                *(said(group.settings[key]) for key in settings),
                str(len(group.records)),
                *(
                    _median(group.records, name, factor, digits)
                    for name, (_, factor, digits) in shown.items()
                ),
                str(group.nb_failed or ""),
            ]
        )
    return text_table(header, rows)


def _median(trials: Sequence[Mapping[str, Any]], metric: str, factor: float, digits: int) -> str:
    values = values_of(trials, metric)
    return f"{median(values) * factor:.{digits}f}" if values else ""
