"""All trials of a combination of settings as one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daskflow.experiments.analysis.estimates import LEVEL, Estimate, estimate
from daskflow.experiments.analysis.metrics import Record, metrics_in, values_of
from daskflow.experiments.analysis.settings import Settings, groups_of


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured with one combination of settings.

    Attributes
    ----------
    settings : mapping of str to object
        The combination.
    nb_trials, nb_failed : int
        How often it was run, and how many of these runs failed.
    estimates : mapping of str to Estimate
        By metric, in SI units; what no trial has is not in it.
    """

    settings: Settings
    nb_trials: int
    nb_failed: int
    estimates: Mapping[str, Estimate]


def summarise(
    records: Sequence[Record], metrics: Sequence[str] | None = None, level: float = LEVEL
) -> list[Row]:
    """Medians and intervals of each combination of settings, in the order of the grid.

    Parameters
    ----------
    records : sequence of mapping
        The trials of a sweep.
    metrics : sequence of str, optional
        Which; all that were measured by default.
    level : float
        The confidence of the intervals, where there are repeats enough.
    """
    names = metrics_in(records) if metrics is None else metrics
    rows = []
    for group in groups_of(records):
        found = {name: estimate(values_of(group.records, name), level) for name in names}
        estimates = {name: one for name, one in found.items() if one is not None}
        rows.append(Row(group.settings, len(group.records), group.nb_failed, estimates))
    return rows
