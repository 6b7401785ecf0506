"""The state machine of a run: what tasks report goes in, what tasks must be told comes out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from daskflow.errors import StaleTaskError
from daskflow.ledger.counts import LedgerCounts, counts_of
from daskflow.ledger.dispatch import Dispatcher
from daskflow.ledger.durability import Durability, Missing
from daskflow.ledger.losses import TOO_OFTEN, Dead, Losses
from daskflow.ledger.messages import Outcome, Start
from daskflow.ledger.outcomes import Outcomes
from daskflow.ledger.paths import Paths
from daskflow.ledger.scaling import Scaling
from daskflow.ledger.state import STARVED, NodeState, Outbox, TaskState
from daskflow.ledger.streams import Streams
from daskflow.ledger.topology import Topology


class Ledger:
    """Knows every message of one run.

    No I/O, no clock of its own and no waiting: each method takes an event and the time. After one event or
    several, `settle` works out what now follows, and `take_to_tell` names the tasks whose outbox has what
    they wait for. The shell around it, `LedgerService`, owns sockets and clocks.

    A task's process registers (a new incarnation), then exchanges: outcomes and released slots in, leases,
    room and freed slots out, until its outbox says that the node has ended; then it closes.
    """

    def __init__(self, topology: Topology) -> None:
        self._streams = Streams(topology)
        self._durability = Durability(self._streams)
        self._dispatcher = Dispatcher(self._streams, self._durability)
        self._losses = Losses(self._streams, self._durability)
        self._outcomes = Outcomes(self._streams, self._durability)
        self._scaling = Scaling(self._streams)
        self._paths = Paths(self._streams.nodes)
        self._nb_open = len(self._streams.tasks)  # tasks that have not closed
        self._started_s: float | None = None
        self._aborting = False
        self.failure: Any = None
        """What failed the run first; None while nothing has."""

    # -- the life of a task ---------------------------------------------------------------------------

    def register(self, task: int, now: float) -> Start:
        """Begin a new incarnation of a task: a process that is about to open its node.

        Returns
        -------
        Start
            What it begins with. An earlier incarnation is given up: what it still says is refused.

        Raises
        ------
        StaleTaskError
            The task has closed: there is nothing to do for another process.
        """
        state = self._streams.tasks[task]
        if state.incarnation >= 0 and not state.closed:
            self.lose(task, state.incarnation, now)
        if state.closed:
            raise StaleTaskError(f"task {state.name} has closed: it is not run again")
        if self._durability.is_behind and not self._aborting:
            self._durability.mend()  # a producer may have to begin earlier
        state.incarnation += 1
        state.present = True
        state.outbox = Outbox(
            ended=state.node.announced or state.is_retiring,
            stop=self.is_stopping and state.node.is_source and not state.node.is_going_back,
            abort=self._aborting,
        )
        history = state.node.history
        snapshot = None if history is None else history.snapshot
        if snapshot is not None:
            self._streams.slots.show(task, snapshot.slots)
        return Start(state.incarnation, state.node.next_number, snapshot)

    def exchange(
        self,
        task: int,
        incarnation: int,
        outcomes: Sequence[Outcome],
        released: Iterable[int],
        wanted: int,
        now: float,
    ) -> None:
        """Take in what a task has finished and let go of, and how many leases it wants to hold from now on.

        The first exchange of an incarnation says that its node is open. No message moves before every task
        of the run has said so.

        Raises
        ------
        StaleTaskError
            The incarnation was given up, or an outcome is for a number that the task does not hold.
        """
        state = self._current(task, incarnation)
        node = state.node
        if outcomes:
            self._outcomes.take_in(state, outcomes, self.fail)
            state.done += len(outcomes)
            node.counters.worked(sum([outcome.busy_s for outcome in outcomes]), now)
            if node.is_source or not node.edges_out:
                self._paths.note(node, outcomes, now)
        if released:
            self._streams.slots.release(task, released)
        if not state.leased:
            state.enter(STARVED, now)
        if state.is_retiring:
            wanted = 0
        node.wanted += wanted - state.wanted
        state.wanted = wanted
        node.counters.steps += 1
        self._streams.touched[node] = None
        if not state.attached:
            state.attached = True
            if state.outbox.ended or state.outbox.stop or state.outbox.abort:  # before it was there
                self._dispatcher.to_tell[state] = None
            self._start_when_all_are_open(now)

    def settle(self, now: float) -> None:
        """Work out what the tasks must be told after the events so far."""
        if self._scaling.leaving:
            self._scaling.note_left(now, self._started_s or now)
        if self._started_s is not None and not self._aborting:
            if self._durability.is_behind:
                self._durability.mend()
            if self._streams.loose:
                self._durability.release_needless()
            self._dispatcher.settle(now)

    def end(self, task: int, incarnation: int) -> None:
        """Note that a producer has no further message."""
        node = self._current(task, incarnation).node
        if not node.is_source:
            raise StaleTaskError(
                f"task {self._streams.tasks[task].name} is no producer and cannot end its stream"
            )
        if node.is_going_back:
            self._durability.end_early(node)
        if node.end is None:
            self._streams.end(node, node.next_number)
            for other in self._streams.nodes:
                if other.is_source:
                    self._streams.touched[other] = None  # its output may have become needless

    def close(self, task: int, incarnation: int) -> None:
        """Note that a task has closed its node and will say no more."""
        state = self._current(task, incarnation)
        self._note_closed(state)
        state.present = state.attached = False
        self._streams.slots.forget(task)
        self._outcomes.forget_history(state.node)

    def broken(self, task: int, incarnation: int, failure: Any) -> None:
        """Note that a task's node failed outside any message, which fails the run."""
        self._current(task, incarnation)
        self.fail(failure)

    def lose(
        self,
        task: int,
        incarnation: int,
        now: float,
        *,
        finished: int | None = None,
        in_hand: int | None = None,
        several: bool = False,
        is_late: bool = False,
    ) -> str | None:
        """Give up an incarnation whose process is gone.

        Its leases go back, in order, and its views end.

        Parameters
        ----------
        task, incarnation, now : int, int, float
            Whose process it was, and the time.
        finished, in_hand : int, optional
            The last number on which the node had finished, and the number that it was working on.
        several, is_late : bool
            Whether that is only the first of several; whether the process was killed because it worked on
            that for too long.

        Returns
        -------
        str or None
            Why the run cannot go on; see `daskflow.ledger.losses`. The caller then says what failed with
            `fail`. None if it can.
        """
        state = self._streams.tasks[task]
        if incarnation != state.incarnation or not state.present:
            return None
        self._dispatcher.orphans.extend(state.outbox.freed)
        reason = self._losses.take_back(state, finished, in_hand, several=several, is_late=is_late, now=now)
        if self._aborting:
            self._note_closed(state)
            return None
        if state.is_retiring:  # it was to end, and is not run again
            self._note_closed(state)
            return None if reason == TOO_OFTEN else reason
        return reason

    def note_stillbirth(self, task: int, now: float) -> str | None:
        """Count a process that died before it registered; returns the same as `lose`."""
        state = self._streams.tasks[task]
        return None if self._aborting or state.closed else self._losses.count(state, now)

    def take_dead(self) -> list[Dead]:
        """The messages given up since the last call; each is to be given to `bury`."""
        dead, self._losses.dead = self._losses.dead, []
        return dead

    def bury(self, dead: Dead) -> None:
        """Let go of a message that was given up, when it has been written down."""
        self._losses.bury(dead)

    # -- what is lost with a host -----------------------------------------------------------------------

    def lose_slots(self, owners: Collection[tuple[int, int]], now: float) -> None:
        """Note that the memory of a host is gone, and with it the slots of these tasks and incarnations.

        Those that are still there are to be given up with `lose` before the next `settle`, which has what
        waits made again, or loses it. What others have in hand they may go on with.
        """
        self._durability.lose_slots(owners)

    def lost_input(
        self, task: int, incarnation: int, number: int, slots: Collection[int], now: float
    ) -> None:
        """Take all back that a task holds, since it could not get at these slots of the inputs of a number.

        Its other leases too, or a node with one task would come to later numbers before this one. It forgets
        all it is told of until its outbox says *anew*, and releases the slots of each lease.

        Raises
        ------
        StaleTaskError
            The incarnation was given up, it does not hold the number, or that is in none of these slots.
        """
        state = self._current(task, incarnation)
        self._durability.lost_input(state, number, slots)
        self._dispatcher.to_tell[state] = None
        state.enter(STARVED, now)

    def take_missing(self) -> list[Missing]:
        """What was lost since the last call and ends the run; the caller says so with `fail`."""
        missing, self._durability.missing = self._durability.missing, []
        return missing

    # -- how many tasks run a node ----------------------------------------------------------------------

    def add_task(self, node: int, now: float) -> int:
        """Let one more task of a node take part; returns its index. Its process is to register.

        Raises
        ------
        ValueError
            The node's tasks have state, or there is nothing left for it to do; the message is a clause
            about the node.
        """
        if self._aborting:
            raise ValueError("the run is being ended")
        self._scaling.note_left(now, self._started_s or now)
        state = self._scaling.add(self._streams.nodes[node], now)
        self._nb_open += 1
        return state.index

    def retire(self, task: int, now: float) -> None:
        """Have a task leave the run when it has finished what it has in hand.

        The node keeps at least one. What the task still says until it closes is taken in.
        """
        state = self._streams.tasks[task]
        self._scaling.retire(state)
        if state.present:
            self._dispatcher.to_tell[state] = None
        else:
            self._note_closed(state)  # there is nobody to close it
        self._start_when_all_are_open(now)

    def resize(self, source: int, target: int, capacity: int, inline_capacity: int) -> None:
        """Let an edge, between nodes by index, hold more or fewer messages; what it holds already stays."""
        self._scaling.resize(source, target, capacity, inline_capacity)

    def has_left(self, task: int) -> bool:
        """Whether a task has closed, and nobody holds results in the GPU memory of its process any more."""
        state = self._streams.tasks[task]
        return state.closed and not self._streams.slots.is_any_held_on_gpu(task, state.incarnation)

    # -- the run ----------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Ask the producers to end; what is under way is finished."""
        self._streams.is_stopping = True
        for state in self._streams.tasks:
            if state.node.is_source and not state.node.is_going_back:
                state.outbox.stop = True
                self._dispatcher.to_tell[state] = None

    def abort(self) -> None:
        """End the run at once: each task closes after the call it is in; tasks that are gone stay so."""
        self._aborting = True
        for state in self._streams.tasks:
            state.outbox.abort = True
            state.outbox.leases.clear()
            if not state.present:
                self._note_closed(state)  # there is nobody to close it
            self._dispatcher.to_tell[state] = None

    def fail(self, failure: Any) -> None:
        """Note what failed the run, if it is the first, and end it."""
        if self.failure is None:
            self.failure = failure
        if not self._aborting:
            self.abort()

    @property
    def is_over(self) -> bool:
        """Whether every task has closed."""
        return self._nb_open == 0

    @property
    def is_aborting(self) -> bool:
        """Whether the run was ended before its stream."""
        return self._aborting

    @property
    def started_s(self) -> float | None:
        """When messages could first move; None while nodes are still opening."""
        return self._started_s

    @property
    def is_stopping(self) -> bool:
        """Whether the producers were asked to end."""
        return self._streams.is_stopping

    @property
    def tasks(self) -> Sequence[TaskState]:
        """The tasks by index, for the shell to read names and outboxes."""
        return self._streams.tasks

    @property
    def nodes(self) -> Sequence[NodeState]:
        """The nodes by index, for tests and reports to read."""
        return self._streams.nodes

    @property
    def slots_in_use(self) -> int:
        """How many slots have a holder."""
        return len(self._streams.slots)

    def can_use_answer(self, task: int) -> bool:
        """Whether a task that has spoken gains from being told so, although there is nothing it waits for.

        A task with nothing in hand is about to wait: an answer that brings nothing would only wake it up.
        """
        state = self._streams.tasks[task]
        return bool(state.leased or state.node.is_source or state.outbox.freed)

    def take_to_tell(self) -> list[TaskState]:
        """The tasks whose outbox has something they wait for, each once."""
        to_tell, self._dispatcher.to_tell = self._dispatcher.to_tell, {}
        return list(to_tell)

    def take_orphans(self) -> list[int]:
        """Slots that nobody holds any more and whose owner is gone."""
        orphans, self._dispatcher.orphans = self._dispatcher.orphans, []
        return orphans

    def holds_slot(self, slot: int) -> bool:
        """Whether a slot still has a holder."""
        return self._streams.slots.is_held(slot)

    def counts(self, now: float) -> LedgerCounts:
        """All counters, as they are now."""
        return counts_of(self._streams.nodes, self._streams.tasks, self._paths, self._started_s, now)

    # -- inside -----------------------------------------------------------------------------------------

    def _current(self, task: int, incarnation: int) -> TaskState:
        state = self._streams.tasks[task]
        if incarnation != state.incarnation or not state.present:
            raise StaleTaskError(f"incarnation {incarnation} of task {state.name} was given up")
        return state

    def _note_closed(self, state: TaskState) -> None:
        self._nb_open -= not state.closed
        state.closed = True

    def _start_when_all_are_open(self, now: float) -> None:
        if self._started_s is None and all(task.attached or task.is_retiring for task in self._streams.tasks):
            self._started_s = now
            for task in self._streams.tasks:
                task.mode_since_s = now
            self._streams.touched.update(dict.fromkeys(self._streams.nodes))
