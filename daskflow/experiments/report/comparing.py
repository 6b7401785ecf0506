"""Two folders of results beside each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from daskflow.experiments.analysis.comparison import Change, Comparison, compared
from daskflow.experiments.analysis.gate import Gate, gate
from daskflow.experiments.analysis.metrics import metric_of
from daskflow.experiments.analysis.results import read_results
from daskflow.experiments.analysis.settings import settings_words, swept
from daskflow.experiments.report.changes import (
    chance_words,
    gate_words,
    medians_words,
    ratio_words,
    statement,
    subject_words,
)
from daskflow.plan.table import text_table


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """What changed between two sweeps; printed, it is a table.

    Attributes
    ----------
    comparison : Comparison
        The figures.
    gate : Gate or None
        The judgement, where one was asked for.
    """

    comparison: Comparison
    gate: Gate | None = None

    @property
    def is_worse(self) -> bool:
        """Whether the gate is closed: something became significantly worse by more than the tolerance."""
        return self.gate is not None and not self.gate.is_open

    @property
    def names(self) -> list[str]:
        """Settings that were swept in either; the others need not be said."""
        return list(swept([*self.comparison.before.records, *self.comparison.after.records]))

    def rows(self, metric: str) -> list[list[str]]:
        """The cells of a metric's table: settings, before, after, ratio, statement."""
        comparison, names = self.comparison, self.names
        return [
            [
                subject_words(change, names),
                *medians_words(change),
                ratio_words(change),
                statement(change),
            ]
            for change in (*comparison.changes, *comparison.together)
            if change.metric == metric
        ]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, in SI units; what is infinite is None."""
        comparison, judged = self.comparison, self.gate
        return {
            "before": str(comparison.before.folder),
            "after": str(comparison.after.folder),
            "warnings": list(comparison.warnings),
            "changes": [_plain(change) for change in (*comparison.changes, *comparison.together)],
            "only_before": list(comparison.only_before),
            "only_after": list(comparison.only_after),
            "gate": judged
            and {
                "tolerance": judged.tolerance,
                "is_open": judged.is_open,
                "worse": [_plain(change) for change in judged.worse],
                "undecided": [_plain(change) for change in judged.undecided],
            },
        }

    def save(self, path: str | Path) -> None:
        """Write `to_dict` as JSON to a file, which is replaced if it exists."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, default=str)
        Path(path).write_text(text + "\n", encoding="utf-8")

    def __str__(self) -> str:
        comparison = self.comparison
        lines = [f"A: {comparison.before.folder}", f"B: {comparison.after.folder}"]
        for metric in dict.fromkeys(change.metric for change in comparison.changes):
            header = ["settings", "A", "B", "B / A", "in B"]
            lines += ["", metric_of(metric).heading, text_table(header, self.rows(metric))]
        if words := chance_words([*comparison.changes, *comparison.together]):
            lines += ["", words]
        for name, only in (("A", comparison.only_before), ("B", comparison.only_after)):
            lines += [f"only in {name}: {settings_words(settings)}" for settings in only]
        if self.gate is not None:
            lines += ["", gate_words(self.gate, self.names)]
        return "\n".join(lines)


def _plain(change: Change) -> dict[str, Any]:
    worsening = change.worsening if isfinite(change.worsening) else None
    return asdict(change) | {
        "is_significant": change.is_significant,
        "can_be_told": change.can_be_told,
        "worsening": worsening,
        "statement": statement(change),
    }


def compare(
    before: str | Path,
    after: str | Path,
    metrics: Sequence[str] = ("rate",),
    tolerance: float | None = None,
) -> ComparisonReport:
    """Compare two folders of results, setting by setting, and say whether differences are more than chance.

    Parameters
    ----------
    before, after : str or pathlib.Path
        What two sweeps have written; only settings that both have are compared.
    metrics : sequence of str
        Which, by their names in the records.
    tolerance : float, optional
        Judge too whether something became worse by more than this share, such as 0.05.

    Returns
    -------
    ComparisonReport
        Figures, statements and, with a tolerance, the judgement.

    Raises
    ------
    ResultsError
        A folder is not one of a sweep, they have no settings in common, the tolerance is no share, or a
        judgement is asked for where there are too few repeats or a metric is neither good nor bad.
    OptionError
        A metric is in neither.
    ModuleNotFoundError
        SciPy is not installed.
    """
    comparison = compared(read_results(before), read_results(after), metrics)
    return ComparisonReport(comparison, None if tolerance is None else gate(comparison, tolerance))
