"""The shell around the ledger, with the wire played by the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from daskflow.ledger import (
    GPU_LOST,
    OUTPUT,
    STATE_LOST,
    SUSPECT,
    TOO_LONG,
    TOO_OFTEN,
    EdgeSpec,
    Ledger,
    NodeSpec,
    Topology,
)
from daskflow.ledger.slots import slot_number
from daskflow.transport import wire
from daskflow.transport.call_record import Calls
from daskflow.transport.records import MOST_KEPT, Record, Records
from daskflow.transport.service import LedgerService
from daskflow.transport.surroundings import LATE
from tests.unit.transport.around import Around


class Peer:
    """One task's process."""

    def __init__(self, service: LedgerService, task: int, pid: int = 1) -> None:
        self.told: list[Any] = []
        self.connection = service.connect(self.told.append)
        self.service = service
        self.says([wire.HELLO, task, pid])
        self.says([wire.STEP, [], [], 1])

    def says(self, *frames: list[Any]) -> None:
        self.connection.take_in(list(frames))
        self.service.flush()


def output(number: int) -> list[Any]:
    return [wire.STEP, [[number, OUTPUT, b"pickle", 0.0]], [], 1]


def service_of(around: Around, **sink: Any) -> LedgerService:
    nodes = (NodeSpec("source", resumable=False), NodeSpec("sink", (0,), **sink))
    return LedgerService(Ledger(Topology(nodes, (EdgeSpec(0, 1, 4),))), around)


def test_it_says_once_that_a_process_of_each_task_has_come():
    around = Around()
    service = service_of(around)
    Peer(service, 1)
    assert around.all_came == 0
    Peer(service, 0)
    Peer(service, 1)
    assert around.all_came == 1


def test_a_successor_that_comes_before_the_loss_is_noticed_does_not_hide_it():
    around = Around()
    service = service_of(around, resumable=False)
    Peer(service, 0)
    first = Peer(service, 1, pid=77)
    Peer(service, 1)
    first.connection.lost()
    assert around.lost == [(1, 0)]
    loss = service.ledger.failure
    assert (loss.reason, loss.pid, loss.task.name) == (STATE_LOST, 77, "sink-0")


def test_a_stateless_successor_goes_on():
    service = service_of(Around())
    source, first = Peer(service, 0), Peer(service, 1)
    first.connection.lost()
    second = Peer(service, 1)
    source.says(output(0))
    assert service.ledger.failure is None
    assert second.told[-1][1] == [[0, [b"pickle"], 0]]


def test_what_a_given_up_process_says_is_refused():
    service = service_of(Around())
    Peer(service, 0)
    first = Peer(service, 1)
    Peer(service, 1)
    first.says([wire.BROKEN, b"error"])
    assert first.told[-1][0] == wire.REFUSED
    assert service.ledger.failure is None


def test_a_message_that_killed_three_processes_is_written_down():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    for incarnation in range(3):
        assert around.dead == []
        around.calls = Calls(incarnation, None, 0, 0.0)
        Peer(service, 1).connection.lost()
    assert around.dead == [(0, [b"pickle"])]
    assert service.ledger.failure is None


def test_one_that_was_killed_elsewhere_for_a_late_call_is_no_death():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    late = Peer(service, 1)
    service.note_killed(1, 7, LATE, 0)  # another process of the task
    assert late.connection.killed_for is None
    service.note_killed(1, 0, LATE, 0)
    around.calls = Calls(0, None, 0, 0.0)
    late.connection.lost()
    ((_, reason, _, in_hand, killed_for, _),) = [service.ledger.failure]
    assert (reason, in_hand, killed_for) == (TOO_LONG, 0, LATE)


def test_one_whose_worker_is_gone_is_given_up_unless_another_has_its_place():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    first, second = Peer(service, 1), Peer(service, 1)
    assert first.connection.incarnation == 0
    service.give_up(1, 0)
    assert service.task_of(second.connection) is not None
    service.give_up(1, 1)
    assert service.task_of(second.connection) is None
    assert around.lost == [(1, 0), (1, 1)]


def test_the_calls_of_an_earlier_process_say_nothing_of_this_one():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    around.calls = Calls(0, None, 0, 0.0)
    for _ in range(3):
        Peer(service, 1).connection.lost()
    assert around.dead == []


def test_what_a_consumer_had_finished_is_not_given_to_its_successor():
    around = Around()
    service = service_of(around)
    source, first = Peer(service, 0), Peer(service, 1)
    first.says([wire.STEP, [], [], 3])
    for number in range(3):
        source.says(output(number))
    around.calls = Calls(0, 1, 2, 0.0)
    first.connection.lost()
    assert Peer(service, 1).told[-1][1] == [[2, [b"pickle"], SUSPECT]]


def test_of_several_in_hand_all_are_suspect_and_none_is_blamed():
    around = Around()
    service = service_of(around, max_restarts=0)
    source, first = Peer(service, 0), Peer(service, 1)
    first.says([wire.STEP, [], [], 3])
    for number in range(3):
        source.says(output(number))
    around.calls = Calls(0, None, 1, 0.0, several=True)
    first.connection.lost()
    assert service.ledger.failure.in_hand is None
    assert around.dead == []


def test_one_that_was_killed_for_being_late_fails_the_run():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    around.calls = Calls(0, None, 0, 0.0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        sink = Peer(service, 1, pid=process.pid)
        assert service.processes() == {0: 1, 1: process.pid}
        service.kill(1, process.pid + 1, LATE, 0)  # meant for another process of the task
        service.kill(1, process.pid, LATE, 1)  # for a call that has ended meanwhile
        assert sink.connection.killed_for is None
        service.kill(1, process.pid, LATE, 0)
        assert process.wait() == -signal.SIGABRT
    service.kill(1, process.pid, LATE, 0)  # it is gone
    sink.connection.lost()
    loss = service.ledger.failure
    assert (loss.reason, loss.in_hand, loss.killed_for) == (TOO_LONG, 0, LATE)
    assert around.dead == [(0, [b"pickle"])]


def test_only_the_late_message_is_blamed_for_the_delay():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    around.calls = Calls(0, None, 0, 0.0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        sink = Peer(service, 1, pid=process.pid)
        service.kill(1, process.pid, LATE, 0)
    around.calls = Calls(0, 0, 1, 0.0)  # it went on to the next before it died
    sink.connection.lost()
    assert service.ledger.failure is None


def test_processes_that_die_before_they_say_who_they_are_count_too():
    around = Around()
    service = service_of(around, max_restarts=1)
    Peer(service, 0, pid=os.getpid())
    service.note_exit(0, -9)  # of the one that came
    assert around.exits == [(os.getpid(), -9)]
    service.note_exit(1, 3)
    assert service.ledger.failure is None
    service.note_exit(1, 3)
    assert service.ledger.failure.reason == TOO_OFTEN
    assert service.ledger.failure.task.name == "sink-0"


def test_a_loss_of_gpu_memory_that_is_held_fails_the_run():
    nodes = (NodeSpec("source", resumable=False), NodeSpec("net", (0,)), NodeSpec("sink", (1,)))
    ledger = Ledger(Topology(nodes, (EdgeSpec(0, 1, 4), EdgeSpec(1, 2, 4))))
    service = LedgerService(ledger, Around())
    source, net, sink = (Peer(service, task) for task in range(3))
    source.says(output(0))
    slot = slot_number(1, 0, 0, on_gpu=True)
    net.says([wire.STEP, [[0, OUTPUT, [b"pickle", [], [slot]], 0.0]], [], 1])
    assert sink.told[-1][1] == [[0, [[b"pickle", [], [slot]]], 0]]
    net.connection.lost()
    assert service.ledger.failure.reason == GPU_LOST


def record(level: int, number: int | None = None) -> list[Any]:
    return [wire.RECORD, 1e9, level, "daskflow.sink", number, "words", "trace", True, "file.py", 3]


def test_records_say_whose_they_are_and_are_kept_or_passed_on():
    passed_on: list[Record] = []
    records = Records(passed_on.append)
    service = LedgerService(service_of(Around()).ledger, Around(), records=records)
    peer = Peer(service, 1, pid=77)
    peer.says(record(-30, 1), record(20), record(40, 2))
    assert [(r.level, r.number, r.node, r.task, r.pid) for r in passed_on] == [
        (20, None, "sink", "sink-0", 77),
        (40, 2, "sink", "sink-0", 77),
    ]
    assert [r.level for r in records.kept] == [-30, 40]
    peer.says(*[record(30, number) for number in range(2 * MOST_KEPT)])
    assert [r.number for r in records.kept] == list(range(MOST_KEPT, 2 * MOST_KEPT))


def test_a_restart_is_told_with_what_was_in_hand_once():
    around = Around()
    service = service_of(around)
    Peer(service, 0).says(output(0))
    around.calls = Calls(0, None, 0, 0.0)
    Peer(service, 1, pid=77).connection.lost()
    assert around.restarts == []
    second = Peer(service, 1)
    assert [(loss.task.name, loss.pid, loss.in_hand) for loss in around.restarts] == [("sink-0", 77, 0)]
    second.says([wire.STEP, [[0, OUTPUT, None, 0.0]], [], 1], [wire.BYE])
    second.connection.lost()
    assert len(around.restarts) == 1


def test_one_that_left_and_joins_again_has_not_died():
    around = Around()
    service = service_of(around, nb_tasks=2)
    Peer(service, 0)
    Peer(service, 1)
    leaver = Peer(service, 2)
    service.retire(2)
    leaver.says([wire.BYE])
    assert service.add_task(1) == 2
    leaver.connection.lost()  # which is noticed only now
    again = Peer(service, 2)
    assert again.connection.incarnation == 1
    assert around.restarts == []


def test_a_host_is_lost_with_the_tasks_that_are_connected():
    around = Around()
    service = service_of(around)
    source, sink = Peer(service, 0), Peer(service, 1)
    slot = slot_number(0, 0, 0)
    source.says([wire.STEP, [[n, OUTPUT, [b"N.", [], [slot]], 0.0] for n in range(2)], [], 1])
    service.lose_slots([(0, 0)])
    failure = service.ledger.failure
    assert failure.reason == STATE_LOST  # of the source, which comes first
    assert sink.told[-1][5] & wire.ABORT


def test_a_message_that_went_with_its_host_ends_the_run():
    around = Around()
    nodes = (NodeSpec("source", resumable=True), NodeSpec("sink", (0,)))
    service = LedgerService(Ledger(Topology(nodes, (EdgeSpec(0, 1, 4),))), around)
    source, sink = Peer(service, 0), Peer(service, 1)
    slot = slot_number(0, 0, 0)
    source.says([wire.STEP, [[n, OUTPUT, [b"N.", [], [slot]], 0.0] for n in range(2)], [], 1])
    service.lose_slots([(0, 0)])
    missing = service.ledger.failure
    assert (missing.node.spec.name, missing.number, missing.owners) == ("sink", 1, ((0, 0),))
    assert sink.told[-1][5] & wire.ABORT


def test_who_cannot_get_at_an_input_is_told_to_begin_anew():
    around = Around()
    nodes = (NodeSpec("source", resumable=True), NodeSpec("sink", (0,)))
    topology = Topology(nodes, (EdgeSpec(0, 1, 4),), tolerates_loss=True)
    service = LedgerService(Ledger(topology), around)
    source, sink = Peer(service, 0), Peer(service, 1)
    slot = slot_number(0, 0, 0)
    source.says([wire.STEP, [[n, OUTPUT, [b"N.", [], [slot]], 0.0] for n in range(2)], [], 1])
    sink.says([wire.LOST, 0, [slot]])
    assert sink.told[-1][1] == [[1, [[b"N.", [], [slot]]], 0]]
    assert sink.told[-1][5] == wire.ANEW
    assert service.ledger.nodes[1].counters.lost == 1
    sink.says([wire.STEP, [], [slot], 1])
    assert not sink.told[-1][5] & wire.ANEW
