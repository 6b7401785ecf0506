"""daskflow's transport against raw baselines, measured on this machine."""

from daskflow.experiments.bench.report import BenchReport, Failure
from daskflow.experiments.bench.runner import Step, run_bench
from daskflow.experiments.bench.summary import Record, Summary
from daskflow.experiments.bench.workloads import WORKLOADS, UnknownWorkload

__all__ = [
    "WORKLOADS",
    "BenchReport",
    "Failure",
    "Record",
    "Step",
    "Summary",
    "UnknownWorkload",
    "run_bench",
]
