"""The shell around the ledger, with the wire played by the test."""

from __future__ import annotations

from typing import Any

from daskflow.ledger import GPU_LOST, OUTPUT, STATE_LOST, Dead, EdgeSpec, Ledger, NodeSpec, Topology
from daskflow.ledger.slots import slot_number
from daskflow.transport import wire
from daskflow.transport.call_record import Calls
from daskflow.transport.service import LedgerService, Loss


class Peer:
    """One task's process."""

    def __init__(self, service: LedgerService, task: int) -> None:
        self.told: list[Any] = []
        self.connection = service.connect(self.told.append)
        self.service = service
        self.says([wire.HELLO, task, 1])
        self.says([wire.STEP, [], [], 1])

    def says(self, *frames: list[Any]) -> None:
        self.connection.take_in(list(frames))
        self.service.flush()


class Around:
    """What the service cannot see: the test says it."""

    def __init__(self, lost: list[tuple[int, int]]) -> None:
        self.lost = lost
        self.calls: Calls | None = None
        self.dead: list[tuple[int, list[Any]]] = []

    def note_over(self) -> None: ...

    def remove_slot(self, slot: int) -> None: ...

    def remove_slots_of(self, task: int, incarnation: int) -> None:
        self.lost.append((task, incarnation))

    def calls_of(self, task: int) -> Calls | None:
        return self.calls

    def write_down(self, dead: Dead) -> None:
        self.dead.append((dead.number, [payload.descriptor for payload in dead.inputs]))

    def note_all_here(self) -> None: ...

    def note_exit(self, pid: int, exit_code: int) -> None: ...

    def failure(self, loss: Loss) -> Loss:
        return loss


def service_of(lost: list[tuple[int, int]], *, resumable: bool) -> LedgerService:
    nodes = (NodeSpec("source", resumable=False), NodeSpec("sink", (0,), resumable=resumable))
    ledger = Ledger(Topology(nodes, (EdgeSpec(0, 1, 4),)))
    return LedgerService(ledger, Around(lost))


def test_a_successor_that_comes_before_the_loss_is_noticed_does_not_hide_it():
    lost: list[tuple[int, int]] = []
    service = service_of(lost, resumable=False)
    Peer(service, 0)
    first = Peer(service, 1)
    Peer(service, 1)
    first.connection.lost()
    assert lost == [(1, 0)]
    assert service.ledger.failure.reason == STATE_LOST


def test_a_stateless_successor_goes_on():
    service = service_of([], resumable=True)
    source, first = Peer(service, 0), Peer(service, 1)
    first.connection.lost()
    second = Peer(service, 1)
    source.says([wire.STEP, [[0, 0, b"pickle", 0.0]], [], 1])
    assert service.ledger.failure is None
    assert second.told[-1][1] == [[0, [b"pickle"], False]]


def test_what_a_given_up_process_says_is_refused():
    service = service_of([], resumable=True)
    Peer(service, 0)
    first = Peer(service, 1)
    Peer(service, 1)
    first.says([wire.BROKEN, b"error"])
    assert first.told[-1][0] == wire.REFUSED
    assert service.ledger.failure is None


def test_a_loss_of_gpu_memory_that_is_held_fails_the_run():
    nodes = (NodeSpec("source", resumable=False), NodeSpec("net", (0,)), NodeSpec("sink", (1,)))
    ledger = Ledger(Topology(nodes, (EdgeSpec(0, 1, 4), EdgeSpec(1, 2, 4))))
    service = LedgerService(ledger, Around([]))
    source, net, sink = (Peer(service, task) for task in range(3))
    source.says([wire.STEP, [[0, OUTPUT, b"pickle", 0.0]], [], 1])
    slot = slot_number(1, 0, 0, on_gpu=True)
    net.says([wire.STEP, [[0, OUTPUT, [b"pickle", [], [slot]], 0.0]], [], 1])
    assert sink.told[-1][1] == [[0, [[b"pickle", [], [slot]]], False]]
    net.connection.lost()
    assert service.ledger.failure.reason == GPU_LOST
