from __future__ import annotations

import pickle
import time
from typing import Any

import numpy as np
import pytest

from daskflow.core.constants import CPU, GPU
from daskflow.core.node import OneTaskProcessorNode, ProcessorNode
from daskflow.processors import (
    CountAggregator,
    IdentityProcessor,
    JoinerProcessor,
    MaxAggregator,
    MinAggregator,
    MultiplicationAggregator,
    SumAggregator,
)

AGGREGATORS = [CountAggregator, MaxAggregator, MinAggregator, MultiplicationAggregator, SumAggregator]


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


class TestPacedProcessors:
    def test_identity_returns_the_very_object(self) -> None:
        item = np.zeros(3)
        assert IdentityProcessor().process(item) is item
        assert IdentityProcessor().process(None) is None

    def test_joiner_makes_a_tuple(self) -> None:
        assert JoinerProcessor().process(1, "b", None) == (1, "b", None)
        assert JoinerProcessor().process(1) == (1,)

    @pytest.mark.parametrize("kind", [IdentityProcessor, JoinerProcessor])
    def test_pace(self, naps: list[float], kind: Any) -> None:
        kind(20).process(1)
        assert naps == [0.05]
        kind(0).process(1)
        kind(-1).process(1)
        kind().process(1)
        assert naps == [0.05]

    @pytest.mark.parametrize("kind", [IdentityProcessor, JoinerProcessor])
    def test_options_as_in_videoflow(self, kind: Any) -> None:
        node = kind(10, 3, GPU, "same", queue_size=2)
        assert (node.nb_tasks, node.device_type, node.name, node.queue_size) == (3, GPU, "same", 2)
        plain = kind()
        assert (plain.nb_tasks, plain.device_type, plain.name) == (1, CPU, None)
        assert isinstance(plain, ProcessorNode)
        assert plain.resumable


class TestAggregators:
    @pytest.mark.parametrize(
        ("kind", "inputs", "outputs"),
        [
            (SumAggregator, [1, 2.5, -3], [1, 3.5, 0.5]),
            (MultiplicationAggregator, [2, 3, -1], [2, 6, -6]),
            (CountAggregator, ["a", None, 7], [1, 2, 3]),
            (MaxAggregator, [-5, -7, 2, 1], [-5, -5, 2, 2]),
            (MinAggregator, [5, 7, -2, 1], [5, 5, -2, -2]),
            (MaxAggregator, ["b", "a", "c"], ["b", "b", "c"]),
        ],
    )
    def test_figures(self, kind: Any, inputs: list[Any], outputs: list[Any]) -> None:
        node = kind()
        node.open()
        assert [node.process(item) for item in inputs] == outputs
        node.close()

    @pytest.mark.parametrize("kind", AGGREGATORS)
    def test_one_task_with_the_base_s_options(self, kind: Any) -> None:
        node = kind(name="figure", device_type=GPU, queue_size=3)
        assert isinstance(node, OneTaskProcessorNode)
        assert (node.name, node.device_type, node.queue_size, node.nb_tasks) == ("figure", GPU, 3, 1)
        assert not node.resumable

    @pytest.mark.parametrize("kind", AGGREGATORS)
    def test_copies_have_their_own_state(self, kind: Any) -> None:
        node = kind()
        copy = pickle.loads(pickle.dumps(node))
        copy.process(5)
        assert node.process(3) == kind().process(3)

    @pytest.mark.parametrize("kind", [SumAggregator, MultiplicationAggregator])
    def test_arrays_that_went_out_do_not_change(self, kind: Any) -> None:
        node = kind()
        item = np.array([2.0, 3.0])
        item.flags.writeable = False
        first = node.process(item)
        before = first.copy()
        second = node.process(item)
        np.testing.assert_array_equal(first, before)
        assert not np.shares_memory(first, second)
