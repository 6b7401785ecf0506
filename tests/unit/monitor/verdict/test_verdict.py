"""What is advised and expected, and when nothing is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daskflow.monitor.activity import Activity
from daskflow.monitor.parts import MachineMetrics
from daskflow.monitor.snapshot import ENDED, STARTING
from daskflow.monitor.verdict import FEW_CORES, SLOW_PROCESSOR, SLOW_PRODUCER, UNKNOWN, verdict_of
from tests.unit.monitor.snapshots import alike, metrics, snapshot
from tests.unit.monitor.verdict.steady import Station, changed, steady

READER = Station("reader", 0.002, kind="producer")
TRACKER = Station("tracker", 0.0313, kind="stateful processor")
WRITER = Station("writer", 0.001, kind="consumer")


def test_the_fewest_tasks_that_reach_the_next_limit_are_advised():
    detector = Station("detector", 0.095, nb_tasks=2, computing=1.0)
    verdict = verdict_of(steady([READER, detector, TRACKER, WRITER], cores=8))
    assert verdict.words == (
        "`detector` limits the flow to 21 messages/s: its 2 tasks are busy 100 % of the time, while `writer` "
        "waits 98 %"
    )
    assert verdict.advice == "3 tasks: 32 messages/s expected; the machine has 6 idle cores"
    assert verdict.expected_rate == pytest.approx(3 / 0.095)
    assert str(verdict) == f"{verdict.words}. {verdict.advice}"


def test_more_tasks_than_there_are_idle_cores_for_are_not_expected_to_help():
    detector = Station("detector", 0.01, computing=1.0)
    verdict = verdict_of(steady([Station("reader", 0.0001, kind="producer"), detector, WRITER], cores=2))
    assert verdict.advice.startswith("2 tasks: 195 messages/s expected, which is what the cores can do")


def test_tasks_on_cores_that_others_use_take_them_from_those():
    detector = Station("detector", 0.02, computing=1.0)
    verdict = verdict_of(steady([READER, detector, WRITER], machine=MachineMetrics(cores=4, cpu=4.0)))
    assert verdict.advice == (
        "2 tasks: 100 messages/s expected; the machine has no idle core, so that other programs would get "
        "less of them"
    )


def test_tasks_that_wait_rather_than_compute_need_no_cores():
    verdict = verdict_of(
        steady([READER, Station("http", 0.2, computing=0.1), Station("next", 0.02), WRITER], cores=2)
    )
    assert verdict.advice == (
        "8 tasks: 40 messages/s expected; they wait more than they compute, and need no cores of their own"
    )


def test_nodes_that_are_alike_get_more_tasks_together():
    nodes = [READER, Station("a", 0.1), Station("b", 0.2, nb_tasks=2), Station("c", 0.03), WRITER]
    verdict = verdict_of(steady(nodes))
    assert verdict.advice.startswith("4 tasks of `a` and 7 tasks of `b`: 33 messages/s expected")


def test_tasks_behind_a_filter_need_edges_that_hold_what_it_skips():
    """Of fifteen messages that an edge holds, one or two come to them."""
    stations = [READER, Station("gate", 0.01, gives=0.1), Station("slow", 0.4), WRITER]
    verdict = verdict_of(steady(stations))
    assert verdict.advice.startswith(
        "4 tasks, and a queue_size of 64 at `slow` and `writer`: 100 messages/s expected"
    )
    run = steady(stations)
    wide = {edge: replace(metrics, capacity=50) for edge, metrics in run.edges.items()}
    assert verdict_of(replace(run, edges=wide)).advice.startswith("4 tasks: 100 messages/s expected")


def test_the_tasks_that_a_node_has_are_not_advised():
    """It does a little less than it could, and the next node hardly more: it needs what it has."""
    nodes = [READER, Station("a", 0.1), Station("b", 0.097, kind="stateful processor"), WRITER]
    verdict = verdict_of(changed(steady(nodes), "a", rate=9.0))
    assert (verdict.bottleneck, verdict.advice) == ("a", "More tasks do not help: `b` is no faster")


def test_no_tasks_are_advised_where_another_node_is_no_faster():
    nodes = [READER, Station("a", 0.1), Station("b", 0.1, kind="stateful processor"), WRITER]
    run = changed(steady(nodes), "b", possible_rate=10.1)
    verdict = verdict_of(run)
    assert (verdict.bottleneck, verdict.expected_rate) == ("a", None)
    assert verdict.advice == "More tasks do not help: `b` is no faster"


@pytest.mark.parametrize(
    ("slow", "words"),
    [
        (Station("slow", 0.1, kind="stateful processor"), "It keeps state and runs as one task"),
        (Station("slow", 0.1, kind="consumer"), "A consumer runs as one task"),
        (Station("slow", 0.1, device="gpu"), "It computes on a GPU, where idle cores are no help"),
        (Station("slow", 0.1, nb_tasks=3, device="2 gpu, 1 cpu"), "It computes on a GPU"),
    ],
)
def test_what_cannot_be_had_by_more_tasks(slow, words):
    verdict = verdict_of(steady([READER, TRACKER, slow] + ([WRITER] if slow.kind != "consumer" else [])))
    assert verdict.bottleneck == "slow"
    assert verdict.advice.startswith(words)
    assert verdict.advice.endswith("up to 32 messages/s, which is what `tracker` can do")
    assert verdict.expected_rate == pytest.approx(1 / 0.0313)
    assert "1 task:" not in verdict.advice
    assert "2 tasks" not in verdict.advice


def test_a_flow_that_keeps_up_with_a_live_source_needs_nothing():
    run = replace(steady([Station("camera", 0.04, kind="producer"), TRACKER, WRITER]), flow_type="realtime")
    verdict = verdict_of(run)
    assert verdict.reason == SLOW_PRODUCER
    assert verdict.words == (
        "the flow keeps up with `camera`, which gives 25 messages/s: `tracker` could do 32"
    )
    assert (verdict.advice, verdict.expected_rate) == ("", None)


def test_a_source_that_computes_is_slow():
    verdict = verdict_of(steady([Station("decoder", 0.04, kind="producer", computing=0.9), TRACKER, WRITER]))
    assert verdict.words.startswith("`decoder` limits the flow to 25 messages/s: it is busy 100 %")
    assert verdict.advice == "A faster source: up to 32 messages/s, which is what `tracker` can do"


def test_the_cores_that_would_do_are_told():
    stations = [READER, *(Station(name, 0.04, computing=0.5, queued=0.5) for name in "ab"), WRITER]
    run = steady(stations, cores=1, machine=MachineMetrics(cores=1, cpu=1.0))
    verdict = verdict_of(run)
    assert verdict.reason == FEW_CORES
    assert verdict.words.startswith("the machine limits the flow to 25 messages/s: its 1 core is busy")
    assert verdict.advice.startswith("More tasks do not help. 2 cores: 50 messages/s expected")


def few(span_s: float, messages: int, **figures):
    rate = messages / span_s
    activity = Activity(span_s, rate, possible_rate=rate, busy=1.0, process_time=alike(1.0 / rate, messages))
    source = metrics(
        "reader", "producer", emitted=messages, span_s=span_s, rate=messages / span_s, blocked=1.0
    )
    node = replace(metrics("slow", "consumer", received=messages), recent=activity, whole=activity)
    return snapshot(source, node, elapsed_s=span_s, **figures)


@pytest.mark.parametrize(("span_s", "messages"), [(0.6, 300), (5.0, 12)])
@pytest.mark.parametrize("state", ["running", ENDED])
def test_nothing_is_advised_on_little_evidence(span_s, messages, state):
    verdict = verdict_of(few(span_s, messages, state=state))
    assert (verdict.reason, verdict.bottleneck, verdict.advice) == (UNKNOWN, None, "")
    assert f"{messages} messages at `slow`" in verdict.words
    assert [node.name for node in verdict.nodes] == ["reader", "slow"]
    assert verdict.nodes[1].actual_rate == messages / span_s


def test_all_of_a_run_counts_where_its_last_seconds_are_too_short():
    run = few(5.0, 4)
    whole = replace(
        run["slow"].whole, span_s=100.0, rate=0.8, possible_rate=0.8, process_time=alike(1.25, 80)
    )
    run = replace(run, nodes={**run.nodes, "slow": replace(run["slow"], whole=whole)})
    assert verdict_of(run).bottleneck == "slow"


def test_before_anything_has_moved():
    nodes = [metrics("reader", "producer"), metrics("sink", "consumer")]
    assert verdict_of(snapshot(*nodes, state=STARTING, elapsed_s=0.0)).words.startswith(
        "no message has moved yet"
    )
    assert verdict_of(snapshot(*nodes)).words == "nothing has come to the end of the flow yet"
    assert verdict_of(snapshot()).reason == UNKNOWN


def test_after_the_end_all_of_the_run_is_judged():
    run = steady([READER, Station("slow", 0.05), WRITER])
    drained = {n: replace(node, recent=Activity(span_s=5.0)) for n, node in run.nodes.items()}
    verdict = verdict_of(replace(run, state=ENDED, nodes=drained))
    assert (verdict.reason, verdict.bottleneck) == (SLOW_PROCESSOR, "slow")


def test_bottlenecks_are_nodes_that_cannot_keep_up_with_those_before_them():
    run = steady([READER, Station("a", 0.02), Station("fast", 0.001), Station("b", 0.05), WRITER])
    judged = {node.name: node for node in verdict_of(run).nodes}
    assert [name for name, node in judged.items() if node.is_bottleneck] == ["a", "b"]
    assert [name for name, node in judged.items() if node.is_effective_bottleneck] == ["b"]
    assert (judged["a"].possible_rate, round(judged["a"].actual_rate)) == (50, 20)
    assert judged["a"].utilisation == pytest.approx(0.4)


def test_a_flow_that_does_everything_at_once_is_judged_without_a_division_by_nothing():
    run = steady([READER, Station("a", 0.02), WRITER])
    run = changed(run, "writer", possible_rate=0.0, busy=0.0, starved=1.0, process_time=alike(0.0, 5000))
    assert verdict_of(run).bottleneck == "a"
