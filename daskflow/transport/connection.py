"""One process's way to the ledger: its frames become events, and what its task is told becomes frames."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daskflow.errors import ProtocolError, StaleTaskError
from daskflow.ledger.state import TaskState
from daskflow.transport import wire
from daskflow.transport.checking import check_frame, outcomes_of
from daskflow.transport.observations import Times, busy_from
from daskflow.transport.records import CALLER, Record
from daskflow.transport.wire import MalformedFrame

if TYPE_CHECKING:
    from daskflow.transport.service import LedgerService

logger = logging.getLogger("daskflow.transport")


class Connection:
    """One task process's way to the ledger."""

    def __init__(self, service: LedgerService, send: Callable[[list[Any]], None]) -> None:
        self._service = service
        self._send = send
        self.task: int | None = None
        self.pid = 0
        self.incarnation = -1
        self.killed_for: str | None = None
        self.late_number: int | None = None
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
            self._service.fail_of(state, failure)
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
        if outbox.anew:
            flags |= wire.ANEW
            outbox.anew = False
        leases = [
            [number, [payload.descriptor for payload in payloads], kind]
            for number, payloads, kind in outbox.leases
        ]
        self._send([wire.TOLD, leases, outbox.room, outbox.inline_room, outbox.freed, flags, self._steps])
        self._steps = 0
        state.node.counters.tellings += 1
        outbox.leases.clear()
        outbox.freed = []

    def show(self, argument: int) -> None:
        """Ask the task for a picture of one of its inputs."""
        self._send([wire.SHOW, argument])

    def _handle(self, frame: list[Any]) -> None:
        """Make the call of ledger or service that a frame stands for."""
        service = self._service
        operation = frame[0]
        if (self.task is None) != (operation == wire.HELLO):
            raise MalformedFrame("a process says first, and once, which task it runs")
        if operation == wire.STEP:
            _, outcomes, released, wanted = frame
            assert self.task is not None
            self._steps += 1
            service.ledger.exchange(
                self.task, self.incarnation, outcomes_of(outcomes), released, wanted, service.now_s()
            )
        elif operation == wire.TIMES:
            assert self.task is not None
            _, span_s, waited_s, busy_s, counts, slots, on_disk, pictures, queued_s = frame
            times = Times(span_s, waited_s, busy_from(counts, busy_s), slots, on_disk, pictures, queued_s)
            service.take_times(self.task, times)
        elif operation == wire.HELLO:
            if frame[1] >= len(service.ledger.tasks):
                raise MalformedFrame(f"there is no task {frame[1]}")
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
        elif operation == wire.RECORD:
            assert self.task is not None
            task = service.ledger.tasks[self.task]
            node = task.node.spec.name.removesuffix(CALLER)
            service.records.add(Record._make([*frame[1:], node, task.name, self.pid]))
        elif operation == wire.PICTURE:
            state = service.task_of(self)
            if state is not None:
                service.pictures.came(state, *frame[1:])
        elif operation == wire.LOST:
            assert self.task is not None
            _, number, slots = frame
            service.ledger.lost_input(self.task, self.incarnation, number, slots, service.now_s())
