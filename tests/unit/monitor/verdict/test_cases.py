"""Each case that can limit a flow, and what must not be taken for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daskflow.core.histogram import Histogram
from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import EdgeMetrics, MachineMetrics, SchedulerMetrics, TaskMetrics
from daskflow.monitor.snapshot import ENDED
from daskflow.monitor.verdict import (
    FEW_CORES,
    FULL_MEMORY,
    SLOW_CONSUMER,
    SLOW_LEDGER,
    SLOW_PROCESSOR,
    SLOW_PRODUCER,
    SLOW_STATEFUL,
    SMALL_EDGE,
    verdict_of,
)
from tests.unit.monitor.verdict.steady import Station, changed, steady

READER = Station("reader", 0.002, kind="producer")
WRITER = Station("writer", 0.001, kind="consumer")
TRACKER = Station("tracker", 0.01, kind="stateful processor")


@pytest.mark.parametrize(
    ("slow", "reason"),
    [
        (Station("slow", 0.05, kind="producer"), SLOW_PRODUCER),
        (Station("slow", 0.2, nb_tasks=4), SLOW_PROCESSOR),
        (Station("slow", 0.05, kind="stateful processor"), SLOW_STATEFUL),
        (Station("slow", 0.05, kind="consumer"), SLOW_CONSUMER),
    ],
)
def test_a_slow_node_is_named_with_what_it_is(slow, reason):
    first = [slow] if slow.kind == "producer" else [READER]
    middle = [slow] if "processor" in slow.kind else [Station("quick", 0.004)]
    last = [slow] if slow.kind == "consumer" else [WRITER]
    verdict = verdict_of(steady([*first, *middle, *last]))
    assert (verdict.reason, verdict.bottleneck) == (reason, "slow")
    assert verdict.rate == pytest.approx(20)
    assert [n.name for n in verdict.nodes if n.is_effective_bottleneck] == ["slow"]


@pytest.mark.parametrize(("waiting", "is_said"), [(0, False), (11, True), (33, True)])
def test_neither_a_skip_edge_nor_the_blocked_fork_is_blamed(waiting, is_said):
    """The edge holds as much as the path around it, of which only what is before the slow node is full."""
    stations = [
        Station("A", 0.001, kind="producer"),
        Station("B", 0.005),
        Station("C", 0.03),
        Station("D", 0.002),
    ]
    run = steady(stations, [("A", "B"), ("A", "D"), ("B", "C"), ("C", "D")])
    around = EdgeMetrics("A", "D", capacity=33, waiting=waiting)
    verdict = verdict_of(replace(run, edges={**run.edges, ("A", "D"): around}))
    assert (verdict.reason, verdict.bottleneck) == (SLOW_PROCESSOR, "C")
    assert ("what waits in the edge from `A` to `D` waits for it too" in verdict.words) == is_said


def test_a_node_behind_a_filter_counts_by_the_messages_that_come_to_it():
    filter_ = Station("filter", 0.01, gives=0.1)
    verdict = verdict_of(steady([READER, filter_, Station("rare", 0.05), WRITER]))
    assert verdict.bottleneck == "filter"  # rare: 20 a second, but of 200 that the reader gives
    verdict = verdict_of(steady([READER, filter_, Station("rare", 0.15), WRITER]))
    assert (verdict.bottleneck, round(verdict.rate)) == ("rare", 67)


def test_a_node_that_takes_what_there_is_is_not_blamed_for_being_busy():
    """Behind the bottleneck a node that takes batches is busy all the time, with small ones."""
    run = steady([READER, Station("slow", 0.05), Station("batches", 0.04), WRITER])
    run = changed(run, "batches", busy=0.99, starved=0.01, possible_rate=19.8)
    assert verdict_of(run).bottleneck == "slow"


def test_a_flow_whose_source_never_waits_is_limited_by_its_source():
    run = steady([Station("camera", 0.04, kind="producer"), Station("detector", 0.0399), WRITER])
    assert verdict_of(run).bottleneck == "camera"


def test_of_two_sources_the_slow_one_is_named():
    stations = [READER, Station("slow", 0.05, kind="producer"), Station("join", 0.01), WRITER]
    verdict = verdict_of(steady(stations, [("reader", "join"), ("slow", "join"), ("join", "writer")]))
    assert (verdict.reason, verdict.bottleneck) == (SLOW_PRODUCER, "slow")


def test_of_parts_that_are_not_connected_the_one_counts_that_something_limits():
    stations = [
        Station("thermometer", 1.0, kind="producer"), Station("log", 0.001, kind="consumer"),
        READER, Station("slow", 0.02), WRITER,
    ]  # fmt: skip
    run = steady(stations[2:])
    slow = steady(stations[:2])
    both = replace(run, nodes={**slow.nodes, **run.nodes}, edges={**slow.edges, **run.edges})
    verdict = verdict_of(both)
    assert verdict.bottleneck == "slow"
    assert [node.name for node in verdict.nodes] == ["thermometer", "log", "reader", "slow", "writer"]


def test_in_real_time_the_node_is_named_at_whose_edge_messages_are_dropped():
    run = steady(
        [Station("camera", 1 / 60, kind="producer"), Station("a", 0.002), Station("b", 0.05), WRITER]
    )
    run = changed(run, "camera", rate=60.0, busy=1.0, blocked=0.0)
    run = changed(run, "a", rate=60.0, busy=0.12, blocked=0.0, starved=0.88)
    run = changed(run, "b", drop_rate=40.0)
    verdict = verdict_of(replace(run, flow_type="realtime"))
    assert (verdict.reason, verdict.bottleneck, round(verdict.rate)) == (SLOW_PROCESSOR, "b", 20)
    assert "67 % of what comes to it is dropped" in verdict.words
    assert round(verdict.expected_rate) == 60  # no more than the camera gives


def test_a_burst_that_an_edge_cannot_take_is_no_slow_node():
    run = steady([Station("camera", 1 / 20, kind="producer"), Station("a", 0.02), WRITER])
    run = replace(changed(run, "a", rate=16.0, drop_rate=4.0, busy=0.32, starved=0.68), flow_type="realtime")
    verdict = verdict_of(run)
    assert (verdict.reason, verdict.bottleneck) == (SMALL_EDGE, None)


def on_busy_cores(*stations: Station, cores: int, slowed: float):
    """Tasks that compute and wait for a core: each takes `slowed` times as long as it computes."""
    queued = 1.0 - 1.0 / slowed
    waiting = [
        replace(s, seconds=s.seconds * slowed, computing=s.computing / slowed, queued=queued)
        for s in stations
    ]
    return steady(waiting, cores=cores, machine=MachineMetrics(cores=cores, cpu=0.99 * cores))


def test_nodes_that_wait_for_cores_are_not_called_slow():
    nodes = [
        Station("reader", 0.001, kind="producer"),
        *(Station(n, 0.02, computing=1.0) for n in "ab"),
        WRITER,
    ]
    verdict = verdict_of(on_busy_cores(*nodes, cores=1, slowed=2.0))
    assert (verdict.reason, verdict.bottleneck) == (FEW_CORES, None)
    assert "more tasks do not help" in verdict.advice.lower()
    assert "its 1 core is busy, and tasks wait for it to compute" in verdict.words
    beside = replace(on_busy_cores(*nodes, cores=1, slowed=2.0), machine=MachineMetrics(cores=1, cpu=1.5))
    assert verdict_of(beside).words.endswith("; something else than the flow takes 0.6 of it")


def test_what_moves_cheap_messages_takes_the_cores():
    cheap = [Station(name, 0.0001, computing=1.0, copying=0.9) for name in "abc"]
    verdict = verdict_of(
        on_busy_cores(Station("reader", 0.00005, kind="producer"), *cheap, cores=2, slowed=2.0)
    )
    assert verdict.reason == FEW_CORES
    assert "fewer and larger ones take less" in verdict.advice


def test_others_that_keep_the_cores_busy_do_not_slow_a_node_that_waits():
    http = Station("http", 0.05, computing=0.05, queued=0.15)
    verdict = verdict_of(steady([READER, http, WRITER], machine=MachineMetrics(cores=2, cpu=2.0)))
    assert (verdict.reason, verdict.bottleneck) == (SLOW_PROCESSOR, "http")
    assert "tasks:" in verdict.advice


def test_as_many_tasks_as_cores_that_compute_undisturbed_are_a_slow_node():
    run = steady([READER, Station("a", 0.04, nb_tasks=2, computing=1.0), WRITER], cores=2)
    verdict = verdict_of(run)
    assert (verdict.reason, verdict.bottleneck) == (SLOW_PROCESSOR, "a")
    assert "more tasks do not help: the 2 cores" in verdict.advice.lower()


def disk_run(**figures):
    run = steady(
        [Station("reader", 0.01, kind="producer", copying=0.8, computing=0.3), Station("a", 0.004), WRITER]
    )
    run = changed(run, "reader", blocked=0.0)
    return replace(run, tasks={"reader-0": TaskMetrics("reader-0", "reader", slots=11, **figures)})


def test_slots_on_disk_are_named_where_copying_into_them_takes_the_time():
    verdict = verdict_of(disk_run(slots_on_disk=8))
    assert (verdict.reason, verdict.bottleneck) == (FULL_MEMORY, "reader")
    assert "8 of 11 slots are on disk" in verdict.words
    assert "shared memory" in verdict.advice
    assert verdict_of(disk_run()).reason == SLOW_PRODUCER


def test_slots_on_disk_that_slow_nobody_are_mentioned():
    run = replace(
        steady([READER, Station("slow", 0.05), WRITER]),
        tasks={"reader-0": TaskMetrics("reader-0", "reader", slots=11, slots_on_disk=2)},
    )
    verdict = verdict_of(run)
    assert (verdict.reason, verdict.bottleneck) == (SLOW_PROCESSOR, "slow")
    assert "2 of 11 slots are on disk" in verdict.words


def test_an_edge_that_is_too_small_for_calls_of_varying_length():
    run = steady([READER, Station("a", 0.01), Station("b", 0.01), WRITER])
    times = Histogram.of([0.005] * 95 + [0.1] * 5)
    run = changed(run, "a", rate=70.0, busy=0.7, blocked=0.3, starved=0.0, process_time=times)
    run = changed(run, "b", rate=70.0, busy=0.7, blocked=0.0, starved=0.3)
    run = changed(run, "reader", rate=70.0, busy=0.14, blocked=0.86)
    run = changed(run, "writer", rate=70.0, busy=0.07, starved=0.93)
    verdict = verdict_of(run)
    assert (verdict.reason, verdict.bottleneck) == (SMALL_EDGE, None)
    assert "the edge from `a` to `b`, which holds 11, is too small for calls of `a`, which" in verdict.words
    assert "5.0 ms as a rule" in verdict.words
    assert "queue_size" in verdict.advice
    assert verdict.expected_rate == pytest.approx(95)


def ledger_run(wire: float, **figures: float):
    stations = [Station("reader", 0.0002, kind="producer"), Station("a", 0.002), Station("b", 0.002), WRITER]
    return steady(stations, lost={"a": wire, "b": wire}, scheduler=SchedulerMetrics(**figures))


def test_a_ledger_at_its_limit():
    verdict = verdict_of(ledger_run(0.4, ledger_cpu=0.97, process_cpu=1.0, lag_s=0.005))
    assert (verdict.reason, verdict.bottleneck) == (SLOW_LEDGER, None)
    assert "computes 97 % of the time" in verdict.words
    assert "`a` and `b` in one task, by fuse=[('a', 'b')], or" in verdict.advice


def test_nodes_that_keep_state_are_not_advised_to_be_fused():
    run = ledger_run(0.4, ledger_cpu=0.97, process_cpu=1.0, lag_s=0.005)
    stateful = replace(run.nodes["b"], kind="stateful processor")
    verdict = verdict_of(replace(run, nodes={**run.nodes, "b": stateful}))
    assert "`a` and `b` as one TaskModuleNode, or" in verdict.advice


def test_what_is_fused_already_is_named_by_its_nodes():
    run = ledger_run(0.4, ledger_cpu=0.97, process_cpu=1.0, lag_s=0.005)
    fused = replace(run.nodes["b"], members=("c", "d"))
    verdict = verdict_of(replace(run, nodes={**run.nodes, "b": fused}))
    assert "by fuse=[('a', 'c', 'd')]" in verdict.advice


@pytest.mark.parametrize(("cpu", "reason"), [(1.0, SLOW_LEDGER), (1.9, FEW_CORES)])
def test_a_ledger_with_little_to_do_that_answers_late_waits_for_a_core_where_none_is_idle(cpu, reason):
    run = ledger_run(0.4, ledger_cpu=0.06, process_cpu=0.1, lag_s=0.005)
    verdict = verdict_of(replace(run, machine=MachineMetrics(cores=2, cpu=cpu)))
    assert (verdict.reason, verdict.bottleneck) == (reason, None)
    assert ("its ledger needs 5.0 ms to answer" in verdict.words) == (reason == SLOW_LEDGER)


def test_what_the_ledger_could_cope_with_is_known_after_a_pause_too():
    """Nothing came in the last seconds: what part of its work was for the flow the whole run says."""
    tracker = replace(TRACKER, seconds=0.05)
    run = steady([READER, tracker, WRITER], scheduler=SchedulerMetrics(ledger_cpu=0.5))
    then = replace(run, state=ENDED, nodes={n: replace(m, recent=Activity()) for n, m in run.nodes.items()})
    for judged in (run, then):
        assert verdict_of(judged).advice.endswith("up to 40 messages/s, which is what the scheduler can do")


def test_a_main_program_that_holds_the_ledger_up():
    verdict = verdict_of(ledger_run(0.5, ledger_cpu=0.05, process_cpu=1.0, lag_s=0.018))
    assert (verdict.reason, verdict.bottleneck) == (SLOW_LEDGER, None)
    assert "the main program's own threads take 0.95 cores" in verdict.words
    assert "needs 18 ms to answer" in verdict.words
    assert verdict.expected_rate == pytest.approx(500)


def test_a_busy_main_program_that_holds_nobody_up_is_not_blamed():
    assert verdict_of(ledger_run(0.0, ledger_cpu=0.05, process_cpu=1.0)).reason == SLOW_PROCESSOR


def test_a_consumer_that_waits_for_the_program_that_takes_its_results():
    run = steady([READER, Station("quick", 0.004), WRITER])
    run = changed(run, "writer", rate=20.0, busy=0.02, blocked=0.98, starved=0.0)
    run = changed(run, "quick", rate=20.0, busy=0.08, blocked=0.92)
    run = changed(run, "reader", rate=20.0, busy=0.04, blocked=0.96)
    verdict = verdict_of(run)
    assert (verdict.reason, verdict.bottleneck) == (SLOW_CONSUMER, "writer")
    assert "until the main program takes its results" in verdict.words
