"""The shell around the ledger: frames in, events to the ledger, frames out."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from daskflow.ledger import Ledger, Start
from daskflow.ledger.state import TaskState
from daskflow.transport.call_record import Calls
from daskflow.transport.clock import clock
from daskflow.transport.connection import Connection
from daskflow.transport.observations import Observations, Times
from daskflow.transport.pictures import Pictures
from daskflow.transport.reading import Reading
from daskflow.transport.records import Records
from daskflow.transport.surroundings import Loss, Surroundings


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
    preview : bool
        Whether pictures of messages may be shown.
    records : Records, optional
        Take in what the tasks log, and what goes wrong in them.
    """

    def __init__(
        self,
        ledger: Ledger,
        surroundings: Surroundings,
        now_s: Callable[[], float] = clock,
        preview: bool = True,
        records: Records | None = None,
    ) -> None:
        self.ledger = ledger
        self.records = Records() if records is None else records
        self.now_s = now_s
        self.pictures = Pictures(ledger.nodes, preview, now_s)
        self._surroundings = surroundings
        self._observations = Observations(len(ledger.tasks))
        self._connections: dict[int, Connection] = {}
        self._spoke: dict[Connection, None] = {}
        self._pids: dict[int, list[int]] = {}  # of each task's processes that came and have not ended yet
        self._deaths: dict[int, Loss] = {}  # of each task, until its next process comes
        self._awaited: list[tuple[Callable[[], bool], Callable[[], object]]] = []
        self.note_joined: Callable[[int, int, int], object] = lambda task, incarnation, pid: None
        """Called with each process that joins: its task, incarnation and id."""
        self._all_came = False
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

    def fail_of(self, task: TaskState, failure: Exception) -> None:
        """As `fail`, because of something that a task could not tell of; the next flush says it to all."""
        if self.ledger.failure is None:
            self._surroundings.note_failure(task, failure)
        self.ledger.fail(failure)

    def add_task(self, node: int) -> int:
        """Let one more task of a node, by index, take part; returns the index of the task.

        Raises
        ------
        ValueError
            The node's tasks have state, or it has no more messages.
        """
        now = self.now_s()
        task = self.ledger.add_task(node, now)
        self._observations.join(task, now)
        return task

    def retire(self, task: int) -> None:
        """Have a task leave when it has finished what it has in hand."""
        self.ledger.retire(task, self.now_s())
        self.flush()

    def when(self, is_so: Callable[[], bool], then: Callable[[], object]) -> None:
        """Call something once something is so, which is looked at after all that tasks say."""
        self._awaited.append((is_so, then))
        self.flush()

    def note(self, connection: Connection) -> None:
        """Remember that a connection has spoken since the last flush."""
        self._spoke[connection] = None

    def flush(self) -> None:
        """Tell every task what it must be told after all that came in since the last flush."""
        self.ledger.settle(self.now_s())
        for missing in self.ledger.take_missing():
            self.ledger.fail(self._surroundings.failure_of_missing(missing))
        for state in self.ledger.take_to_tell():
            connection = self._connections.get(state.index)
            if connection is not None:
                self._spoke.pop(connection, None)
                connection.tell(state)
        for connection in self._spoke:
            connection.answer()
        self._spoke.clear()
        for slot in self.ledger.take_orphans():
            self._surroundings.remove_slot(slot)
        if self._awaited:
            self._look_after_awaited()
        if self.ledger.is_over and not self._over:
            self._over = True
            self._surroundings.note_over()

    def _look_after_awaited(self) -> None:
        come = [each for each in self._awaited if each[0]()]
        for each in come:
            self._awaited.remove(each)
            each[1]()

    def join(self, connection: Connection, task: int, pid: int) -> Start:
        """Make a connection the one of a task; returns what its process begins with."""
        self._pids.setdefault(task, []).append(pid)
        earlier = self._connections.get(task)
        if earlier is not None:
            self.leave(earlier)  # its end has not been noticed yet, but here is its successor
        start = self.ledger.register(task, self.now_s())
        self._connections[task] = connection
        self.note_joined(task, start.incarnation, pid)
        death = self._deaths.pop(task, None)
        if death is not None and start.incarnation:
            self._surroundings.note_restart(death)
        if not self._all_came and len(self._pids) == len(self.ledger.tasks):
            self._all_came = True
            self._surroundings.note_all_here()
        return start

    def task_of(self, connection: Connection) -> TaskState | None:
        """The task that a connection speaks for; None where it said none, or its process was given up."""
        if connection.task is None or self._connections.get(connection.task) is not connection:
            return None
        state = self.ledger.tasks[connection.task]
        return state if state.present and state.incarnation == connection.incarnation else None

    def lose_slots(self, owners: Collection[tuple[int, int]]) -> None:
        """Take note that a host is gone, with the memory of these tasks and incarnations.

        Those of them that are connected are given up. To be called before others take their places, so that
        a producer which can begin earlier does.
        """
        for task, incarnation in owners:
            connection = self._connections.get(task)
            if connection is not None and connection.incarnation == incarnation:
                self._leave(connection)
        self.ledger.lose_slots(owners, self.now_s())
        self.flush()

    def give_up(self, task: int, incarnation: int) -> None:
        """Take note that a task's process is gone, or as good as gone; nothing if another has its place."""
        connection = self._connections.get(task)
        if connection is not None and connection.incarnation == incarnation:
            self.leave(connection)

    def leave(self, connection: Connection) -> None:
        """Take note that a connection is gone, with or without a farewell."""
        self._leave(connection)
        self.flush()

    def _leave(self, connection: Connection) -> None:
        self._spoke.pop(connection, None)
        task, incarnation = connection.task, connection.incarnation
        if task is None or self._connections.get(task) is not connection:
            return
        del self._connections[task]
        self.pictures.forget(task)
        calls = self._surroundings.calls_of(task)
        if calls is None or calls.incarnation != incarnation:
            calls = Calls(incarnation, None, None, 0.0)
        is_late = connection.late_number is not None and connection.late_number == calls.in_hand
        state = self.ledger.tasks[task]
        has_died = state.present and state.incarnation == incarnation  # without a farewell
        reason = self.ledger.lose(
            task,
            incarnation,
            self.now_s(),
            finished=calls.finished,
            in_hand=calls.in_hand,
            several=calls.several,
            is_late=is_late,
        )
        for dead in self.ledger.take_dead():
            self._surroundings.write_down(dead, partial(self.ledger.bury, dead))
        self._surroundings.remove_slots_of(task, incarnation)
        in_hand = None if calls.several else calls.in_hand  # of several it is not known which
        loss = Loss(state, reason or "", connection.pid, in_hand, connection.killed_for, calls.part)
        if has_died and not state.closed:
            self._deaths[task] = loss
        if reason is not None:
            self.ledger.fail(self._surroundings.failure(loss))

    def ask_for_picture(self, source: str, target: str) -> None:
        """Ask a task for a picture of the next message that it takes from an edge, if one is due."""
        asked = self.pictures.next_task(source, target)
        if asked is not None:
            task, argument = asked
            connection = self._connections.get(task.index)
            if connection is not None:
                connection.show(argument)

    def note_exit(self, task: int, exit_code: int | None) -> None:
        """Take note that a process of a task's worker has ended, which may never have said who it is."""
        pids = self._pids.get(task)
        if pids:
            self._surroundings.note_exit(pids.pop(0), exit_code)
        elif not self.ledger.is_over:
            reason = self.ledger.note_stillbirth(task, self.now_s())
            if reason is not None:
                self._surroundings.note_exit(0, exit_code)
                loss = Loss(self.ledger.tasks[task], reason, 0, None, None)
                self.fail(self._surroundings.failure(loss))

    def kill(self, task: int, pid: int, why: str, number: int | None = None) -> None:
        """Kill a task's process, unless another has taken its place; a run that fails of it says why.

        With a number, for the call that takes too long: not if it has come to an end meanwhile.
        """
        connection = self._connections.get(task)
        if connection is None or connection.pid != pid:
            return
        if number is not None:
            calls = self._surroundings.calls_of(task)
            if calls is None or calls.in_hand != number:
                return
            connection.late_number = number
        # The first time so that it says where it was; should it be past that, without asking.
        number = signal.SIGABRT if connection.killed_for is None else signal.SIGKILL
        connection.killed_for = why
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def note_killed(self, task: int, incarnation: int, why: str, number: int | None = None) -> None:
        """Take note of why a process was killed by who looks after it on its host; see `kill`."""
        connection = self._connections.get(task)
        if connection is not None and connection.incarnation == incarnation:
            connection.killed_for, connection.late_number = why, number

    def take_times(self, task: int, times: Times) -> None:
        """Take note of how a task spent its time."""
        self._observations.take_times(task, times, self.ledger.started_s, self.now_s())

    def read(self) -> Reading:
        """All that is known of the run now."""
        now = self.now_s()
        return Reading(now, self.ledger.counts(now), self._observations.times, self.processes())

    def processes(self) -> dict[int, int]:
        """The process id of each task that has one at the moment."""
        return {task: connection.pid for task, connection in self._connections.items()}
