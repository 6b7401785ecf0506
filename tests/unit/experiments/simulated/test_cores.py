"""Processor sharing: who computes how long beside others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daskflow.experiments.simulated.agenda import Agenda
from daskflow.experiments.simulated.cores import Cores


def ends_of(jobs: list[tuple[float, float]], count: int, end_s: float = 1e6) -> tuple[list[float], float]:
    """When jobs, each with its beginning and its processor time, end on so many cores; and the time spent."""
    agenda, ends = Agenda(), [float("inf")] * len(jobs)
    cores = Cores(agenda, count)

    def end(i: int) -> None:
        ends[i] = agenda.now_s

    for i, (begin_s, time_s) in enumerate(jobs):
        agenda.at(begin_s, cores.compute, time_s, lambda i=i: end(i))
    agenda.run_until(end_s)
    return ends, cores.busy_s


@pytest.mark.parametrize(
    ("jobs", "count", "ends"),
    [
        ([(0.0, 1.0)], 1, [1.0]),
        ([(0.0, 1.0), (0.0, 1.0)], 2, [1.0, 1.0]),
        ([(0.0, 1.0), (0.0, 1.0)], 1, [2.0, 2.0]),
        ([(0.0, 1.0), (0.5, 1.0)], 1, [1.5, 2.0]),
        ([(0.0, 2.0), (0.0, 1.0)], 1, [3.0, 2.0]),
        ([(0.0, 1.0)] * 3, 2, [1.5] * 3),
        ([(0.0, 0.0), (0.0, 1.0)], 1, [0.0, 1.0]),
    ],
)
def test_known_cases(jobs, count, ends):
    assert ends_of(jobs, count)[0] == pytest.approx(ends)


def test_a_host_that_is_lost_computes_nothing_more():
    agenda, ended = Agenda(), []
    cores = Cores(agenda, 1)
    cores.compute(2.0, lambda: ended.append(agenda.now_s))
    agenda.at(1.0, cores.clear)
    agenda.at(3.0, cores.compute, 1.0, lambda: ended.append(agenda.now_s))
    agenda.run_until(10.0)
    assert ended == [4.0]
    assert cores.busy_s == pytest.approx(2.0)


JOBS = st.lists(st.tuples(st.floats(0.0, 10.0), st.floats(0.0, 5.0)), min_size=1, max_size=12)


def stepped(jobs: list[tuple[float, float]], count: int) -> list[float]:
    """The same by going from one beginning or end to the next, with what is left of each job."""
    left = [time_s for _, time_s in jobs]
    ends, now = [float("inf")] * len(jobs), 0.0
    while any(end == float("inf") for end in ends):
        running = [i for i, (begin_s, _) in enumerate(jobs) if begin_s <= now and ends[i] == float("inf")]
        pace = min(1.0, count / len(running)) if running else 1.0
        coming = [begin_s for begin_s, _ in jobs if begin_s > now]
        then = min([now + left[i] / pace for i in running] + coming)
        for i in running:
            left[i] -= (then - now) * pace
            if left[i] <= 1e-9:
                ends[i] = then
        now = then
    return ends


@given(JOBS, st.integers(1, 4))
def test_it_shares_fairly(jobs, count):
    ends, busy_s = ends_of(jobs, count)
    assert ends == pytest.approx(stepped(jobs, count), abs=1e-6)
    assert busy_s == pytest.approx(sum(time_s for _, time_s in jobs), abs=1e-6)
