"""What is known of the workers of a cluster, without one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from distributed import Status

from daskflow.cluster.foreign.roster import Hold, Roster
from daskflow.plan.placement import Need, WorkerInfo

SAID = {"host": "aaaa", "hostname": "cam-1", "cores": 4, "daskflow": "0.1.0"}


class Client:
    """Answers for the workers; counts how often it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def run(self, function: Any, *, workers: list[str], on_error: str) -> dict[str, Any]:
        self.asked += workers
        await asyncio.sleep(0)
        return {address: self.answers[address] for address in workers}


def state(address: str, **known: Any) -> SimpleNamespace:
    said = {
        "address": address, "name": address[-1], "host": "10.0.0.1", "nthreads": 2, "memory_limit": 0,
        "resources": {"GPU": 1.0}, "versions": {"packages": {"python": "3.11.7.final.0", "numpy": "2.3.1"}},
        "nanny": None, "status": Status.running, "metrics": {"cpu": 50.0}, "has_what": {}, "processing": [],
    }  # fmt: skip
    return SimpleNamespace(**{**said, **known})


@pytest.fixture
def roster() -> Roster:
    workers = {address: state(address) for address in ("tcp://10.0.0.1:1", "tcp://10.0.0.1:2")}
    return Roster(SimpleNamespace(workers=workers))


def workers(roster: Roster, client: Client, run_id: str = "") -> list[WorkerInfo]:
    return asyncio.run(roster.workers(client, run_id))  # type: ignore[arg-type]


def test_each_is_asked_once_and_again_if_it_could_not_answer(roster):
    client = Client({"tcp://10.0.0.1:1": SAID, "tcp://10.0.0.1:2": OSError("gone")})
    one, two = sorted(workers(roster, client), key=lambda worker: worker.name)
    assert (one.hostname, one.cores, one.error, one.memory_limit) == ("cam-1", 4, "", None)
    assert one.versions == {"python": "3.11", "numpy": "2.3.1", "daskflow": "0.1.0"}
    assert (two.hostname, two.cores, two.error) == ("10.0.0.1", 2, "OSError: gone")
    client.answers["tcp://10.0.0.1:2"] = SAID
    assert [worker.error for worker in workers(roster, client)] == ["", ""]
    assert [address[-1] for address in client.asked] == ["1", "2", "2"]


def test_without_daskflow_it_says_so_in_dasks_words(roster):
    missing = Exception("ModuleNotFoundError(\"No module named 'daskflow'\")")
    found = workers(roster, Client({"tcp://10.0.0.1:1": SAID, "tcp://10.0.0.1:2": missing}))
    assert {worker.name: (worker.versions["daskflow"], worker.error) for worker in found} == {
        "1": ("0.1.0", ""),
        "2": ("", ""),
    }


def test_what_runs_hold_of_a_worker(roster):
    client, address = (
        Client(dict.fromkeys(("tcp://10.0.0.1:1", "tcp://10.0.0.1:2"), SAID)),
        "tcp://10.0.0.1:1",
    )
    half = Need((("GPU", 0.25),))
    roster.hold(address, Hold("run-1", "yard", "net-0", half))
    roster.hold(address, Hold("run-2", "yard", "net-0", half))  # another run of a flow of this name
    roster.hold(address, Hold("run-2", "yard", "sum-0", Need(is_alone=True)))

    def there(run_id: str = "") -> WorkerInfo:
        return next(worker for worker in workers(roster, client, run_id) if worker.address == address)

    assert (there().held, there().taken) == (("yard/net-0", "yard/net-0", "yard/sum-0"), {"GPU": 0.5})
    assert there().is_closed
    assert (there("run-2").held, there("run-2").taken) == (("yard/net-0",), {"GPU": 0.25})
    assert not there("run-2").is_closed
    roster.let_go(address, "run-2", "net-0")
    roster.let_go(address, "run-2", "sum-0")
    assert there().held == ("yard/net-0",)
    assert roster.is_holding(address)
    roster.let_go(address, "run-1", "net-0")
    assert not roster.is_holding(address)


def test_who_waits_for_room_hears_of_it(roster):
    rooms: list[bool] = []
    roster.note_room = lambda: rooms.append(roster.is_holding("tcp://10.0.0.1:1"))
    roster.hold("tcp://10.0.0.1:1", Hold("run-1", "yard", "net-0", Need()))
    assert rooms == []
    roster.let_go("tcp://10.0.0.1:1", "run-1", "net-0")
    assert rooms == [False]


def test_a_worker_is_asked_once_by_all_who_want_to_know_at_the_same_time(roster):
    client = Client(dict.fromkeys(("tcp://10.0.0.1:1", "tcp://10.0.0.1:2"), SAID))

    async def both() -> None:
        await asyncio.gather(roster.workers(client), roster.workers(client))  # type: ignore[arg-type]

    asyncio.run(both())
    assert sorted(client.asked) == ["tcp://10.0.0.1:1", "tcp://10.0.0.1:2"]


def test_cores_are_those_of_the_hosts_and_all_workers_keep_them_busy(roster):
    workers(roster, Client(dict.fromkeys(("tcp://10.0.0.1:1", "tcp://10.0.0.1:2"), SAID)))
    assert roster.cores() == (4, 1.0)


@pytest.mark.parametrize(
    ("known", "held_by", "expected"),
    [
        ({"nanny": "tcp://10.0.0.1:9"}, "run-1", True),
        ({"nanny": None}, "run-1", False),
        ({"nanny": "tcp://10.0.0.1:9", "has_what": {"data": 1}}, "run-1", False),
        ({"nanny": "tcp://10.0.0.1:9", "processing": [SimpleNamespace(key="theirs")]}, "run-1", False),
        ({"nanny": "tcp://10.0.0.1:9"}, "run-2", False),
    ],
)
def test_a_worker_is_restarted_only_where_nobody_else_has_anything_there(known, held_by, expected):
    there = {"a": state("a", **{"processing": [SimpleNamespace(key="net-0-1")], **known})}
    roster = Roster(SimpleNamespace(workers=there))
    roster.hold("a", Hold(held_by, "yard", "net-0", Need()))
    assert roster.can_be_restarted("a", "run-1", {"net-0-1"}) is expected
    assert not roster.can_be_restarted("gone", "run-1", {"net-0-1"})
