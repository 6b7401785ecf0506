"""What the thread makes of decisions: who may overtake them, and what is done when they are refused."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from daskflow.cluster import autoscaling
from daskflow.cluster.autoscaling import Autoscaler
from daskflow.cluster.scaling import Scaler, TooLateError
from daskflow.errors import AllocationError, ClusterError
from daskflow.monitor.autoscaling import Bounds
from daskflow.monitor.snapshot import RunSnapshot
from tests.unit.monitor.test_autoscaling import seen

SOON_S = 10.0


class Run:
    """In place of monitor and scaler: a node that is behind, on a machine with so many GPUs."""

    def __init__(self, gpus: int = 99) -> None:
        self.gpus = gpus
        self.has = 1
        self.asked: list[int] = []
        self.before_change: Callable[[], object] = lambda: None
        self.error: Exception | None = None
        self.judged = threading.Semaphore(0)

    def name_of(self, node: str) -> str:
        return node

    def since_change(self, node: str) -> RunSnapshot:
        self.judged.release()
        return seen(9.0, self.has, 1.0, fill=1.0)

    def note_changed(self, node: str) -> None: ...

    def scale(
        self, name: str, nb_tasks: int, reason: str = "", *, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        self.asked.append(nb_tasks)
        self.before_change()
        if self.error is not None:
            raise self.error
        if nb_tasks > self.gpus:
            raise AllocationError("no GPU left", node=name, task=f"{name}-{nb_tasks - 1}")
        if is_wanted():
            self.has = nb_tasks

    def wait_for_looks(self, count: int) -> None:
        for _ in range(count):
            assert self.judged.acquire(timeout=SOON_S)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoscaling, "EVERY_S", 0.01)


def follow(run: Any, maximum: int = 8) -> Autoscaler:
    scaler = Autoscaler(run, run)
    scaler.follow(Bounds("net", 1, maximum))
    return scaler


def test_what_somebody_asks_for_meanwhile_stands() -> None:
    run = Run()
    scaler = Autoscaler(run, run)  # type: ignore[arg-type]

    def overtake() -> None:
        run.before_change = lambda: None
        scaler.scale("net", 3)

    run.before_change = overtake
    scaler.follow(Bounds("net", 1, 8))
    run.wait_for_looks(1)
    scaler.close()
    assert run.asked == [2, 3]
    assert run.has == 3


def test_it_takes_what_gpus_there_are_and_says_once_that_there_are_no_more(caplog) -> None:
    run = Run(gpus=3)
    scaler = follow(run)
    run.wait_for_looks(6)
    scaler.close()
    assert run.has == 3
    assert run.asked[:5] == [2, 4, 3, 6, 4]
    assert len(run.asked) >= 7, "it goes on: GPUs may be given back"
    assert [record.message for record in caplog.records] == ["no further task joins: no GPU left"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (TooLateError("net", "it has no more messages"), []),
        (ClusterError("no worker"), ["node net is scaled no more: no worker"]),
    ],
)
def test_when_it_is_too_late(error: Exception, says: list[str], caplog) -> None:
    run = Run()
    run.error = error
    with caplog.at_level(logging.INFO):
        scaler = follow(run)
        run.wait_for_looks(1)
        assert not run.judged.acquire(timeout=0.1), "it is looked at no more"
        scaler.close()
    assert run.asked == [2]
    assert [record.message for record in caplog.records] == says


def test_a_change_that_is_not_wanted_any_more_is_not_made() -> None:
    crew: Any = None
    controller: Any = type("Controller", (), {"thread": None, "monitor": None})
    plan: Any = type("Plan", (), {"tasks": ()})
    scaler = Scaler(plan, controller, crew)
    scaler.scale("net", 2, is_wanted=lambda: False)
    scaler.close()
    with pytest.raises(TooLateError, match="node 'net' cannot be scaled: the run has ended"):
        scaler.scale("net", 2)
