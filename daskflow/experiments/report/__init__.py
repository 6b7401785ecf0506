"""Sweeps for people: plots, tables, sentences, and one HTML file with all of them."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.experiments.report.comparing import compare
    from daskflow.experiments.report.plots import plots_of, save_plots
    from daskflow.experiments.report.writing import write_report, write_report_and_plots

__all__ = ["compare", "plots_of", "save_plots", "write_report", "write_report_and_plots"]

__getattr__ = lazy_names(
    __name__,
    {
        "compare": "comparing",
        "plots_of": "plots",
        "save_plots": "plots",
        "write_report": "writing",
        "write_report_and_plots": "writing",
    },
)
