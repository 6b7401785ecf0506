"""From what ledger, tasks and machine say at two moments to a snapshot of the run."""

from daskflow.monitor.sampling.making import Facts, moment_of, run_snapshot
from daskflow.monitor.sampling.sample import START, Sample, Usage

__all__ = ["START", "Facts", "Sample", "Usage", "moment_of", "run_snapshot"]
