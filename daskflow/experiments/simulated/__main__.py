"""``python -m daskflow.experiments.simulated [FLOW ...]``: measured rates beside simulated ones."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

from daskflow.experiments.simulated.cases import CASES, Case
from daskflow.experiments.simulated.costs import SOCKET_COSTS, SchedulerCosts, TaskCosts
from daskflow.experiments.simulated.hosts import Host, Network
from daskflow.experiments.simulated.measuring import Measured, measured, scheduler_costs, task_costs
from daskflow.experiments.simulated.result import SimulatedScale
from daskflow.experiments.simulated.simulate import simulate
from daskflow.plan.table import text_table

HEADER = (
    "flow", "measured/s", "simulated/s", "error", "dropped/s", "simulated/s", "p50 ms", "simulated ms",
    "ledger", "simulated", "others took", "wake ms",
)  # fmt: skip

WITHIN = 0.15
"""How far a simulated rate may be from the measured one."""

TELLING = "small", "lone"
"""Flows that say what a message and a frame cost: many messages in each step, and one."""

REPEATS = 3
"""The median of so many runs counts: the same flow differs by a fifth from one to the next."""

WORKERS = 16
"""More than any of the flows has tasks."""


LEAST_LEFT = 0.9
"""Of the cores others are not said to take more than this part."""

WARM_S = 1.0
"""After this edges are full and rates steady: nothing has to be imported here."""


def simulated(
    case: Case,
    tasks: TaskCosts,
    cores: int,
    others: float = 0.0,
    word_s: float = 50e-6,
    duration_s: float = 6.0,
    scheduler: SchedulerCosts = SOCKET_COSTS,
) -> SimulatedScale:
    """A case on one host like this one, which its scheduler shares, and others."""
    return simulate(
        case.flow(),
        Host(cores=cores, workers=WORKERS, others=min(others, LEAST_LEFT * cores)),
        case.service_s,
        duration_s=duration_s,
        warm_s=WARM_S,
        network=Network(local_s=word_s),
        scheduler=scheduler,
        tasks=tasks,
        shares_host=True,
    )


def error_of(case: Case, real: Measured, scale: SimulatedScale) -> float:
    """By which part of the measured rate the simulated one is too high; below 0 where it is too low."""
    return scale.flows[0].rates[case.node] / real.rates[case.node] - 1.0


def row_of(name: str, case: Case, real: Measured, scale: SimulatedScale) -> list[str]:
    """A line of the table."""
    (flow,) = scale.flows
    return [
        name,
        f"{real.rates[case.node]:,.1f}",
        f"{flow.rates[case.node]:,.1f}",
        f"{error_of(case, real, scale):+.1%}",
        f"{real.drops:,.1f}",
        f"{scale.dropped:,.1f}",
        f"{1e3 * real.latency.quantile_s(0.5):.2f}",
        f"{1e3 * flow.latency.quantile_s(0.5):.2f}",
        f"{real.ledger_cpu:.0%}",
        f"{flow.load:.0%}",
        f"{real.foreign_cores:.1f}",
        f"{1e3 * real.wake_s:.2f}",
    ]


def main(names: list[str]) -> int:
    """Compare some of the flows, or all; 1 if a simulated rate was further off than it may be."""
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"there is no flow {unknown[0]!r}: expected {', '.join(CASES)}", file=sys.stderr)
        return 2
    runs = {name: [measured(CASES[name].flow()) for _ in range(REPEATS)] for name in TELLING}
    known = [run for each in runs.values() for run in each]
    costs, scheduler = task_costs(known), scheduler_costs(known)
    print(f"load {os.getloadavg()[0]:.1f}; {costs}; {scheduler}", file=sys.stderr)
    cores, rows, is_off = len(os.sched_getaffinity(0)), [], False
    for name in names or CASES:
        case = CASES[name]
        again = runs.get(name) or [measured(case.flow()) for _ in range(REPEATS)]
        real = sorted(again, key=lambda run: run.rates[case.node])[REPEATS // 2]
        tasks = replace(costs, wake_s=real.wake_s)
        scale = simulated(case, tasks, cores, real.foreign_cores, real.word_s, scheduler=scheduler)
        rows.append(row_of(name, case, real, scale))
        print(*rows[-1], file=sys.stderr)
        is_off |= abs(error_of(case, real, scale)) > WITHIN
    print(text_table(HEADER, rows))
    return int(is_off)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
