"""How many leases a task asks for."""

from daskflow.runtime.pace import MOST, Pace


def test_slow_nodes_take_one_at_a_time_and_fast_ones_many():
    slow, fast = Pace(prefetch=0), Pace(prefetch=1)
    for _ in range(60):
        slow_target, fast_target = slow.target(0.02), fast.target(1e-6)
    assert slow_target == 1
    assert fast_target == MOST + 1
