"""What the trials of sweeps say: medians and intervals, scaling, and what changed between two of them."""

from daskflow.experiments.analysis.comparison import Change, Comparison, compared
from daskflow.experiments.analysis.estimates import Estimate, estimate
from daskflow.experiments.analysis.gate import Gate, gate
from daskflow.experiments.analysis.laws import Law, fit_law
from daskflow.experiments.analysis.metrics import METRICS, Metric, metric_of
from daskflow.experiments.analysis.results import Results, read_results
from daskflow.experiments.analysis.scaling import Point, Scaling, scalings
from daskflow.experiments.analysis.summary import Row, summarise

__all__ = [
    "METRICS",
    "Change",
    "Comparison",
    "Estimate",
    "Gate",
    "Law",
    "Metric",
    "Point",
    "Results",
    "Row",
    "Scaling",
    "compared",
    "estimate",
    "fit_law",
    "gate",
    "metric_of",
    "read_results",
    "scalings",
    "summarise",
]
