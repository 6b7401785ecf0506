from __future__ import annotations

import pickle
import time

import pytest

from daskflow.core.graph import GraphEngine
from daskflow.errors import GraphError
from daskflow.producers import IntProducer


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


def drain(producer: IntProducer) -> list[int]:
    values = []
    while True:
        try:
            values.append(producer.next())
        except StopIteration:
            return values


def test_end_is_included() -> None:
    assert drain(IntProducer(2, 5)) == [2, 3, 4, 5]
    assert drain(IntProducer(3, 3)) == [3]
    assert drain(IntProducer(3, 2)) == []


def test_stays_at_its_end() -> None:
    producer = IntProducer(0, 0)
    assert drain(producer) == [0]
    assert drain(producer) == []


def test_no_end() -> None:
    producer = IntProducer()
    assert [producer.next() for _ in range(100)] == list(range(100))
    assert producer.length is None


@pytest.mark.parametrize(("start", "end", "length"), [(0, 9, 10), (5, 5, 1), (5, 2, 0), (-2, 2, 5)])
def test_length(start: int, end: int, length: int) -> None:
    assert IntProducer(start, end).length == length == len(drain(IntProducer(start, end)))


def test_waits_for_each_message_and_not_at_the_end(naps: list[float]) -> None:
    drain(IntProducer(0, 2, 0.25))
    assert naps == [0.25] * 3


def test_fps_overrides_the_wait(naps: list[float]) -> None:
    drain(IntProducer(0, 1, 7, 50))
    assert naps == [0.02] * 2


@pytest.mark.parametrize("fps", [0, -1])
def test_fps_that_is_not_positive_does_nothing(naps: list[float], fps: float) -> None:
    drain(IntProducer(0, 1, fps=fps))
    assert naps == []


def test_negative_wait_is_refused() -> None:
    with pytest.raises(ValueError, match="wait_time_in_seconds"):
        IntProducer(wait_time_in_seconds=-1)


def test_options_reach_the_base() -> None:
    producer = IntProducer(name="count", queue_size=4, nb_tasks=2)
    assert (producer.name, producer.queue_size, producer.nb_tasks) == ("count", 4, 2)
    with pytest.raises(GraphError, match="count has nb_tasks=2"):
        GraphEngine([producer])
    with pytest.raises(TypeError, match="colour"):
        IntProducer(colour=1)


def test_copy_counts_for_itself() -> None:
    producer = IntProducer(0, 2)
    assert drain(pickle.loads(pickle.dumps(producer))) == [0, 1, 2]
    assert drain(producer) == [0, 1, 2]
