"""How many leases a task asks for, and whether it may hold results back."""

from daskflow.runtime.pace import MOST, Pace


def paced(seconds: float, prefetch: int = 0) -> Pace:
    pace = Pace(prefetch)
    for _ in range(60):
        pace.note(seconds)
    return pace


def test_slow_nodes_take_one_at_a_time_and_fast_ones_many():
    assert paced(0.02).wanted == 1
    assert paced(1e-6, prefetch=1).wanted == MOST + 1


def test_only_brisk_tasks_hold_results_back():
    assert not paced(0.002).is_brisk
    assert paced(0.00002).is_brisk
    assert not Pace(0).is_brisk
