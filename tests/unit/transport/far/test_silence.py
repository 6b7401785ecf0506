"""Hosts, workers and schedulers that do not answer, or half: nobody hangs, nothing is lost too soon."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from distributed.comm.core import CommClosedError
from distributed.core import Server, Status

from daskflow.errors import PayloadLostError
from daskflow.transport.far import fetcher, line
from daskflow.transport.far.line import Line
from daskflow.transport.far.protocol import OPERATION, READY, Answer
from daskflow.transport.slots import _rounded
from tests.unit.transport.far.hosts import Side, picture


async def half_server(ip: str) -> Any:
    """A worker that sends the first half of what it is asked for, and then nothing until told to."""
    server = Server({})
    server.go_on = asyncio.Event()

    async def serve(comm: Any, run: str, forms: Any, raw: bool) -> Status:
        await comm.write(READY)
        await comm.read()
        half = picture().nbytes // 2
        await comm.write(list(Answer(_rounded(2 * half), size_bytes=2 * half)))
        await comm.stream.write(b"x" * half)
        await server.go_on.wait()
        comm.stream.write(b"y" * half)
        return Status.dont_reply

    server.handlers[OPERATION] = serve
    await server.listen(f"tcp://{ip}:0")
    return server


def test_a_worker_that_falls_silent_is_not_waited_for_for_ever(hosts, here, there, monkeypatch):
    monkeypatch.setattr(line, "SILENCE_S", 0.3)
    writer = here.task(0)
    descriptor = writer.encode((picture(6), {}))
    silent = hosts.loop.run(half_server(here.ip))

    async def both(task: int, incarnation: int) -> dict:
        return {"host": here.tag, "workers": [silent.address, here.address]}

    reader, sibling = (Side(there, n, there.far(where=both)) for n in (1, 2))
    sibling.far.begin([descriptor])
    try:
        assert (reader.decode(descriptor)[0] == picture(6)).all()
        assert (sibling.decode(descriptor)[0] == picture(6)).all()
    finally:
        hosts.loop.run(silent.close())


def test_patience_begins_when_something_is_amiss(hosts, here, there, monkeypatch):
    monkeypatch.setattr(line, "SILENCE_S", 0.3)
    monkeypatch.setattr(fetcher, "PATIENCE_S", 0.2)
    writer = here.task(0)
    descriptor = writer.encode((picture(6), {}))
    silent = hosts.loop.run(half_server(here.ip))
    workers = iter([silent.address])

    async def then_the_other(task: int, incarnation: int) -> dict:
        return {"host": here.tag, "workers": [next(workers, here.address)]}

    reader = Side(there, 1, there.far(where=then_the_other))
    try:
        assert (reader.decode(descriptor)[0] == picture(6)).all()
    finally:
        hosts.loop.run(silent.close())


def test_a_scheduler_that_does_not_answer_is_asked_again(hosts, here, there):
    writer = here.task(0)
    descriptor = writer.encode((picture(6), {}))
    failures = iter([CommClosedError("cut off"), TimeoutError()])

    async def ask(task: int, incarnation: int) -> dict:
        for failure in failures:
            raise failure
        return {"host": here.tag, "workers": [here.address]}

    reader = Side(there, 1, there.far(where=ask))
    assert (reader.decode(descriptor)[0] == picture(6)).all()


def test_a_scheduler_that_is_gone_is_given_up(hosts, here, there, monkeypatch):
    monkeypatch.setattr(fetcher, "PATIENCE_S", 0.1)
    descriptor = here.task(0).encode((picture(6), {}))

    async def ask(task: int, incarnation: int) -> dict:
        raise CommClosedError("cut off")

    reader = Side(there, 1, there.far(where=ask))
    with pytest.raises(PayloadLostError, match="the scheduler cannot be asked where it is: cut off"):
        reader.decode(descriptor)


def test_nothing_goes_on_when_the_waiting_was_ended(hosts, here, there):
    def look():
        raise PayloadLostError("the run has ended")

    async def none_left(task: int, incarnation: int) -> dict:
        return {"host": here.tag, "workers": []}

    descriptor = here.task(0).encode((picture(), {}))
    reader = Side(there, 1, there.far(where=none_left))
    reader.far.look = look
    with pytest.raises(PayloadLostError, match="the run has ended"):
        reader.decode(descriptor)
    reader.far.close()
    assert there.far().slots.lock(descriptor[2][0]) is not None
    assert not [task for task in hosts.loop.tasks() if "obtain" in task]


def test_what_comes_too_late_is_not_written(hosts, here, there):
    """One that gives up lets go of the lock: by then others may write to the replica."""
    slow = hosts.loop.run(half_server(here.ip))
    descriptor = here.task(0).encode((picture(), {}))
    (slot,) = descriptor[2]
    taken = bytearray(picture().nbytes)

    async def given_up() -> None:
        opened = await Line.open(slow.address, OPERATION, hosts.run_id, hosts.connect_args, ())
        asked = asyncio.ensure_future(opened.ask(slot, 1, [], lambda answer: memoryview(taken)))
        while not any(taken):
            await asyncio.sleep(0.01)
        asked.cancel()
        await asyncio.wait([asked])
        taken[:] = bytes(len(taken))
        slow.go_on.set()
        while opened.is_open:
            await asyncio.sleep(0.01)
        with pytest.raises(CommClosedError):
            await opened.ask(slot, 1, [], lambda answer: memoryview(taken))

    try:
        hosts.loop.run(given_up())
        assert not any(taken)
    finally:
        hosts.loop.run(slow.close())


def test_a_worker_that_starts_again_is_waited_for_by_who_may_use_the_scheduler(hosts, here, there, caplog):
    descriptor = here.task(0).encode((picture(4), {}))
    here.stop()
    with hosts.scheduler() as address:
        caller = Side(there, 1, there.far(relay=address))
        again = threading.Timer(4.5, here.start)  # when either way has been tried in vain
        again.start()
        try:
            assert (caller.decode(descriptor)[0] == picture(4)).all()
        finally:
            again.join()
    assert not [r for r in caplog.records if "through the scheduler" in r.message]
