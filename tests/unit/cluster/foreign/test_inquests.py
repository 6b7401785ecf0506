"""What is asked of hosts about processes that died there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from daskflow.cluster.foreign import inquests
from daskflow.cluster.foreign.hosts import Hosts
from daskflow.cluster.foreign.inquests import Inquests, Process
from daskflow.runtime.remains import Remains

PROCESS = Process(task=2, incarnation=0, pid=77, host="aaaa", address="tcp://a:1", has_nanny=True)
FOUND = Remains(exit_code=-11)


class Client:
    """Answers for the workers."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    async def run(self, function: Any, *arguments: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        self.asked += workers
        await asyncio.sleep(0)
        found = {address: self.answers[address] for address in workers}
        for answer in found.values():
            if answer == "slow":
                await asyncio.sleep(60)
        return found


class Scene:
    """A host, and what is told of the processes that were on it."""

    def __init__(self) -> None:
        self.client = Client()
        self.roster = SimpleNamespace(on_host=lambda host: [a for a in self.client.answers if host == "aaaa"])
        self.hosts = Hosts(self.client, self.roster)  # type: ignore[arg-type]
        self.told: list[tuple[Process, Remains]] = []
        self.inquests = Inquests("run", self.hosts, self.roster, self._tell)  # type: ignore[arg-type]

    def _tell(self, process: Process, remains: Remains) -> None:
        self.told.append((process, remains))


@pytest.fixture
def scene(monkeypatch) -> Scene:
    for name, value in (("PATIENCE_S", 0.3), ("ANSWER_S", 0.1), ("_PAUSE_S", 0.01)):
        monkeypatch.setattr(inquests, name, value)
    return Scene()


def run(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


def test_the_others_of_a_host_are_asked_first_and_once(scene):
    scene.client.answers = {"tcp://a:1": FOUND, "tcp://a:2": FOUND}

    async def play() -> None:
        scene.inquests.note_joined(PROCESS)
        await asyncio.gather(scene.inquests.hold(2), scene.inquests.hold(2, 0))
        await scene.inquests.hold(2)

    run(play)
    assert scene.client.asked == ["tcp://a:2"]
    assert scene.told == [(PROCESS, FOUND)]


def test_one_that_does_not_answer_is_not_the_last_word(scene):
    scene.client.answers = {"tcp://a:1": FOUND, "tcp://a:2": "slow", "tcp://a:3": OSError("gone")}

    async def play() -> None:
        scene.inquests.note_joined(PROCESS)
        await scene.inquests.hold(2)

    run(play)
    assert scene.client.asked == ["tcp://a:2", "tcp://a:3", "tcp://a:1"]
    assert scene.told == [(PROCESS, FOUND)]


def test_the_only_worker_of_a_host_is_waited_for_where_it_comes_again(scene):
    async def play() -> None:
        scene.inquests.note_joined(PROCESS)
        holding = asyncio.create_task(scene.inquests.hold(2))
        await asyncio.sleep(0.05)
        assert scene.told == []
        scene.client.answers = {"tcp://a:9": FOUND}
        await holding

    run(play)
    assert scene.told == [(PROCESS, FOUND)]


@pytest.mark.parametrize("has_nanny", [True, False])
def test_a_host_that_is_gone_is_waited_for_no_longer_than_that_makes_sense(scene, has_nanny):
    process = PROCESS._replace(has_nanny=has_nanny)

    async def play() -> None:
        scene.inquests.note_joined(process)
        began_s = asyncio.get_running_loop().time()
        await scene.inquests.hold(2)
        waited_s = asyncio.get_running_loop().time() - began_s
        assert (waited_s > 0.25) is has_nanny

    run(play)
    assert scene.told == [(process, Remains())]


def test_there_is_nothing_to_ask_of_another_process_or_of_the_callers_own(scene):
    scene.client.answers = {"tcp://a:2": FOUND}

    async def play() -> None:
        await scene.inquests.hold(2)
        scene.inquests.note_joined(PROCESS._replace(incarnation=1))
        await scene.inquests.hold(2, 0)
        scene.inquests.note_joined(PROCESS._replace(task=3, host=""))
        await scene.inquests.hold(3)

    run(play)
    assert scene.told == []


def test_one_that_lives_is_asked_for_again(scene):
    scene.client.answers = {"tcp://a:2": Remains(is_there=True)}

    async def play() -> None:
        scene.inquests.note_joined(PROCESS)
        await scene.inquests.hold(2)
        scene.client.answers = {"tcp://a:2": FOUND}
        await scene.inquests.hold(2)

    run(play)
    assert [remains.is_there for _, remains in scene.told] == [True, False]


def test_a_question_that_fails_holds_nobody_up(scene, caplog):
    scene.client.answers = {}
    scene.roster.on_host = None

    async def play() -> None:
        scene.inquests.note_joined(PROCESS)
        await scene.inquests.hold(2)

    run(play)
    assert scene.told == [(PROCESS, Remains())]
    assert "process 77 on host aaaa could not be asked for" in caplog.text
