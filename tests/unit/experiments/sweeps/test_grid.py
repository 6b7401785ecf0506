"""What is varied, and in which order."""

from __future__ import annotations

import math

import numpy as np
import pytest

from daskflow.errors import SweepError
from daskflow.experiments.sweeps.grid import Grid, words

VALUES = {"detector.nb_tasks": [1, 2, 4], "flow.queue_size": [2, 8]}


def test_all_combinations_the_last_key_fastest():
    assert [tuple(point.values()) for point in Grid(VALUES).points] == [
        (1, 2), (1, 8), (2, 2), (2, 8), (4, 2), (4, 8),
    ]  # fmt: skip


def test_each_repeat_has_all_settings_before_the_next_begins_in_an_order_of_its_own():
    trials = Grid(VALUES).trials(4, seed=0)
    assert [trial.order for trial in trials] == list(range(24))
    orders = [tuple(trial.trial % 6 for trial in trials[6 * i : 6 * i + 6]) for i in range(4)]
    assert all(sorted(order) == list(range(6)) for order in orders)
    assert len(set(orders)) > 1
    assert [trial.repeat for trial in trials] == [order // 6 for order in range(24)]


def test_a_number_stands_for_a_setting_and_a_repeat_whatever_the_order():
    grid = Grid(VALUES)
    for trial in grid.trials(2, seed=5):
        assert trial.settings == grid.points[trial.trial % 6]
        assert trial.repeat == trial.trial // 6


def test_more_repeats_leave_the_earlier_ones_as_they_were():
    assert Grid(VALUES).trials(5, seed=3)[:12] == Grid(VALUES).trials(2, seed=3)


def test_orders_go_by_the_seed():
    orders = {tuple(trial.trial for trial in Grid(VALUES).trials(3, seed)) for seed in range(5)}
    assert len(orders) == 5


def test_the_settings_of_a_repeat_have_one_seed_and_other_repeats_another():
    trials = Grid(VALUES).trials(3, seed=1)
    seeds = {repeat: {trial.seed for trial in trials if trial.repeat == repeat} for repeat in range(3)}
    assert all(len(of_repeat) == 1 for of_repeat in seeds.values())
    assert len(set().union(*seeds.values())) == 3
    assert all(0 <= trial.seed < 2**32 for trial in trials)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "a grid is a mapping"),
        ([("a", 1)], "a grid is a mapping"),
        ({"a.b": 4}, r"a\.b in the grid is a list of values to try, got 4"),
        ({"a.b": "12"}, "list of values"),
        ({"a.b": []}, r"a\.b in the grid has no values"),
        ({"a.b": [1, 2, 1]}, "the value 1 twice"),
        ({"a.b": [{"x": 1}, {"x": 1}]}, "twice"),
        ({"a.b": [object()]}, "JSON cannot say"),
        ({"a.b": [math.nan]}, "JSON cannot say"),
        ({"a.b": ["\udcff.mp4"]}, "JSON cannot say"),
        ({"a.b": {1, 2}}, "list of values"),
        ({1: [1]}, r"a key of a grid is a text such as 'detector\.nb_tasks', got 1"),
    ],
)
def test_what_makes_no_grid(values, complaint):
    with pytest.raises(SweepError, match=complaint):
        Grid(values)


def test_values_of_any_iterable_are_kept_as_json_has_them():
    grid = Grid({"a": range(2), "b": np.array([0.5]), "c": [(480, 640)], "d": [np.int64(7)]})
    assert grid.plain == {"a": [0, 1], "b": [0.5], "c": [[480, 640]], "d": [7]}
    assert grid.points[0]["c"] == (480, 640), "the flow gets what was given"


def test_a_setting_in_words():
    assert words({"a.env": {"DEBUG": 1}, "b": "fast", "c": None}) == 'a.env={"DEBUG": 1} b=fast c=null'
