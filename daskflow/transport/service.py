"""The shell around the ledger: frames in, events to the ledger, frames out."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from daskflow.errors import StaleTaskError
from daskflow.ledger import NOTHING, OUTPUT, Dead, Ledger, Outcome, Payload, Start
from daskflow.ledger.state import TaskState
from daskflow.transport import wire
from daskflow.transport.descriptor import slots_of

logger = logging.getLogger("daskflow.transport")

clock = time.monotonic

LATE, TOO_LARGE = "late", "too large"
"""Why a task's process was killed: its call took too long, or it took too much memory."""


class Loss(NamedTuple):
    """The end of a process that ends the run.

    Attributes
    ----------
    task : TaskState
        Whose process it was.
    reason : str
        As `Ledger.lose` gave it.
    pid : int
        Of the process.
    in_hand : int or None
        The number that the node was working on.
    killed_for : str or None
        `LATE` or `TOO_LARGE`, where the run itself killed it.
    """

    task: TaskState
    reason: str
    pid: int
    in_hand: int | None
    killed_for: str | None


class Surroundings(Protocol):
    """What the service cannot see or do itself. Called in the ledger's thread, which it must not hold up."""

    def note_over(self) -> None:
        """Take note that every task has closed; called once."""

    def remove_slot(self, slot: int) -> None:
        """Remove the file of a slot that nobody holds and whose owner is gone."""

    def remove_slots_of(self, task: int, incarnation: int) -> None:
        """Remove the slots of a process that is gone, where nobody holds them."""

    def number_in_hand(self, task: int, incarnation: int) -> int | None:
        """The number that the node of a process is working on, or was when it died."""

    def write_down(self, dead: Dead) -> None:
        """Keep a message that is given up, while its inputs are still there."""

    def failure(self, loss: Loss) -> Any:
        """What `Ledger.fail` is told of a loss that ends the run."""


class LedgerService:
    """Connects the tasks of one run with its ledger.

    All methods but `connect` are called in the ledger's thread; none blocks.

    Parameters
    ----------
    ledger : Ledger
        The run's.
    surroundings : Surroundings
        Of the run.
    now_s : callable
        The time that the ledger is told.
    """

    def __init__(
        self, ledger: Ledger, surroundings: Surroundings, now_s: Callable[[], float] = clock
    ) -> None:
        self.ledger = ledger
        self.now_s = now_s
        self._surroundings = surroundings
        self._connections: dict[int, Connection] = {}
        self._spoke: dict[Connection, None] = {}
        self._pids: set[int] = set()  # of all processes that have said who they are
        self._over = False

    def connect(self, send: Callable[[list[Any]], None]) -> Connection:
        """A new connection, which is told things through `send`."""
        return Connection(self, send)

    def stop(self) -> None:
        """Let the producers end, and what is under way be finished."""
        self.ledger.stop()
        self.flush()

    def fail(self, failure: Any) -> None:
        """End the run at once because of `failure`."""
        self.ledger.fail(failure)
        self.flush()

    def note(self, connection: Connection) -> None:
        """Remember that a connection has spoken since the last flush."""
        self._spoke[connection] = None

    def flush(self) -> None:
        """Tell every task what it must be told after all that came in since the last flush."""
        self.ledger.settle(self.now_s())
        told = self.ledger.take_told()
        for state in told:
            connection = self._connections.get(state.index)
            if connection is not None:
                self._spoke.pop(connection, None)
                connection.tell(state)
        for connection in self._spoke:
            connection.answer()
        self._spoke.clear()
        for slot in self.ledger.take_orphans():
            self._surroundings.remove_slot(slot)
        if self.ledger.is_over and not self._over:
            self._over = True
            self._surroundings.note_over()

    def join(self, connection: Connection, task: int, pid: int) -> Start:
        """Make a connection the one of a task; returns what its process begins with."""
        self._pids.add(pid)
        earlier = self._connections.get(task)
        if earlier is not None:
            self.leave(earlier)  # its end has not been noticed yet, but here is its successor
        start = self.ledger.register(task, self.now_s())
        self._connections[task] = connection
        return start

    def leave(self, connection: Connection) -> None:
        """Take note that a connection is gone, with or without a farewell."""
        self._spoke.pop(connection, None)
        task, incarnation = connection.task, connection.incarnation
        if task is None or self._connections.get(task) is not connection:
            return
        del self._connections[task]
        in_hand = self._surroundings.number_in_hand(task, incarnation)
        is_late = connection.killed_for == LATE and in_hand is not None
        reason = self.ledger.lose(task, incarnation, self.now_s(), in_hand=in_hand, is_late=is_late)
        for dead in self.ledger.take_dead():
            self._surroundings.write_down(dead)
            self.ledger.bury(dead)
        self._surroundings.remove_slots_of(task, incarnation)
        if reason is not None:
            state = self.ledger.tasks[task]
            loss = Loss(state, reason, connection.pid, in_hand, connection.killed_for)
            self.ledger.fail(self._surroundings.failure(loss))
        self.flush()

    def note_exit(self, task: int, pid: int) -> None:
        """Take note that a worker's process has ended; it matters if it never said which task it is."""
        if pid in self._pids or self.ledger.is_over:
            return
        reason = self.ledger.note_stillbirth(task, self.now_s())
        if reason is not None:
            loss = Loss(self.ledger.tasks[task], reason, pid, None, None)
            self.fail(self._surroundings.failure(loss))

    def kill(self, task: int, pid: int, why: str) -> None:
        """Kill a task's process, unless another has taken its place; a run that fails of it says why."""
        connection = self._connections.get(task)
        if connection is None or connection.pid != pid:
            return
        # The first time so that it says where it was; should it be past that, without asking.
        number = signal.SIGABRT if connection.killed_for is None else signal.SIGKILL
        connection.killed_for = why
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def processes(self) -> dict[int, int]:
        """The process id of each task that has one at the moment."""
        return {task: connection.pid for task, connection in self._connections.items()}


class Connection:
    """One task process's way to the ledger."""

    def __init__(self, service: LedgerService, send: Callable[[list[Any]], None]) -> None:
        self._service = service
        self._send = send
        self.task: int | None = None
        self.pid = 0
        self.incarnation = -1
        self.killed_for: str | None = None
        self.is_refused = False
        self._steps = 0

    def take_in(self, frames: list[list[Any]]) -> None:
        """Handle frames that came in together; the next flush answers them."""
        self._service.note(self)
        for frame in frames:
            if self.is_refused:
                break
            try:
                self._handle(frame)
            except StaleTaskError as error:
                self.is_refused = True
                logger.warning("%s", error)
                self._send([wire.REFUSED, str(error)])

    def lost(self) -> None:
        """The other side is gone."""
        self._service.leave(self)

    def answer(self) -> None:
        """Tell the task that its steps were taken in, if it can use the answer."""
        if self._steps and self.task is not None and not self.is_refused:
            ledger = self._service.ledger
            if ledger.can_use_answer(self.task):
                self.tell(ledger.tasks[self.task])

    def tell(self, state: TaskState) -> None:
        """Send a task's outbox, and how many of its steps were taken in."""
        outbox = state.outbox
        flags = outbox.stop * wire.STOP | outbox.ended * wire.ENDED | outbox.abort * wire.ABORT
        leases = [
            [number, [payload.descriptor for payload in payloads], is_replay]
            for number, payloads, is_replay in outbox.leases
        ]
        self._send([wire.TOLD, leases, outbox.room, outbox.inline_room, outbox.freed, flags, self._steps])
        self._steps = 0
        state.node.counters.tellings += 1
        outbox.leases.clear()
        outbox.freed = []

    def _handle(self, frame: list[Any]) -> None:
        service = self._service
        operation = frame[0]
        if operation == wire.STEP:
            _, outcomes, released, target = frame
            assert self.task is not None
            self._steps += 1
            service.ledger.exchange(
                self.task,
                self.incarnation,
                [_outcome(o) for o in outcomes],
                released,
                target,
                service.now_s(),
            )
        elif operation == wire.HELLO:
            _, self.task, self.pid = frame
            self.incarnation, number, snapshot = service.join(self, frame[1], frame[2])
            self._send([wire.WELCOME, self.incarnation, number, snapshot and snapshot.descriptor])
        elif operation == wire.END:
            assert self.task is not None
            service.ledger.end(self.task, self.incarnation)
        elif operation == wire.BYE:
            assert self.task is not None
            service.ledger.close(self.task, self.incarnation)
        elif operation == wire.BROKEN:
            assert self.task is not None
            service.ledger.broken(self.task, self.incarnation, frame[1])
        else:
            raise StaleTaskError(f"a task sent a frame that this version does not know: {operation!r}")


def _outcome(fields: list[Any]) -> Outcome:
    if fields[1] == OUTPUT:
        body = fields[2]
        fields[2] = NOTHING if body is None else Payload(body, slots_of(body))
    if len(fields) > 4:
        fields[4] = Payload(fields[4], slots_of(fields[4]))
    return Outcome(*fields)
