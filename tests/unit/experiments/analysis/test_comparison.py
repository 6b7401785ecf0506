"""Two sweeps beside each other, and the gate between them."""

from __future__ import annotations

import pytest

from daskflow.errors import OptionError, ResultsError
from daskflow.experiments.analysis.comparison import Comparison, compared
from daskflow.experiments.analysis.gate import gate
from daskflow.experiments.analysis.results import read_results
from tests.unit.experiments.trials import WORKERS, everything, failed, folder_of, ideal, rates, trials


@pytest.fixture
def compare(tmp_path):
    """Compare two lists of records."""

    def compare(before, after, metrics=("rate",), **about) -> Comparison:
        ours = read_results(folder_of(tmp_path / "a", before))
        return compared(ours, read_results(folder_of(tmp_path / "b", after, **about)), metrics)

    return compare


def slower(by: float, repeats: int, seed: int = 0, grid=WORKERS):
    return trials(grid, rates(lambda n: ideal(n) * (1 - by), 0.01, seed), repeats)


def test_a_loss_is_told_for_each_setting_and_for_all(compare):
    found = compare(slower(0, 5), slower(0.1, 5, seed=1))
    assert [change.settings["detector.nb_tasks"] for change in found.changes] == [1, 2, 4, 8]
    for change in (*found.changes, *found.together):
        assert change.is_significant
        assert change.ratio.value == pytest.approx(0.9, abs=0.02)
        assert change.worsening == pytest.approx(0.1, abs=0.02)
    (together,) = found.together
    assert together.settings is None
    assert together.p < 0.001


def test_nothing_is_made_of_noise(compare):
    found = compare(slower(0, 5), slower(0, 5, seed=1))
    judged = gate(found, 0.05)
    assert judged.is_open
    assert judged.undecided == ()


def test_three_repeats_cannot_tell_and_say_so_and_yet_all_together_can(compare):
    found = compare(slower(0, 3), slower(0.1, 3, seed=1))
    assert not any(change.can_be_told for change in found.changes)
    judged = gate(found, 0.05)
    assert judged.worse == found.together
    assert judged.undecided == found.changes


def test_a_loss_within_the_tolerance_passes_however_sure_it_is(compare):
    found = compare(slower(0, 8), slower(0.03, 8, seed=1))
    assert all(change.is_significant for change in found.changes)
    assert gate(found, 0.05).is_open
    assert not gate(found, 0.01).is_open


def test_a_gain_passes(compare):
    assert gate(compare(slower(0.2, 5), slower(0, 5)), 0.05).is_open


def test_of_latency_more_is_worse(compare):
    def measured(factor):
        return lambda settings, repeat: {"latency_p95_s": factor * (0.05 + repeat / 1000)}

    before, after = trials(WORKERS, measured(1.0), 5), trials(WORKERS, measured(1.5), 5)
    assert not gate(compare(before, after, ["latency_p95_s"]), 0.05).is_open
    assert gate(compare(after, before, ["latency_p95_s"]), 0.05).is_open


def test_one_of_many_settings_that_is_significant_by_chance_does_not_close_the_gate(compare):
    grid = {"flow.queue_size": list(range(1, 13))}
    found = compare(trials(grid, rates(ideal, 0.5, 8), 5), trials(grid, rates(ideal, 0.5, 9), 5))
    by_chance = [change for change in found.changes if change.p_worse <= 0.05 and change.worsening > 0.05]
    assert by_chance, "as seeds would have it"
    judged = gate(found, 0.05)
    assert judged.is_open
    assert by_chance[0] in judged.undecided


def test_what_fails_now_and_did_not_is_worse_even_with_one_repeat(compare):
    before, after = slower(0, 1), slower(0, 1)
    after[2] = failed(after[2])
    found = compare(before, after)
    assert [change.is_broken for change in found.changes] == [False, False, True, False]
    assert gate(found, 0.05).worse == (found.changes[2],)


def test_what_failed_before_and_works_now_is_no_loss(compare):
    before = slower(0, 5)
    before[:5] = map(failed, before[:5])
    assert gate(compare(before, slower(0, 5)), 0.05).is_open


def test_a_gate_that_could_only_be_open_is_refused(compare):
    grid = {"detector.nb_tasks": [2]}
    found = compare(slower(0, 2, grid=grid), slower(0.5, 2, grid=grid))
    with pytest.raises(ResultsError, match=r"could only be open.*with 3 repeats or more"):
        gate(found, 0.05)
    assert not gate(compare(slower(0, 3, grid=grid), slower(0.5, 3, grid=grid)), 0.05).is_open


def test_what_is_neither_good_nor_bad_has_no_gate(compare):
    found = compare(trials(WORKERS, everything, 5), trials(WORKERS, everything, 5), ["cpu_cores"])
    with pytest.raises(ResultsError, match="'cpu_cores' is none"):
        gate(found, 0.05)


def test_drops_where_there_were_none_are_worse(compare):
    def dropping(count):
        return lambda settings, repeat: {"dropped": count and count + repeat}

    found = compare(trials(WORKERS, dropping(0), 5), trials(WORKERS, dropping(3), 5), ["dropped"])
    assert {change.ratio for change in found.changes} == {None}
    assert len(gate(found, 0.05).worse) == 4 + 1
    assert gate(
        compare(trials(WORKERS, dropping(0), 5), trials(WORKERS, dropping(0), 5), ["dropped"]), 0.05
    ).is_open


def test_only_common_settings_are_compared(compare):
    found = compare(slower(0, 3), slower(0, 3, grid={"detector.nb_tasks": [4, 8, 16]}))
    assert [change.settings["detector.nb_tasks"] for change in found.changes] == [4, 8]
    assert [one["detector.nb_tasks"] for one in found.only_before] == [1, 2]
    assert [one["detector.nb_tasks"] for one in found.only_after] == [16]


def test_sweeps_without_common_settings_are_refused(compare):
    with pytest.raises(ResultsError, match="no settings in common"):
        compare(slower(0, 3), slower(0, 3, grid={"detector.nb_tasks": [16]}))


def test_an_unknown_metric_is_refused_with_the_nearest(compare):
    with pytest.raises(OptionError, match="'rates': did you mean 'rate'"):
        compare(slower(0, 3), slower(0, 3), ["rates"])


def test_what_else_was_different_is_told(compare):
    found = compare(
        slower(0, 3),
        slower(0, 3),
        machine={"cpu_model": "Abacus 10", "cores_usable": 2, "date": "tomorrow"},
        versions={"python": "3.12.1", "daskflow": "0.1.0"},
        warmup_messages=100,
        options={"flow": {"queue_size": 4}, "queue_size": None},
    )
    machine, versions, run = found.warnings
    assert "machines differ" in machine
    assert "cpu_model Abacus 9 and Abacus 10" in machine
    assert "cores_usable" not in machine
    assert "date" not in machine
    assert "python 3.11.7 and 3.12.1" in versions
    assert "warmup_messages 50 and 100" in run
    assert "option flow.queue_size unknown and 4" in run
    assert compare(slower(0, 3), slower(0, 3)).warnings == ()
