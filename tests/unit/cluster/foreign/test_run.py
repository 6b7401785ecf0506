"""A run as its caller sees it, of a scheduler that is played."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import msgpack
import pytest

from daskflow.cluster.foreign.existing import SchedulerGone
from daskflow.cluster.foreign.run import ForeignRun
from daskflow.errors import ClusterError, FlowStateError
from daskflow.monitor.records import to_record
from tests.unit.monitor.snapshots import snapshot


class Scheduler:
    """Answers at once, but for news, which come when they are given."""

    address, client = "tcp://10.0.0.1:8786", SimpleNamespace()

    def __init__(self) -> None:
        self.news_come = threading.Event()
        self.told: dict[str, Any] | Exception = {}
        self.is_gone = False

    def news(self, run_id: str, position: int, timeout_s: float) -> dict[str, Any]:
        assert self.news_come.wait(20)
        if isinstance(self.told, Exception):
            raise self.told
        return self.told

    def tell(self, run_id: str, action: str, *arguments: Any) -> None:
        if self.is_gone:
            raise SchedulerGone("gone")

    def snapshot(self, run_id: str) -> Any:
        if self.is_gone:
            raise SchedulerGone("gone")
        return snapshot()

    def close(self) -> None:
        self.is_gone = True

    def end(self) -> None:
        packed = msgpack.packb(to_record(snapshot(), history=True, verdict=False))
        self.told = {"records": [], "position": 0, "ended": True, "failure": None, "snapshot": packed}
        self.news_come.set()


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler()


@pytest.fixture
def run(scheduler: Scheduler) -> ForeignRun:
    return ForeignRun(scheduler, "run-1", "yard", is_detached=True)  # type: ignore[arg-type]


def test_a_stop_at_the_moment_of_the_end_is_none(scheduler, run):
    scheduler.is_gone = True  # as the connection is closed before the end is told
    threading.Timer(0.2, scheduler.end).start()
    run.stop(drain=True)
    assert run.has_ended
    assert run.failure is None
    run.stop(drain=True)  # and later neither
    with pytest.raises(FlowStateError, match="flow 'yard' has ended"):
        run.scale("net", 2)


def test_figures_are_the_last_that_were_had(scheduler, run):
    scheduler.is_gone = True
    with pytest.raises(ClusterError):
        run.snapshot()
    scheduler.is_gone = False
    first = run.snapshot()
    scheduler.is_gone = True
    assert run.snapshot() is first
    scheduler.end()
    assert run.wait(20)
    assert run.snapshot() is not first


def test_what_goes_wrong_in_watching_ends_the_wait(scheduler, run):
    scheduler.told = ClusterError("another one than before")
    scheduler.news_come.set()
    assert run.wait(20)
    assert "flow 'yard' is lost: another one than before" in str(run.failure)
