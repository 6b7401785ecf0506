"""What is made of counts of processor time: costs of a scheduler and of tasks."""

from __future__ import annotations

import pytest

from benchmarks.scheduler import Trial, fitted, topology
from daskflow.core.histogram import NOTHING
from daskflow.experiments.simulated.__main__ import error_of, main, row_of, simulated
from daskflow.experiments.simulated.cases import CASES
from daskflow.experiments.simulated.costs import SOCKET_COSTS, TaskCosts
from daskflow.experiments.simulated.measuring import Measured, scheduler_costs, task_costs
from daskflow.ledger import Ledger

COUNTS = [(100, 100, 100, 100), (10, 300, 300, 300), (50, 60, 60, 1000), (200, 200, 150, 6000)]


def test_costs_of_a_scheduler_that_explain_what_was_counted():
    costs = 20e-6, 30e-6, 30e-6, 2e-6
    trials = [
        Trial(1, 1, 1.0, sum(c * n for c, n in zip(costs, counts, strict=True)), *counts, 0)
        for counts in COUNTS
    ]
    found, error = fitted(trials)
    assert [getattr(found, name) for name in found.__slots__] == pytest.approx(costs, rel=1e-6)
    assert error < 1e-6


def spent(messages: float, frames: float) -> tuple[float, float, float, float]:
    return 30e-6 * messages + 20e-6 * frames + 0.01, messages, frames, 1.0


def test_costs_of_a_task_and_of_the_ledger_beside_it():
    def known(ledger: tuple[float, float], *tasks: tuple[float, float]) -> Measured:
        cpu_s = 8e-6 * ledger[0] + 25e-6 * ledger[1]
        return Measured(
            {}, 0.0, NOTHING, 0.0, 0.0, 0.0, 0.0, (cpu_s, *ledger), [spent(*task) for task in tasks]
        )

    flows = [
        known((20_000, 1500), (10_000, 600), (10_000, 900)),
        known((1600, 3300), (800, 1600), (800, 1700)),
    ]
    costs, scheduler = task_costs(flows), scheduler_costs(flows)
    assert (costs.message_s, costs.step_s, costs.told_s) == pytest.approx((30e-6, 20e-6, 20e-6))
    assert (scheduler.message_s, scheduler.step_s, scheduler.told_s) == pytest.approx((8e-6, 25e-6, 25e-6))


def test_the_load_of_a_scheduler_is_pairs_of_tasks():
    assert len(Ledger(topology(3)).tasks) == 6


@pytest.mark.parametrize(("name", "rate"), [("sleeping", 198.0), ("joining", 99.0), ("dropping", 39.7)])
def test_what_waits_goes_at_its_pace(name, rate):
    scale = simulated(CASES[name], TaskCosts(), 2)
    assert not scale.failures
    assert scale.rate == pytest.approx(rate, rel=0.03)


def test_what_does_nothing_is_limited_by_the_cores():
    scale = simulated(CASES["small"], TaskCosts(), 2, duration_s=1.2)
    assert scale.cores == pytest.approx(2.0, rel=0.1)
    assert scale.rate > simulated(CASES["lone"], TaskCosts(), 2, duration_s=1.2).rate > 1000.0


def test_a_line_says_what_was_measured_and_what_was_simulated():
    case = CASES["dropping"]
    scale = simulated(case, TaskCosts(), 2)
    real = Measured({"end": scale.rate / 1.1}, 60.0, NOTHING, 0.1, 0.0, 0.0, 0.0, (0.0, 0.0, 0.0), [])
    assert error_of(case, real, scale) == pytest.approx(0.1)
    assert row_of("dropping", case, real, scale)[3] == "+10.0%"


def test_a_flow_that_there_is_not(capsys):
    assert main(["nothing"]) == 2
    assert "expected sleeping, small, lone, joining, dropping" in capsys.readouterr().err


def test_a_slower_machine():
    assert SOCKET_COSTS.times(2.0).step_s == 2 * SOCKET_COSTS.step_s
