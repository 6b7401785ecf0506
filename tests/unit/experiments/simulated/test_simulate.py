"""Simulated flows whose rates are known."""

from __future__ import annotations

from typing import Any

import pytest

from daskflow import BATCH, REALTIME, Flow
from daskflow.core.node import BatchProcessorNode
from daskflow.errors import FlowStateError, PlacementError
from daskflow.experiments import (
    COMM_COSTS,
    Host,
    Loss,
    Network,
    SchedulerCosts,
    SimulatedScale,
    TaskCosts,
    simulate,
)
from daskflow.experiments import Work as Times
from daskflow.experiments.forecast.flows import End, Source, Work
from daskflow.experiments.simulated.cases import Camera

FREE = SchedulerCosts(1e-9, 1e-9, 1e-9, 1e-9)
NO_COSTS: dict[str, Any] = {"scheduler": FREE, "tasks": TaskCosts(0.0, 0.0, 0.0, 0.0, 0.0)}
FRAME = 1_000_000


def chain(flow_type: str = BATCH, nb_tasks: int = 1, name: str = "flow") -> Flow:
    source = Camera(1.0, "camera")
    work = Work(name="work", nb_tasks=nb_tasks)(source)
    return Flow([source], [End(name="end")(work)], flow_type, name)


def small(name: str = "flow") -> Flow:
    source = Source(name="source")
    return Flow([source], [End(name="end")(Work(name="work")(source))], BATCH, name)


def of(service_s: Any, flow: Flow | None = None, hosts: Host | None = None, **options: Any) -> SimulatedScale:
    given = {"duration_s": 10.0, "warm_s": 2.0, "network": Network(notice_s=1.0), **NO_COSTS, **options}
    return simulate(flow or chain(), hosts or Host(cores=8), service_s, **given)


def test_a_camera_at_its_pace():
    scale = of({"camera": 0.04, "work": 0.02})
    assert scale.offered == pytest.approx(25.0, abs=0.2)
    assert scale.rate == pytest.approx(25.0, abs=0.2)
    assert scale.cores == pytest.approx(0.5, abs=0.01)
    assert scale.latency.quantile_s(0.5) == pytest.approx(0.0202, rel=0.05)  # 20 ms and two ways
    assert not scale.dropped


@pytest.mark.parametrize("nb_tasks", [1, 2, 4])
def test_replicas_that_wait(nb_tasks):
    scale = of({"work": Times(wait_s=0.02)}, chain(nb_tasks=nb_tasks))
    assert scale.rate == pytest.approx(50.0 * nb_tasks, rel=0.02)


@pytest.mark.parametrize(("cores", "rate"), [(1, 50.0), (2, 100.0), (8, 200.0)])
def test_tasks_that_compute_share_the_cores(cores, rate):
    scale = of({"work": 0.02}, chain(nb_tasks=4), Host(cores=cores, workers=8))
    assert scale.rate == pytest.approx(rate, rel=0.02)
    assert scale.cores == pytest.approx(min(cores, 4), rel=0.02)


def test_what_others_take_of_the_cores():
    scale = of({"work": 0.02}, chain(nb_tasks=4), Host(cores=2, workers=8, others=0.5))
    assert scale.rate == pytest.approx(75.0, rel=0.02)


def test_a_camera_that_is_too_fast_drops():
    scale = of({"camera": 0.01, "work": Times(wait_s=0.025)}, chain(REALTIME))
    assert scale.rate == pytest.approx(40.0, rel=0.02)
    (flow,) = scale.flows
    assert flow.drops == {"work": pytest.approx(60.0, rel=0.02)}


def test_a_filter_passes_a_part():
    scale = of({"camera": 0.001}, passed={"work": 0.25})
    (flow,) = scale.flows
    assert flow.rates["work"] == pytest.approx(1000.0, rel=0.01)
    assert flow.rates["end"] == pytest.approx(250.0, rel=0.1)


def test_the_scheduler_limits_and_a_second_one_carries_as_much_again():
    costs = SchedulerCosts(100e-6, 100e-6, 100e-6, 100e-6)
    one = of({}, small(), scheduler=costs, duration_s=3.0, warm_s=1.0)
    two = of({}, [small("a"), small("b")], scheduler=costs, duration_s=3.0, warm_s=1.0)
    assert one.scheduler_load == pytest.approx(1.0, abs=0.02)
    assert one.rate < 1.0 / (3 * 100e-6)  # three outcomes for each message
    assert two.rate == pytest.approx(2 * one.rate, rel=0.1)


def test_a_scheduler_on_a_host_takes_of_its_cores():
    costs = SchedulerCosts(0.0, 1e-3, 0.0, 0.0)
    options: dict[str, Any] = {"scheduler": costs, "shares_host": True, "hosts": Host(cores=1, workers=8)}
    scale = of({"camera": 0.01, "work": 0.004}, **options)
    assert scale.cores == pytest.approx(0.7, abs=0.02)  # three steps of 1 ms and the call, 100 times


def test_frames_go_to_other_hosts_once_and_the_network_limits():
    near = of({"camera": 0.02}, hosts=Host(cores=8), sizes={"camera": FRAME})
    far = of({"camera": 0.02}, hosts=Host(cores=1, count=8), sizes={"camera": FRAME})
    slow = of({"camera": 0.02}, hosts=Host(cores=1, count=8, bytes_per_s=1e7), sizes={"camera": FRAME})
    assert (near.fetched, near.rate) == (0.0, pytest.approx(50.0, abs=0.2))
    assert (far.fetched, far.rate) == (pytest.approx(50.0, abs=0.2), pytest.approx(50.0, abs=0.2))
    assert far.network_bytes_per_s == pytest.approx(50 * FRAME, rel=0.01)
    assert slow.rate == pytest.approx(10.0, rel=0.05)
    assert slow.busiest_bytes_per_s == pytest.approx(1e7, rel=0.05)


@pytest.mark.parametrize("nb_tasks", [1, 3])
def test_a_lost_host_is_replaced(nb_tasks):
    times = {"camera": 0.05, "work": 0.01}
    network = Network(notice_s=0.5, start_s=0.5)
    losses = [Loss(host=i, at_s=4.0) for i in range(nb_tasks)]
    scale = of(
        times, chain(REALTIME, nb_tasks), Host(cores=1, count=12), losses=losses, network=network,
        sizes={"camera": FRAME},
    )  # fmt: skip
    assert not scale.failures
    assert scale.moved >= nb_tasks  # some go to a host that is lost too, and has not been missed yet
    assert scale.unplaced == ()
    # The first host has the camera: for a second nobody films, of the eight that are measured.
    assert scale.offered == pytest.approx(20.0 * 7 / 8, rel=0.03)


def test_what_a_lost_task_had_in_hand_is_worked_on_again():
    flow = chain(BATCH, nb_tasks=4)
    calm = of({"camera": 0.05, "work": 0.15}, flow, Host(cores=1, count=8))
    scale = of({"camera": 0.05, "work": 0.15}, flow, Host(cores=1, count=8), losses=[Loss(2, 5.0, 7.0)])
    assert not scale.failures
    assert scale.moved == 1
    assert 1 <= scale.redone <= 2
    assert scale.rate == pytest.approx(calm.rate, rel=0.05)


def test_frames_that_went_with_their_host_are_lost_or_end_the_run():
    hosts, losses = Host(cores=1, count=8), [Loss(0, 5.0)]
    times = {"camera": 0.01, "work": 0.05}
    options: dict[str, Any] = {"sizes": {"camera": FRAME}, "losses": losses}
    scale = of(times, chain(REALTIME), hosts, **options)
    assert not scale.failures
    assert scale.lost > 0
    source = Camera(1.0, "camera")
    source.seek = lambda number: None  # so that another process may take over
    flow = Flow([source], [End(name="end")(Work(name="work")(source))], BATCH)
    (failure,) = of(times, flow, hosts, **options).failures
    assert "went with their host" in failure


def test_a_node_whose_state_is_lost_fails_the_run():
    from tests.cluster.bottlenecks import Pause, Stateful

    source = Camera(1.0, "camera")
    flow = Flow([source], [End(name="end")(Stateful(Pause(0.0), name="state")(source))], REALTIME)
    scale = of({"camera": 0.05}, flow, Host(cores=1, count=6), losses=[Loss(1, 5.0)])
    assert scale.failures == ("flow: task state-0 was lost with its host: state",)


def test_without_room_tasks_wait_for_the_host_to_come_back():
    losses = [Loss(1, 4.0, 6.0)]
    scale = of({"camera": 0.05}, chain(REALTIME), Host(cores=1, count=3), losses=losses)
    assert (scale.moved, scale.unplaced) == (1, ())
    never = of({"camera": 0.05}, chain(REALTIME), Host(cores=1, count=3), losses=[Loss(1, 4.0)])
    assert never.unplaced == ("work-0",)
    assert "1 have none" in str(never)


def test_the_same_seed_gives_the_same_and_another_does_not():
    times = {"camera": 0.013, "work": 0.01}
    options: dict[str, Any] = {"passed": {"work": 0.5}, "scheduler": COMM_COSTS, "duration_s": 5.0}
    one, again, other = (of(times, seed=seed, **options) for seed in (1, 1, 2))
    assert one.flows == again.flows
    assert one.flows != other.flows


def test_the_table_says_how_each_flow_and_all_of_them_did():
    scale = of({"camera": 0.1}, [chain(name="north"), chain(name="south")], scheduler=COMM_COSTS)
    lines = str(scale).splitlines()
    assert lines[0].split()[0] == "flow"
    assert {line.split()[0] for line in lines[2:5]} == {"north", "south", "all"}
    assert "events in" in lines[-1]


def test_what_is_refused():
    with pytest.raises(PlacementError):
        of({}, hosts=Host(cores=1))
    with pytest.raises(ValueError, match="service_s names 'wrok'"):
        of({"wrok": 1.0})
    with pytest.raises(ValueError, match="sizes names"):
        of({}, sizes={"nobody": 1})
    with pytest.raises(ValueError, match="passed of node 'work'"):
        of({}, passed={"work": 1.5})
    with pytest.raises(ValueError, match="a host that there is not: expected 0 to 0"):
        of({}, losses=[Loss(1, 1.0)])
    with pytest.raises(ValueError, match="warm_s is before"):
        of({}, warm_s=10.0)
    with pytest.raises(ValueError, match="at least one flow"):
        simulate([], Host(cores=1), {})
    source = Camera(1.0, "camera")
    many = Flow([source], [End(name="end")(Many(batch_size=4, name="many")(source))], BATCH)
    with pytest.raises(FlowStateError, match="node 'many' works on 4 messages in a call"):
        of({}, many)


class Many(BatchProcessorNode):
    def process_batch(self, *values: Any) -> Any:
        return values[0]
