"""What is made of what was found on hosts, and how letters are kept there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daskflow.cluster.foreign.inquests import Process
from daskflow.cluster.foreign.leftovers import ForeignAftermath
from daskflow.core.node.policy import Policy
from daskflow.deadletters import DeadLetterFolder
from daskflow.ledger import Dead
from daskflow.runtime.far_letters import keep_sealed_here
from daskflow.runtime.process_notes import KillNote
from daskflow.runtime.remains import Remains
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import Calls
from daskflow.transport.places import RunPlaces
from daskflow.transport.records import Records
from daskflow.transport.surroundings import LATE, Loss

CALLS = Calls(0, 3, 4, 12.5)
PROCESS = Process(task=0, incarnation=0, pid=77, host="aaaa", address="tcp://a:1", has_nanny=True)
DEAD = Dead(SimpleNamespace(index=0, incarnation=0, node=SimpleNamespace(positions=[])), 4, [], is_late=False)


class Hosts:
    """Stands for all workers."""

    def __init__(self) -> None:
        self.answer: str | None = ""
        self.asked: list[Any] = []

    async def call_on_first(self, hosts: Any, function: Any, *arguments: Any, timeout_s: float) -> str | None:
        self.asked.append((list(hosts), function, arguments))
        return self.answer


class Scene:
    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        spec = TaskSpec(
            "flow", "run", 0, "net", "net-0", 0, 1, True, 0, RunPlaces(folder, folder),
            policy=Policy(process_timeout_s=2.0), dead_letters=str(folder),
        )  # fmt: skip
        self.loop = loop
        self.hosts = Hosts()
        self.said: list[str] = []
        self.buried: list[int] = []
        self.aftermath = ForeignAftermath(
            None, [spec], spec.places, None, None, Records(lambda record: self.said.append(record.text)),
            loop=loop, in_ledger=lambda function, *arguments: function(*arguments), run_id="run",
            hosts=self.hosts, tags={(0, 0): "aaaa", (1, 0): "bbbb"}, hostname_of=lambda *owner: "node-1",
        )  # fmt: skip

    def write_down(self) -> None:
        self.aftermath.write_down(DEAD, lambda: self.buried.append(4))
        self.loop.run_until_complete(self.aftermath.finish())


@pytest.fixture
def scene(tmp_path) -> Iterator[Scene]:
    loop = asyncio.new_event_loop()
    yield Scene(tmp_path, loop)
    loop.close()


def test_what_was_found_is_in_the_report(scene):
    remains = Remains(calls=CALLS, exit_code=-11, stack=("deep",), log_lines=("a word",))
    scene.aftermath.take_in(PROCESS, remains)
    scene.aftermath.note_exit(77, None)  # all that Dask knows
    assert scene.aftermath.calls_of(0) == CALLS
    assert scene.aftermath.calls_of(1) is None
    task = SimpleNamespace(index=0, losses=[1.0])
    text = str(
        scene.aftermath.error_of(scene.aftermath.failure(Loss(task, "state", 77, 4, None)))  # type: ignore[arg-type]
    )
    assert "the process of task net-0 of node 'net' died at message 4: it crashed with SIGSEGV" in text
    assert "deep" in text
    assert "a word" in text


def test_why_it_was_killed_is_said(scene):
    killing = KillNote(0, 77, LATE, 4, "a call takes longer than it may")
    scene.aftermath.take_in(PROCESS, Remains(calls=CALLS, killings=(killing,)))
    assert scene.aftermath.calls_of(0) == CALLS
    assert scene.said == ["its process 77 is killed: a call takes longer than it may"]


def test_a_message_is_not_to_blame_for_a_neighbour_or_a_connection(scene):
    killing = KillNote(5, 77, LATE, 4, "a call takes longer than it may")
    for remains in Remains(calls=CALLS, killings=(killing,)), Remains(is_there=True, calls=CALLS):
        scene.aftermath.take_in(PROCESS, remains)
        assert scene.aftermath.calls_of(0) == Calls(0, 3, None, 12.5)
    assert scene.said == []


def test_a_letter_is_kept_where_its_task_was_before_the_message_is_let_go(scene):
    scene.write_down()
    ((hosts, function, (run_id, _, letter, descriptors)),) = scene.hosts.asked
    assert (hosts, function, run_id) == (["aaaa", "bbbb"], keep_sealed_here, "run")
    assert (letter.number, letter.error, descriptors) == (4, "the message killed 3 processes", [])
    assert scene.buried == [4]
    assert len(scene.said) == 1


def test_one_that_cannot_be_kept_there_is_said(scene):
    scene.hosts.answer = "the disk is full"
    scene.write_down()
    assert scene.said[-1] == "the disk is full"
    assert scene.buried == [4]


def test_where_nobody_answers_it_is_kept_here_without_its_inputs(scene, tmp_path):
    scene.hosts.answer = None
    scene.write_down()
    (letter,) = DeadLetterFolder(tmp_path).letters()
    assert letter.no_payload == "no worker that could read them has answered"
    spec = scene.aftermath._specs[0]
    scene.aftermath.add(replace(spec, dead_letters=str(tmp_path / "run" / "net-4.json")))  # a file
    scene.write_down()
    assert "cannot be written" in scene.said[-1]
    assert scene.buried == [4, 4]
