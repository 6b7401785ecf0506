"""A flow run under every setting of a grid, again and again, and what was measured of each run."""

from daskflow.experiments.sweeps.result import SweepResult
from daskflow.experiments.sweeps.sweep import sweep

__all__ = ["SweepResult", "sweep"]
