"""What is known of metrics, and what can be read of records."""

from __future__ import annotations

from math import inf, nan

import pytest

from daskflow.experiments.analysis.metrics import HIGHER, LOWER, NEITHER, metric_of, metrics_in, value_of
from daskflow.experiments.analysis.settings import numeric, settings_words, swept, worker_settings
from daskflow.experiments.analysis.summary import summarise
from tests.unit.experiments.trials import WORKERS, everything, failed, ideal, rates, trials


@pytest.mark.parametrize(
    ("name", "heading", "better"),
    [
        ("rate", "rate, messages/s", HIGHER),
        ("latency_p99_s", "latency, p99, ms", LOWER),
        ("cpu_cores", "cores busy, cores", NEITHER),
        ("detector.rate", "detector rate, messages/s", HIGHER),
        ("yard.cam-1.busy", "yard.cam-1 busy, %", NEITHER),
        ("detector_p50_s", "detector_p50, s", NEITHER),
        ("model_bytes", "model, MB", NEITHER),
        ("people", "people", NEITHER),
    ],
)
def test_names_say_what_is_measured(name, heading, better):
    assert (metric_of(name).heading, metric_of(name).better) == (heading, better)


@pytest.mark.parametrize("value", [None, nan, inf, True, "fast"])
def test_what_is_no_figure_has_no_value(value):
    assert value_of({"status": "ok", "rate": value}, "rate") is None


def test_a_failed_trial_has_no_figures_even_where_it_measured_some():
    assert value_of({"status": "failed", "rate": 50.0}, "rate") is None


def test_metrics_come_in_an_order_and_only_if_measured():
    record = {
        "trial": 0,
        "repeat": 0,
        "seed": 7,
        "status": "ok",
        "settings": {},
        "people": 3,
        "dropped": 0,
        "rate": 1.0,
    }
    assert metrics_in([record, {**record, "failed": None}]) == ["rate", "dropped", "people"]


def test_settings_that_vary_are_swept_and_numbers_are_in_order():
    grid = {
        "detector.nb_tasks": [4, 1],
        "flow.queue_size": [8],
        "detector.device_type": ["gpu", "cpu"],
        "fps": [5, 2.5],
    }
    records = trials(grid, rates(ideal))
    assert swept(records) == {
        "detector.nb_tasks": [1, 4],
        "detector.device_type": ["gpu", "cpu"],
        "fps": [2.5, 5],
    }
    assert numeric(records) == ["detector.nb_tasks", "fps"]
    assert worker_settings(records) == ["detector.nb_tasks"]


def test_settings_are_words():
    settings = {"detector.nb_tasks": 2, "env": {"A": 1}, "carrier": "socket", "fps": 2.50, "preview": True}
    assert (
        settings_words(settings) == 'detector.nb_tasks=2, env={"A": 1}, carrier=socket, fps=2.5, preview=true'
    )
    assert settings_words(settings, ["carrier", "absent"]) == "carrier=socket"


def test_a_row_has_all_trials_of_a_setting():
    records = trials(WORKERS, everything)
    records[4] = failed(records[4])
    rows = summarise(records, ["rate", "absent"])
    assert [row.settings["detector.nb_tasks"] for row in rows] == [1, 2, 4, 8]
    assert (rows[1].nb_trials, rows[1].nb_failed) == (3, 1)
    assert rows[1].estimates["rate"].nb_values == 2
    assert list(rows[0].estimates) == ["rate"]
