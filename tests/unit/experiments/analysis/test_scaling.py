"""Speed-up and efficiency."""

from __future__ import annotations

import pytest

from daskflow.errors import OptionError
from daskflow.experiments.analysis.laws import AMDAHL, USL, Law
from daskflow.experiments.analysis.scaling import scalings
from tests.unit.experiments.trials import WORKERS, failed, ideal, rates, trials


def test_an_ideal_stage_is_ideal():
    (scaling,) = scalings(trials(WORKERS, rates(ideal)))
    assert (scaling.setting, scaling.fewest, scaling.others) == ("detector.nb_tasks", 1, {})
    assert [point.speed_up.value for point in scaling.points] == [1, 2, 4, 8]
    assert [point.efficiency.value for point in scaling.points] == [1, 1, 1, 1]
    assert scaling.laws[AMDAHL].contention == pytest.approx(0)
    assert scaling.laws[USL].coherency == pytest.approx(0)


def test_it_is_relative_to_the_fewest_workers():
    (scaling,) = scalings(trials({"detector.nb_tasks": [8, 2, 4]}, rates(ideal)))
    assert [point.workers for point in scaling.points] == [2, 4, 8]
    assert [point.speed_up.value for point in scaling.points] == [1, 2, 4]
    assert [point.efficiency.value for point in scaling.points] == [1, 1, 1]


def test_each_combination_of_the_others_is_for_itself():
    def measured(settings, repeat):
        return {
            "rate": ideal(settings["detector.nb_tasks"]) * (0.5 if settings["flow.queue_size"] == 2 else 1)
        }

    found = scalings(trials({**WORKERS, "flow.queue_size": [2, 8]}, measured))
    assert [scaling.others for scaling in found] == [{"flow.queue_size": 2}, {"flow.queue_size": 8}]
    assert all(scaling.points[-1].speed_up.value == 8 for scaling in found)


def test_a_machine_that_slows_down_has_slowed_both():
    def measured(settings, repeat):
        return {"rate": ideal(settings["detector.nb_tasks"]) / (1 + repeat)}

    (scaling,) = scalings(trials(WORKERS, measured))
    last = scaling.points[-1].speed_up
    assert (last.value, last.low, last.high) == (8, 8, 8)
    assert scaling.points[-1].rate.high == 3 * scaling.points[-1].rate.low


def test_failed_trials_are_left_out():
    records = trials(WORKERS, rates(ideal))
    records[-1] = failed(records[-1])
    records[0] = failed(records[0])
    (scaling,) = scalings(records)
    last = scaling.points[-1]
    assert last.rate.nb_values == 2
    assert last.speed_up.nb_values == 1, "repeat 1 has both"
    assert (last.speed_up.value, last.speed_up.low) == (8, None)


def test_without_the_fewest_there_is_no_speed_up_but_a_law():
    records = trials(WORKERS, rates(ideal))
    records[:3] = map(failed, records[:3])
    (scaling,) = scalings(records)
    assert [point.workers for point in scaling.points] == [2, 4, 8]
    assert {point.speed_up for point in scaling.points} == {None}
    assert isinstance(scaling.laws[AMDAHL], Law)


def test_two_numbers_of_workers_carry_no_law():
    (scaling,) = scalings(trials({"detector.nb_tasks": [1, 2]}, rates(ideal)))
    assert scaling.points[-1].speed_up.value == 2
    assert "there are 2" in scaling.laws[AMDAHL]
    assert "there are 2" in scaling.laws[USL]


@pytest.mark.parametrize(
    "grid",
    [{"flow.queue_size": [2, 4, 8]}, {"detector.device_type": ["cpu", "gpu"]}, {"detector.nb_tasks": [2]}],
)
def test_what_does_not_work_at_anything_has_no_speed_up(grid):
    assert scalings(trials(grid, rates(ideal))) == []


def test_a_setting_that_there_is_not_is_refused():
    with pytest.raises(OptionError, match=r"'detector\.tasks'.*There are detector.nb_tasks"):
        scalings(trials(WORKERS, rates(ideal)), ["detector.tasks"])
    assert scalings([], ["detector.tasks"]) == []


def test_any_number_may_be_asked_for():
    (scaling,) = scalings(trials({"flow.queue_size": [2, 4, 8]}, rates(ideal)), ["flow.queue_size"])
    assert [point.speed_up.value for point in scaling.points] == [1, 1, 1]
    assert scaling.points[-1].efficiency.value == 0.25


def test_none_is_no_number_of_workers():
    grid = {"detector.gpus": [0, 1, 2, 4]}
    (scaling,) = scalings(
        trials(grid, lambda settings, repeat: {"rate": 5 + 50.0 * settings["detector.gpus"]})
    )
    assert scaling.fewest == 1
    assert [point.workers for point in scaling.points] == [1, 2, 4]
    assert scaling.points[-1].speed_up.value == pytest.approx(205 / 55)
    assert isinstance(scaling.laws[USL], Law)


def test_all_are_relative_to_the_same_while_a_sweep_is_under_way():
    records = trials({**WORKERS, "flow.queue_size": [2, 8]}, rates(ideal))
    records = [one for one in records if one["settings"] != {"detector.nb_tasks": 1, "flow.queue_size": 8}]
    whole, partly = scalings(records)
    assert whole.points[-1].speed_up.value == 8
    assert partly.fewest == 1
    assert {point.speed_up for point in partly.points} == {None}


def test_words_are_no_numbers_of_workers():
    records = trials({**WORKERS, "detector.device_type": ["cpu", "gpu"]}, rates(ideal))
    with pytest.raises(OptionError, match=r"detector\.device_type has none: it is cpu or gpu in the trials"):
        scalings(records, ["detector.device_type"])
