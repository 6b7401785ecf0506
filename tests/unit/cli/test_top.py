"""What ``daskflow top`` prints, and how it says that there is nothing."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import sys
import termios
from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from daskflow.cli import main, sighting
from daskflow.cli.keys import asks_for_end, quit_event
from daskflow.cli.sighting import Sighting
from daskflow.cluster.asking import SchedulerAsked, Unanswered
from daskflow.monitor.records import from_record
from daskflow.monitor.snapshot import RunSnapshot
from daskflow.transport.announcing import Announcement
from tests.unit.monitor.terminal.runs import run_of

YARD = replace(run_of(3, name="yard"), run_id="aa11")
STREET = replace(run_of(3, name="street"), run_id="bb22")


class FakeScheduler:
    """Answers as a scheduler at its address would."""

    answers: dict[str, Sequence[RunSnapshot] | Unanswered] = {}
    asked: list[str] = []

    def __init__(self, address: str) -> None:
        self._address = address

    async def snapshots(self, *, history: bool = False) -> Sequence[RunSnapshot]:
        self.asked.append(self._address)
        answer = self.answers[self._address]
        if isinstance(answer, Unanswered):
            raise answer
        return answer

    async def close(self) -> None:
        pass


@pytest.fixture
def world(monkeypatch):
    """Schedulers on this machine, by address."""
    monkeypatch.setattr(FakeScheduler, "answers", {})
    monkeypatch.setattr(FakeScheduler, "asked", [])
    monkeypatch.setattr(sighting, "SchedulerAsked", FakeScheduler)
    monkeypatch.setattr(sighting, "announced", lambda: [Announcement(a, a) for a in FakeScheduler.answers])
    return FakeScheduler.answers


def top(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["top", *arguments])


def test_where_there_is_no_terminal_one_plain_table_is_printed(world):
    world.update(one=[YARD], two=[STREET])
    result = top()
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines if "running" in line] == ["yard", "street"]
    assert "\x1b" not in result.stdout
    assert lines == [line.rstrip() for line in lines]
    assert "bounding_box_annotator_of_the_left_half_0-0" in result.stdout, "nothing is shortened"


def test_a_process_with_two_schedulers_tells_of_each_run_twice(world):
    world.update(one=[YARD, STREET], two=[YARD, STREET])
    assert top().stdout.count("running") == 2


def test_one_scheduler_is_asked_alone(world):
    world.update(one=[YARD], two=[STREET])
    assert "street" not in top("one").stdout
    assert FakeScheduler.asked == ["one"]


@pytest.mark.parametrize("name", ["street", "bb22", "bb"])
def test_flows_are_chosen_by_name_or_run(world, name):
    world.update(one=[YARD, STREET])
    assert [line.split()[0] for line in top("--flow", name).stdout.splitlines() if "running" in line] == [
        "street"
    ]


def test_json_is_a_line_for_each_flow(world):
    world.update(one=[YARD, STREET])
    lines = top("--json").stdout.splitlines()
    assert [from_record(json.loads(line)) for line in lines] == [YARD, STREET]


def refused(result: Result, exit_code: int = 1) -> str:
    assert (result.exit_code, result.stdout) == (exit_code, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line


@pytest.mark.parametrize("option", ["--once", "--json"])
def test_nothing_runs(world, option):
    assert "no flow of yours runs on this machine. Start one with daskflow run" in refused(top(option))


def test_what_a_killed_run_left_is_passed_over(world):
    world.update(dead=Unanswered("nothing listens", is_gone=True))
    assert "no flow of yours runs" in refused(top())
    world.update(one=[YARD])
    assert top().stderr == ""


def test_another_flow_runs(world):
    world.update(one=[YARD])
    assert "no such flow runs; those that run are yard" in refused(top("--flow", "street"))


def test_one_of_several_gives_no_answer(world):
    world.update(one=[YARD], stuck=Unanswered("stuck did not answer"))
    result = top()
    assert result.exit_code == 0
    assert result.stderr == "Warning: stuck did not answer\n"
    del world["one"]
    assert refused(top()) == "Error: stuck did not answer"
    assert refused(top("stuck")) == "Error: stuck did not answer"


def test_one_that_gave_no_answer_is_left_alone_for_a_while(world, monkeypatch):
    world.update(one=[YARD], stuck=Unanswered("stuck did not answer"))
    now = [100.0]
    monkeypatch.setattr(sighting.time, "monotonic", lambda: now[0])
    looking = Sighting()

    async def look_on() -> list[int]:
        counts = []
        for now[0] in (100.0, 101.0, 129.0, 131.0):
            await looking.look()
            counts.append(FakeScheduler.asked.count("stuck"))
        return counts

    assert asyncio.run(look_on()) == [1, 1, 1, 2]
    del world["one"]
    assert asyncio.run(look_on())[-1] == 2 + 3, "it is asked again and again where it is the only one"


def test_what_gave_no_answer_and_is_gone_is_no_trouble_any_more(world, monkeypatch):
    monkeypatch.setattr(sighting, "SchedulerAsked", SchedulerAsked)
    world.update(nonsense=[YARD])
    looking = Sighting()

    async def look_on() -> list[int]:
        counts = []
        for _ in range(2):
            await looking.look()
            counts.append(len(looking.troubles))
            world.clear()
        return counts

    assert asyncio.run(look_on()) == [1, 0]


def test_runs_of_one_scheduler_are_asked_for_together(world, monkeypatch):
    world.update(one=[YARD, STREET])
    both = [Announcement("aa11", "one"), Announcement("bb22", "one")]
    monkeypatch.setattr(sighting, "announced", lambda: both)
    assert top().stdout.count("running") == 2
    assert FakeScheduler.asked == ["one"]


def test_an_address_that_is_none():
    assert "expected tcp://host:port or host:port" in refused(top("nonsense"), 2)
    assert "is the address of a dashboard" in refused(top("http://localhost:8787/status"), 2)


@pytest.mark.parametrize(("keys", "ends"), [(b"q", True), (b"x\x1b[A", False), (b"xQ", True), (b"", True)])
def test_the_keys_that_end_a_display(keys, ends):
    assert asks_for_end(keys) == ends


def test_a_key_is_heard_without_return_and_the_terminal_is_as_before(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin, os.fdopen(ours, "wb", buffering=0) as keyboard:
        monkeypatch.setattr(sys, "stdin", stdin)
        before = termios.tcgetattr(stdin)

        async def press() -> None:
            with quit_event() as asked:
                assert not termios.tcgetattr(stdin)[3] & (termios.ECHO | termios.ICANON)
                keyboard.write(b"q")
                await asyncio.wait_for(asked.wait(), 10)

        asyncio.run(press())
        assert termios.tcgetattr(stdin) == before


def test_the_end_of_a_terminal_is_the_end_of_the_display(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        async def close() -> None:
            with quit_event() as asked:
                os.close(ours)
                await asyncio.wait_for(asked.wait(), 10)

        asyncio.run(close())


def test_without_a_keyboard_a_signal_ends_it(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    async def end() -> None:
        with quit_event() as asked:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(asked.wait(), 10)

    asyncio.run(end())
