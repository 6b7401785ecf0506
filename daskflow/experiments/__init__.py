"""Experiments with flows, and programs that measure daskflow itself."""

from typing import TYPE_CHECKING

from daskflow.core.lazy import lazy_names

if TYPE_CHECKING:
    from daskflow.experiments.report.comparing import compare
    from daskflow.experiments.report.writing import write_report
    from daskflow.experiments.simulated.costs import (
        COMM_COSTS,
        SOCKET_COSTS,
        TCP_COSTS,
        SchedulerCosts,
        TaskCosts,
    )
    from daskflow.experiments.simulated.hosts import Host, Loss, Network, random_losses
    from daskflow.experiments.simulated.result import SimulatedScale
    from daskflow.experiments.simulated.simulate import simulate
    from daskflow.experiments.simulated.work import Work
    from daskflow.experiments.sweeps.result import SweepResult
    from daskflow.experiments.sweeps.sweep import sweep

__all__ = [
    "COMM_COSTS",
    "SOCKET_COSTS",
    "TCP_COSTS",
    "Host",
    "Loss",
    "Network",
    "SchedulerCosts",
    "SimulatedScale",
    "SweepResult",
    "TaskCosts",
    "Work",
    "compare",
    "random_losses",
    "simulate",
    "sweep",
    "write_report",
]

__getattr__ = lazy_names(
    __name__,
    {
        "COMM_COSTS": "simulated.costs",
        "SOCKET_COSTS": "simulated.costs",
        "TCP_COSTS": "simulated.costs",
        "Host": "simulated.hosts",
        "Loss": "simulated.hosts",
        "Network": "simulated.hosts",
        "SchedulerCosts": "simulated.costs",
        "SimulatedScale": "simulated.result",
        "SweepResult": "sweeps.result",
        "TaskCosts": "simulated.costs",
        "Work": "simulated.work",
        "compare": "report.comparing",
        "random_losses": "simulated.hosts",
        "simulate": "simulated.simulate",
        "sweep": "sweeps.sweep",
        "write_report": "report.writing",
    },
)
