"""The shell around the ledger: frames in, events to the ledger, frames out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from daskflow.errors import ProtocolError, StaleTaskError, TaskLostError
from daskflow.ledger import NOTHING, OUTPUT, Ledger, Outcome, Payload
from daskflow.ledger.state import TaskState
from daskflow.transport import wire
from daskflow.transport.checking import check_frame
from daskflow.transport.descriptor import slots_of
from daskflow.transport.wire import MalformedFrame

logger = logging.getLogger("daskflow.transport")

clock = time.monotonic


class LedgerService:
    """Connects the tasks of one run with its ledger.

    All methods but `connect` are called in the ledger's thread; none blocks.

    Parameters
    ----------
    ledger : Ledger
        The run's.
    on_over : callable
        Called once, when every task has closed.
    on_orphan : callable
        Called with a slot number when nobody holds it and its owner is gone: its file can go.
    on_loss : callable
        Called with task and incarnation when a process is gone: slots of it that nobody holds can go.
    """

    def __init__(
        self,
        ledger: Ledger,
        on_over: Callable[[], None],
        on_orphan: Callable[[int], None],
        on_loss: Callable[[int, int], None],
    ) -> None:
        self._on_loss = on_loss
        self.ledger = ledger
        self._on_over = on_over
        self._on_orphan = on_orphan
        self._connections: dict[int, Connection] = {}
        self._spoke: dict[Connection, None] = {}
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
        self.ledger.settle(clock())
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
            self._on_orphan(slot)
        if self.ledger.is_over and not self._over:
            self._over = True
            self._on_over()

    def join(self, connection: Connection, task: int) -> int:
        """Make a connection the one of a task; returns the new incarnation."""
        earlier = self._connections.get(task)
        if earlier is not None:
            self.leave(earlier)  # its end has not been noticed yet, but here is its successor
        incarnation = self.ledger.register(task, clock())
        self._connections[task] = connection
        return incarnation

    def task_of(self, connection: Connection) -> TaskState | None:
        """The task that a connection speaks for; None where it said none, or its process was given up."""
        if connection.task is None or self._connections.get(connection.task) is not connection:
            return None
        state = self.ledger.tasks[connection.task]
        return state if state.present and state.incarnation == connection.incarnation else None

    def leave(self, connection: Connection) -> None:
        """Take note that a connection is gone, with or without a farewell."""
        self._spoke.pop(connection, None)
        task, incarnation = connection.task, connection.incarnation
        if task is None or self._connections.get(task) is not connection:
            return
        del self._connections[task]
        can_go_on = self.ledger.lose(task, incarnation, clock())
        self._on_loss(task, incarnation)
        if not can_go_on:
            state = self.ledger.tasks[task]
            self.ledger.fail(_loss(state))
        self.flush()


class Connection:
    """One task process's way to the ledger."""

    def __init__(self, service: LedgerService, send: Callable[[list[Any]], None]) -> None:
        self._service = service
        self._send = send
        self.task: int | None = None
        self.incarnation = -1
        self.is_refused = False
        self._steps = 0

    def take_in(self, frames: list[list[Any]]) -> None:
        """Handle frames that came in together; the next flush answers them."""
        self._service.note(self)
        for frame in frames:
            if self.is_refused:
                break
            try:
                check_frame(frame)
                self._handle(frame)
            except (StaleTaskError, MalformedFrame) as error:
                self.refuse(error)

    def refuse(self, error: Exception) -> None:
        """Take in nothing more from the other side, and tell it why.

        A process that was given up is only told. One that runs its task has said what it may not, or what
        cannot be understood: nobody else would do its work, so that ends the run.
        """
        self.is_refused = True
        state = self._service.task_of(self)
        if state is None:
            logger.warning("refused what a process sent: %s", error)
        else:
            failure = ProtocolError(f"task {state.name} sent what the ledger refuses: {error}")
            logger.error("%s", failure)
            self._service.ledger.fail(failure)
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
        leases = [[lease.number, [p.descriptor for p in lease.payloads]] for lease in outbox.leases]
        self._send([wire.TOLD, leases, outbox.room, outbox.inline_room, outbox.freed, flags, self._steps])
        self._steps = 0
        state.node.counters.tellings += 1
        outbox.leases.clear()
        outbox.freed = []

    def _handle(self, frame: list[Any]) -> None:
        service = self._service
        operation = frame[0]
        if (self.task is None) != (operation == wire.HELLO):
            raise MalformedFrame("a process says first, and once, which task it runs")
        if operation == wire.STEP:
            _, outcomes, released, target = frame
            assert self.task is not None
            self._steps += 1
            service.ledger.exchange(
                self.task, self.incarnation, [_outcome(o) for o in outcomes], released, target, clock()
            )
        elif operation == wire.HELLO:
            if frame[1] >= len(service.ledger.tasks):
                raise MalformedFrame(f"there is no task {frame[1]}")
            self.task = frame[1]
            self.incarnation = service.join(self, frame[1])
            self._send([wire.WELCOME, self.incarnation])
        elif operation == wire.END:
            assert self.task is not None
            service.ledger.end(self.task, self.incarnation)
        elif operation == wire.BYE:
            assert self.task is not None
            service.ledger.close(self.task, self.incarnation)
        elif operation == wire.BROKEN:
            assert self.task is not None
            service.ledger.broken(self.task, self.incarnation, frame[1])


def _outcome(fields: list[Any]) -> Outcome:
    if fields[1] == OUTPUT:
        body = fields[2]
        fields[2] = NOTHING if body is None else Payload(body, slots_of(body))
    return Outcome._make(fields)


def _loss(state: TaskState) -> TaskLostError:
    return TaskLostError(
        f"the process of task {state.name} of node {state.node.spec.name!r} died, and with it what the "
        "node remembered: its results cannot be continued by a fresh copy"
    )
