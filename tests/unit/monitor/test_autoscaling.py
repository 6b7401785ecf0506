"""How many tasks a node is given, by what its snapshots say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daskflow.monitor.autoscaling import DOWN_AFTER_S, UP_AFTER_S, Autoscaling, Bounds
from daskflow.monitor.parts import EdgeMetrics, MachineMetrics
from daskflow.monitor.snapshot import STOPPING, RunSnapshot
from tests.unit.monitor.snapshots import metrics, snapshot


def seen(
    at_s: float, nb_tasks: int, occupied: float, *, fill: float = 0.0, drops: float = 0.0,
    blocked: float = 0.0, cpu: float = 0.0, cores: int = 64, span_s: float = 5.0,
) -> RunSnapshot:  # fmt: skip
    node = metrics(
        "net",
        "processor",
        nb_tasks=nb_tasks,
        busy=occupied / 2,
        copying=occupied / 2,
        drop_rate=drops,
        cpu=cpu * nb_tasks,
        rate=10.0,
        span_s=span_s,
    )
    edge = EdgeMetrics("in", "net", capacity=100, waiting=round(100 * fill))
    machine = MachineMetrics(cores=cores, cpu=cpu * nb_tasks)
    return snapshot(
        metrics("in", "producer", blocked=blocked), node, elapsed_s=at_s, edges=(edge,), machine=machine
    )


def scaling(minimum: int = 1, maximum: int = 8, target: float = 0.75) -> Autoscaling:
    return Autoscaling(Bounds.checked("net", minimum, maximum, target))


@pytest.mark.parametrize(
    ("nb_tasks", "occupied", "behind", "wanted"),
    [
        (1, 1.0, {"fill": 0.9}, 2),  # how much more it could do is not known
        (3, 1.0, {"fill": 0.9}, 6),
        (6, 1.0, {"drops": 1.0}, 8),  # at most
        (4, 0.9, {"fill": 0.9}, 5),  # 3.6 tasks' worth, at three quarters each
        (1, 1.0, {"blocked": 0.5}, 2),
        (2, 0.6, {"fill": 0.9}, None),  # messages wait, but not for more tasks
        (2, 1.0, {}, None),  # it keeps up
    ],
)
def test_upwards(nb_tasks, occupied, behind, wanted) -> None:
    decision = scaling().decide(seen(9.0, nb_tasks, occupied, **behind))
    assert (decision and decision.nb_tasks) == wanted
    if decision is not None:
        assert decision.reason == f"its tasks are occupied {occupied:.0%} of the time, and messages wait"


def test_a_worker_that_was_just_started_is_given_time_to_show_what_it_does() -> None:
    auto = scaling()
    assert auto.decide(seen(9.0, 1, 1.0, fill=1.0))
    assert auto.decide(seen(9.0 + UP_AFTER_S / 2, 2, 1.0, fill=1.0, span_s=UP_AFTER_S / 2)) is None
    assert auto.decide(seen(9.0 + UP_AFTER_S, 2, 1.0, fill=1.0, span_s=UP_AFTER_S)).nb_tasks == 4


def test_downwards_when_it_has_been_enough_for_long() -> None:
    auto = scaling()
    assert auto.decide(seen(10.0, 4, 0.3)) is None
    assert auto.decide(seen(10.0 + DOWN_AFTER_S / 2, 4, 0.3)) is None
    assert auto.decide(seen(10.0 + DOWN_AFTER_S, 4, 0.3)).nb_tasks == 2
    assert auto.decide(seen(11.0 + DOWN_AFTER_S, 2, 0.3)) is None, "the lull is to last again"


def test_a_lull_is_no_reason() -> None:
    auto = scaling()
    for second in range(60):
        occupied = 0.9 if second % 8 == 0 else 0.3
        assert auto.decide(seen(float(second), 4, occupied)) is None


def test_load_that_stays_brings_no_change_after_a_change() -> None:
    """What is right for a load goes on being right for it: no swinging up and down."""
    auto, nb_tasks, work = scaling(), 1, 2.6
    changes, changed_s = [], 0
    for second in range(200):
        occupied, span_s = min(1.0, work / nb_tasks), min(5.0, second - changed_s)
        fill = 1.0 if occupied == 1.0 else 0.0
        decision = auto.decide(seen(float(second), nb_tasks, occupied, fill=fill, span_s=span_s))
        if decision is not None:
            nb_tasks, changed_s = decision.nb_tasks, second
            changes.append(nb_tasks)
    assert changes == [2, 4]


def test_tasks_that_compute_are_not_more_than_the_cores() -> None:
    assert scaling().decide(seen(9.0, 1, 1.0, fill=1.0, cpu=1.0, cores=1)) is None
    assert scaling().decide(seen(9.0, 1, 1.0, fill=1.0, cpu=1.0, cores=2)).nb_tasks == 2
    assert scaling().decide(seen(9.0, 2, 1.0, fill=1.0, cpu=0.9, cores=2)) is None
    assert scaling().decide(seen(9.0, 2, 1.0, fill=1.0, cpu=0.01, cores=2)).nb_tasks == 4  # they wait


def on_a_full_machine(*, cpu: float, queued: float) -> RunSnapshot:
    """Of two cores, whatever the node itself uses of them."""
    before = seen(9.0, 1, 1.0, fill=1.0, cpu=cpu, cores=2)
    node = before.nodes["net"]
    node = replace(node, recent=replace(node.recent, queued=queued))
    return replace(before, nodes={**before.nodes, "net": node}, machine=MachineMetrics(cores=2, cpu=2.0))


def test_where_others_keep_the_cores_busy_tasks_may_join_that_wait() -> None:
    assert scaling().decide(on_a_full_machine(cpu=0.05, queued=0.4)).nb_tasks == 2
    assert scaling().decide(on_a_full_machine(cpu=0.9, queued=0.1)) is None
    assert scaling().decide(on_a_full_machine(cpu=0.1, queued=0.9)) is None, "it would compute if it could"


def test_bounds_come_first() -> None:
    decision = scaling(minimum=3).decide(seen(1.0, 1, 0.1, span_s=0.0))
    assert (decision.nb_tasks, decision.reason) == (3, "at least 3 are asked for")
    decision = scaling(maximum=2).decide(seen(1.0, 5, 0.9, span_s=0.0))
    assert (decision.nb_tasks, decision.reason) == (2, "at most 2 are asked for")
    auto = scaling(minimum=2)
    auto.decide(seen(1.0, 2, 0.0))
    assert auto.decide(seen(20.0, 2, 0.0)) is None


def test_a_flow_that_ends_is_left_alone() -> None:
    assert scaling().decide(replace(seen(9.0, 1, 1.0, fill=1.0), state=STOPPING)) is None


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ((0, 2, 0.5), "minimum is at least 1, got 0"),
        ((3, 2, 0.5), "maximum is at least the minimum, 3, got 2"),
        ((1, 2, 1.0), "target is a share of the tasks' time, above 0 and below 1, got 1.0"),
        ((1, 2, 0), "target is a share"),
    ],
)
def test_bounds_that_make_no_sense(bounds, says) -> None:
    with pytest.raises(ValueError, match=says):
        Bounds.checked("net", *bounds)
