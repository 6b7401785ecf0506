"""Experiments with flows, and programs that measure daskflow itself."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.experiments.report.comparing import compare
    from daskflow.experiments.report.writing import write_report
    from daskflow.experiments.sweeps.result import SweepResult
    from daskflow.experiments.sweeps.sweep import sweep

__all__ = ["SweepResult", "compare", "sweep", "write_report"]

__getattr__ = lazy_names(
    __name__,
    {
        "SweepResult": "sweeps.result",
        "compare": "report.comparing",
        "sweep": "sweeps.sweep",
        "write_report": "report.writing",
    },
)
