"""Experiments with flows, and programs that measure daskflow itself."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.experiments.report.comparing import compare
    from daskflow.experiments.report.writing import write_report

__all__ = ["compare", "write_report"]

__getattr__ = lazy_names(__name__, {"compare": "report.comparing", "write_report": "report.writing"})
