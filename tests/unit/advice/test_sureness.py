"""How sure a forecast is, and why it is no surer."""

from __future__ import annotations

import pytest

from daskflow.advice import advise
from daskflow.core.histogram import Histogram
from tests.unit.advice.profiles import line, work


def apart(advice):
    assert advice.lowest_rate < advice.expected_rate < advice.highest_rate
    return (advice.highest_rate - advice.lowest_rate) / advice.expected_rate


def test_an_even_node_with_its_own_tasks_is_sure():
    advice = advise(line(work("slow", 0.1, kind="stateful processor")))
    assert apart(advice) == pytest.approx(0.1, abs=0.01)
    assert advice.doubts == ()
    assert "sure" in str(advice)


@pytest.mark.parametrize(
    ("figures", "options", "doubt"),
    [
        ({"service": Histogram.of([0.1] * 20)}, {}, "measured with 20 messages"),
        ({"service": Histogram.of([0.01] * 90 + [0.91] * 10)}, {}, "calls of `slow` vary widely"),
        ({"batch_size": 4}, {}, "takes batches"),
        ({"gpu_share": 1.0}, {}, "wishes for a GPU, and was measured without one"),
        ({"computing": 1.0}, {}, "cores would be busy"),
        ({}, {"target_rate": 70}, "measured with 1 of 9 tasks"),
    ],
)
def test_what_makes_it_unsure(figures, options, doubt):
    advice = advise(line(work("slow", 0.1, **figures)), **options)
    assert any(doubt in words for words in advice.doubts), advice.doubts
    assert doubt in str(advice)


def test_a_crowded_machine_makes_it_a_guess():
    measured = line(work("slow", 0.1, computing=1.0), cores=4, foreign_cores=3.0)
    advice = advise(measured)
    assert apart(advice) > 0.6
    assert "a guess" in str(advice)
    assert any("something else took 3.0 cores" in words for words in advice.doubts)
    assert any("cores would be busy with that and what else runs" in words for words in advice.doubts)


def test_tasks_that_share_a_gpu():
    measured = line(work("net", 0.1, device="gpu", gpu_share=0.5), gpus=1)
    assert any("share a GPU" in words for words in advise(measured).doubts)
