"""Experiments with flows, and programs that measure daskflow itself."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.experiments.sweeps.result import SweepResult
    from daskflow.experiments.sweeps.sweep import sweep

__all__ = ["SweepResult", "sweep"]

__getattr__ = lazy_names(__name__, {"SweepResult": "sweeps.result", "sweep": "sweeps.sweep"})
