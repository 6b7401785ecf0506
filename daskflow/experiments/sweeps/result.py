"""What a sweep found."""

from __future__ import annotations

import importlib.util
import logging
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from daskflow.errors import SweepError
from daskflow.experiments.analysis.results import read_results
from daskflow.experiments.sweeps.description import Description
from daskflow.experiments.sweeps.journal import DESCRIPTION, TRIALS, Journal
from daskflow.experiments.sweeps.metrics import UNITS
from daskflow.experiments.sweeps.rows import tidy_rows, write_rows
from daskflow.experiments.sweeps.table import SHOWN, sweep_table
from daskflow.experiments.sweeps.trial import FAILED, Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger("daskflow.experiments")


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The records of all trials that are done.

    Attributes
    ----------
    description : Description
        What the sweep was and where it ran; what ``sweep.json`` says.
    records : list of Record
        One per trial, by the number of the trial.
    folder : pathlib.Path or None
        Where the sweep kept them, if it did.
    """

    description: Description
    records: Sequence[Record]
    folder: Path | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every trial is done, well or not; else a Ctrl-C ended the sweep."""
        points = math.prod(len(values) for values in self.description["grid"].values())
        return len(self.records) >= points * int(self.description["repeats"])

    @property
    def failures(self) -> list[Record]:
        """The records of trials that failed."""
        return [record for record in self.records if record["status"] == FAILED]

    def table(self) -> str:
        """A row for each setting, with the medians of what was measured of it, and how many trials failed."""
        metrics = self.description["metrics"]
        if set(UNITS) <= set(metrics):  # nobody chose: the usual, and what users made
            metrics = [*SHOWN, *(name for name in metrics if name not in UNITS and "." not in name)]
        return sweep_table(self.records, list(self.description["grid"]), metrics)

    def save(self, folder: str | os.PathLike[str] | None = None) -> list[Path]:
        """Write all files of a results folder; those of the same sweep that are there are replaced.

        Parameters
        ----------
        folder : str or os.PathLike, optional
            Where to, made if it does not exist; by default where the sweep kept its records.

        Returns
        -------
        list of pathlib.Path
            The files: ``sweep.json``, ``trials.jsonl``, ``records.csv``, ``records.json``,
            ``records.parquet`` where pyarrow is installed, and where Matplotlib and SciPy are,
            ``report.html`` and ``plots``, each as PNG and SVG.

        Raises
        ------
        SweepError
            No folder was given, here or to the sweep, or it is that of another sweep.
        OSError
            It cannot be written.
        """
        target = self.folder if folder is None else Path(folder)
        if target is None:
            raise SweepError("save() needs a folder, since the sweep was given none")
        with Journal.opened(target, self.description) as journal:
            there = {record["trial"] for record in journal.records}
            for record in self.records:
                if record["trial"] not in there:
                    journal.add(record)
            # All that the folder has, which may be more: of more repeats, or added as a Ctrl-C came.
            records = [dict(record) for record in read_results(target).records]
            written = write_rows(target, tidy_rows(records), list(self.description["grid"]))
        return [target / DESCRIPTION, target / TRIALS, *written, *drawn(target)]

    def plot(self) -> dict[str, Figure]:
        """Draw throughput, latency, speed-up, CPU and memory over the settings; takes about a second.

        Returns
        -------
        dict of str to matplotlib.figure.Figure
            By name, as `daskflow.experiments.report.plots_of` makes them. They belong to the caller, and no
            window is opened.

        Raises
        ------
        ModuleNotFoundError
            Matplotlib or SciPy is not installed: ``pip install 'daskflow[experiments]'``.
        """
        from daskflow.experiments.report import plots_of  # it brings Matplotlib

        return plots_of(self.records)

    def __str__(self) -> str:
        return self.table()


def drawn(folder: Path) -> list[Path]:
    """Write the report and the plots of a results folder, where what draws them is installed."""
    if any(importlib.util.find_spec(name) is None for name in ("matplotlib", "scipy")):
        logger.warning("no report.html and no plots: pip install 'daskflow[experiments]'")
        return []
    from daskflow.experiments.report import write_report_and_plots

    return write_report_and_plots(folder)
