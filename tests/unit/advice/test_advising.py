"""How many tasks are advised, what is expected of them, and what limits them."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from daskflow import REALTIME
from daskflow.advice import advise
from daskflow.advice.model import rivals_of
from daskflow.errors import ProfileError
from tests.unit.advice.profiles import end, line, node, profile, work


def test_the_fewest_tasks_that_reach_a_rate_with_a_reserve():
    measured = line(work("quick", 0.002), work("slow", 0.1))
    advice = advise(measured, 30)
    assert dict(advice) == {
        "source": {"nb_tasks": 1},
        "quick": {"nb_tasks": 1},
        "slow": {"nb_tasks": 4},  # 3 would be occupied all the time
        "end": {"nb_tasks": 1},
    }
    assert advice.expected_rate == pytest.approx(40)
    assert advice.is_reached
    assert advice.limited_by == "slow"
    assert advise(measured, 34).nb_tasks["slow"] == 4  # occupied for 85 % of the time
    assert advise(measured, 34.1).nb_tasks["slow"] == 5


def test_what_is_fast_enough_is_given_no_more():
    measured = line(work("slow", 0.1, nb_tasks=8))
    assert advise(measured, 8).nb_tasks["slow"] == 1


@pytest.mark.parametrize("computing", [1.0, 0.0])
def test_only_nodes_that_compute_are_limited_by_the_cores(computing):
    measured = line(work("slow", 0.1, computing=computing), cores=2)
    advice = advise(measured, 30)
    assert advice.is_reached is (computing == 0.0)
    if computing:
        assert advice.limited_by == "the cores"
        assert advice.expected_rate == pytest.approx(20, rel=0.05)
        assert advice.nb_tasks["slow"] == 2
        assert "it takes 4 cores, and there are 2" in advice.missing
    else:
        assert advice.expected_rate == pytest.approx(40)


def test_without_a_target_the_best_for_the_cores():
    measured = line(work("a", 0.1, computing=1.0), work("b", 0.05, computing=1.0), cores=4)
    advice = advise(measured)
    # 150 ms of 4 cores for a message, and what five processes more take as such
    assert advice.expected_rate == pytest.approx(4 / 0.15, rel=0.1)
    assert advice.nb_tasks["a"] == 3
    assert advice.nb_tasks["b"] == 2
    more = advise(measured, cores=16)
    assert more.expected_rate == pytest.approx(16 / 0.15, rel=0.1)
    assert more.cores == 16


def test_without_a_target_no_more_than_eight_times_the_tasks_that_were_measured():
    measured = line(work("waits", 0.1, nb_tasks=2))
    advice = advise(measured)
    assert advice.nb_tasks["waits"] == 16
    assert "it was measured with 2 tasks, and more than 16 are not advised" in advice.limit
    assert advise(measured, 500).nb_tasks["waits"] == 59  # who asks for a rate is told


@pytest.mark.parametrize(
    ("slow", "why"),
    [
        ("stateful processor", "it keeps state and runs as one task"),
        ("consumer", "a consumer runs as one task"),
        ("producer", "it gives no more than 10 messages/s"),
    ],
)
def test_what_runs_as_one_task_limits_the_flow(slow, why):
    seconds = {slow: 0.1}
    measured = line(
        work("a", 0.02),
        work("tracker", seconds.get("stateful processor", 0.001), kind="stateful processor"),
        source_s=seconds.get("producer", 0.001),
        end_s=seconds.get("consumer", 0.001),
    )
    advice = advise(measured)
    assert set(advice.nb_tasks.values()) == {1}
    assert advice.expected_rate == pytest.approx(10)
    assert why in advice.limit
    wanted = advise(measured, 20)
    assert wanted.nb_tasks["a"] == 1
    assert "does 10 messages/s" in wanted.missing


def test_each_branch_of_a_join_gets_what_it_needs():
    measured = profile(
        node("source", 0.0001),
        node("slow", 0.09, "source"),
        node("quick", 0.02, "source"),
        node("join", 0.001, "slow", "quick"),
        end("join"),
    )
    advice = advise(measured, 50)
    assert (advice.nb_tasks["slow"], advice.nb_tasks["quick"]) == (6, 2)
    assert advice.expected_rate == pytest.approx(6 / 0.09)


def test_a_node_behind_a_filter_is_counted_by_what_comes_to_it():
    measured = line(
        work("filter", 0.01, passed=0.1), work("rare", 0.1, part=0.1), work("more", 0.01, part=0.1)
    )
    advice = advise(measured, 80)
    assert advice.nb_tasks == {"source": 1, "filter": 1, "rare": 1, "more": 1, "end": 1}
    assert advise(measured, 170).nb_tasks["rare"] == 2


def test_behind_a_filter_edges_hold_enough_for_all_tasks():
    """What was skipped counts in an edge: without a longer queue two of the four tasks would have work."""
    measured = line(
        work("filter", 0.0001, passed=0.1), work("rare", 0.05, part=0.1), work("q", 0.0001, part=0.1)
    )
    advice = advise(measured, 600)
    assert advice["rare"] == {"nb_tasks": 4, "queue_size": 64}  # (4 + 1) / 0.1, and a power of two
    assert advice["q"] == {"nb_tasks": 1, "queue_size": 64}
    assert advice["filter"] == {"nb_tasks": 1}
    assert "A queue_size of 64 at `rare`" in str(advice)
    assert advise(measured, 100).queue_sizes == {}
    fused = advise(measured, 600, fuse=[("rare", "q")])
    assert fused.queue_sizes == {"rare": 64, "end": 64}
    assert advise(replace(measured, flow_type=REALTIME), 600).queue_sizes == {}


def test_waiting_for_a_core_in_the_profile_is_no_part_of_the_work():
    crowded = work("slow", 0.4, computing=0.25, queued_s=0.3, nb_tasks=8, rate=20.0)
    advice = advise(line(crowded, cores=2))
    assert advice.nb_tasks["slow"] == 2
    assert advice.expected_rate == pytest.approx(20, rel=0.05)


def test_what_something_else_takes_lowers_the_rate_and_not_the_tasks():
    measured = line(work("slow", 0.1, computing=1.0), cores=4, foreign_cores=1.0)
    advice = advise(measured)
    assert advice.nb_tasks == advise(replace(measured, foreign_cores=0.0)).nb_tasks
    assert advice.expected_rate == pytest.approx(30, rel=0.06)  # others keep theirs
    assert advise(measured, cores=4).expected_rate == pytest.approx(40, rel=0.05)
    assert "something else took 1.0" in advice.limit
    missing = advise(measured, 35).missing
    assert missing == "it takes 4 cores for itself, and something else took 1.0"


def test_how_much_else_wants_cores_is_seen_by_how_long_tasks_wait_for_them():
    crowded = work("slow", 0.08, cpu_s=0.02, queued_s=0.06, rate=12.5)
    measured = line(crowded, cores=2, foreign_cores=1.75)
    # It takes four times as long on two cores, a quarter of one its own: eight want them, one is the task.
    assert rivals_of(measured) == pytest.approx(7)
    advice = advise(measured)
    assert advice.nb_tasks["slow"] == 2
    # If others keep their cores it is no faster; if they all compute, two of nine have two ninths of two.
    assert advice.expected_rate == pytest.approx(12.5)
    assert advice.highest_rate > 2 * 2 / 9 / 0.02


def test_what_computes_little_gets_its_share_beside_others():
    waits = work("slow", 0.1, computing=0.3, rate=10.0)
    measured = line(waits, cores=2, foreign_cores=1.5)
    # Together 0.6 + 1.5 cores are wanted, of two: nobody waits long.
    assert advise(measured, 15).nb_tasks["slow"] == 2
    assert advise(measured, 15).expected_rate == pytest.approx(20, rel=0.1)


def test_gpus_limit_tasks_that_run_on_them():
    on_gpu = work("net", 0.05, device="gpu", gpu_share=0.4)
    measured = line(on_gpu, gpus=1)
    assert advise(measured).nb_tasks["net"] == 2  # of 0.4 two fit, not two and a half
    assert advise(measured, gpus=3).nb_tasks["net"] == 6
    advice = advise(measured, 200, gpus=2)
    assert advice.nb_tasks["net"] == 4
    assert "there are 2 GPUs for it" in advice.limit
    assert "`net` needs 12 tasks on GPUs, of which there are 2" in advice.missing


def test_gpus_are_shared_by_several_nodes():
    nets = [work(name, 0.05, device="gpu", gpu_share=1.0) for name in ("a", "b")]
    advice = advise(line(*nets, gpus=4))
    assert (advice.nb_tasks["a"], advice.nb_tasks["b"]) == (2, 2)
    assert advice.expected_rate == pytest.approx(40)


def test_a_live_source_goes_at_its_own_pace():
    measured = line(work("slow", 0.1, computing=1.0), source_s=0.04, flow_type=REALTIME, rate=10.0, cores=8)
    advice = advise(measured)
    assert advice.nb_tasks["slow"] == 3
    assert advice.expected_rate == pytest.approx(25)
    assert advice.limited_by == "source"


def test_the_ledger_is_a_limit_where_it_was_seen_to_work():
    measured = line(work("quick", 0.001), rate=1000.0, ledger_cpu=0.25, ledger_s=0.00025)
    advice = advise(measured)
    assert advice.expected_rate == pytest.approx(4000)
    assert advice.limited_by == "the scheduler"


def test_profiles_that_say_too_little_are_refused():
    first = line(work("a", 0.1))
    apart = profile(*first.nodes.values(), node("lonely", 0.1), rate=10.0)
    with pytest.raises(ProfileError, match=r"`lonely`[.] Profile each as a flow"):
        advise(apart)
    nothing = profile(node("s", 1.0)).latency
    with pytest.raises(ProfileError, match="no message was measured at `a`: profile more"):
        advise(line(work("a", 0.1, service=nothing)))
    with pytest.raises(ProfileError, match="at `b`, since `a` gave no result: profile more"):
        advise(line(work("a", 0.1, passed=0.0), work("b", 0.1, service=nothing)))


@pytest.mark.parametrize(
    "options",
    [{"target_rate": 0}, {"target_rate": -1.0}, {"target_rate": math.inf}, {"cores": 0}, {"gpus": -1}],
)
def test_numbers_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match=r"is (above|at least|not negative)"):
        advise(line(work("a", 0.1)), **options)
