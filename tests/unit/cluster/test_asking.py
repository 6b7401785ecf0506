"""Snapshots asked of a scheduler, which is in this process here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from distributed import Scheduler

from daskflow.cluster import snapshots
from daskflow.cluster.asking import SchedulerAsked, Unanswered
from daskflow.cluster.snapshots import OPERATION, install
from daskflow.monitor.parts import Moment
from daskflow.monitor.runs import RUNS
from daskflow.monitor.snapshot import RunSnapshot
from tests.unit.monitor.snapshots import metrics, snapshot


class FakeRun:
    run_id = "run"

    def latest(self) -> RunSnapshot:
        return snapshot(metrics("slow", "processor", rate=4.0), history=(Moment(1.0),))

    def picture(self, source: str, target: str) -> None:
        return None


@pytest.fixture
def run() -> Iterator[FakeRun]:
    run = FakeRun()
    RUNS.add(run)
    yield run
    RUNS.remove(run)


def with_scheduler(talk: Callable[[Any], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with Scheduler(host="127.0.0.1", port=0, dashboard_address="127.0.0.1:0") as scheduler:
            return await talk(scheduler)

    return asyncio.run(whole())


async def asked(address: str, timeout_s: float = 5.0, **options: Any) -> list[RunSnapshot]:
    asking = SchedulerAsked(address, timeout_s)
    try:
        return await asking.snapshots(**options)
    finally:
        await asking.close()


def test_a_scheduler_tells_of_the_runs_of_its_process(run):
    async def talk(scheduler: Any) -> Any:
        install(scheduler)
        install(scheduler)
        asking = SchedulerAsked(scheduler.address.removeprefix("tcp://"))  # as people type it
        first = await asking.snapshots(history=True)
        RUNS.remove(run)
        then = await asking.snapshots()
        await asking.close()
        return first, then

    first, then = with_scheduler(talk)
    assert first == [run.latest()]
    assert then == []


def test_history_goes_only_where_it_is_wanted(run):
    async def talk(scheduler: Any) -> Any:
        install(scheduler)
        return await asked(scheduler.address)

    (told,) = with_scheduler(talk)
    assert (told.history, told.nodes) == ((), run.latest().nodes)


def test_a_scheduler_without_daskflow():
    with pytest.raises(Unanswered, match="knows of no flows: none has run on that scheduler") as caught:
        with_scheduler(lambda scheduler: asked(scheduler.address))
    assert not caught.value.is_gone


def test_a_daskflow_that_speaks_another_form(run, monkeypatch):
    async def talk(scheduler: Any) -> Any:
        install(scheduler)
        return await asked(scheduler.address)

    monkeypatch.setattr(snapshots, "FORM", 99)
    monkeypatch.setattr(snapshots, "__version__", "9.9")
    with pytest.raises(Unanswered, match=r"daskflow 9\.9 at tcp.* use the same version in both"):
        with_scheduler(talk)


def test_an_error_over_there_is_told_and_the_next_time_begins_anew(run, monkeypatch):
    async def talk(scheduler: Any) -> Any:
        install(scheduler)
        asking = SchedulerAsked(scheduler.address)
        monkeypatch.setattr(run, "latest", lambda: 1 / 0)
        with pytest.raises(Unanswered, match=r"gave no answer \(.*division by zero"):
            await asking.snapshots()
        monkeypatch.undo()
        told = await asking.snapshots()
        await asking.close()
        return told

    assert with_scheduler(talk)[0].nodes == run.latest().nodes


def test_the_end_of_a_scheduler_is_noticed(run):
    async def talk() -> list[bool]:
        async with Scheduler(host="127.0.0.1", port=0, dashboard_address="127.0.0.1:0") as scheduler:
            install(scheduler)
            asking = SchedulerAsked(scheduler.address, timeout_s=60.0)
            await asking.snapshots()
        gone = []
        for _ in range(2):
            with pytest.raises(Unanswered) as caught:
                await asking.snapshots()
            gone.append(caught.value.is_gone)
        return gone

    assert asyncio.run(talk())[-1]


def test_one_that_does_not_answer():
    async def talk(scheduler: Any) -> Any:
        never = asyncio.Event()

        async def silent(history: bool) -> None:
            await never.wait()

        scheduler.handlers[OPERATION] = silent
        try:
            return await asked(scheduler.address, timeout_s=0.2)
        finally:
            never.set()

    with pytest.raises(Unanswered, match=r"did not answer within 0\.2 s: its process is busy or stopped"):
        with_scheduler(talk)


def test_what_is_no_scheduler():
    async def talk() -> Any:
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            return await asked(f"{host}:{port}", timeout_s=2.0)

    with pytest.raises(Unanswered, match="is it the address of a Dask scheduler, and not of its dashboard"):
        asyncio.run(talk())


def test_where_nothing_listens_it_does_not_take_the_whole_time():
    with pytest.raises(
        Unanswered, match=r"nothing listens at tcp://127\.0\.0\.1:1 \(Connection refused\)"
    ) as caught:
        asyncio.run(asked("tcp://127.0.0.1:1", timeout_s=60.0))
    assert caught.value.is_gone


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:8787/status", "is the address of a dashboard; expected that of a scheduler"),
        ("127.0.0.1", "expected tcp://host:port or host:port"),
        ("tcp://host:many", "expected tcp://host:port or host:port"),
        ("nonsense://127.0.0.1:8786", "expected tcp://host:port or host:port"),
    ],
)
def test_what_is_no_address(address, words):
    with pytest.raises(ValueError, match=words):
        SchedulerAsked(address)
