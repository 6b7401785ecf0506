"""The one loop of a task: open, take a lease, work, commit, ..., close."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from daskflow.core.constants import GPU, SKIP
from daskflow.core.context import Context
from daskflow.core.node import Node, ProducerNode
from daskflow.errors import PayloadLostError
from daskflow.ledger import FRESH, OUTPUT, REPLAY, REPLAY_OF_FAILURE, REPLAYED, SKIPPED
from daskflow.runtime.attempts import Attempts
from daskflow.runtime.batches import Batches, Single
from daskflow.runtime.clock import MACHINE_CLOCK, Clock
from daskflow.runtime.failure import USER_ERRORS
from daskflow.runtime.fused_runner import PACKING, UNPACKING, FusedRunner, runner_for, stays_of
from daskflow.runtime.gpu import TaskGpu, cupy_memory
from daskflow.runtime.inputs import Inputs
from daskflow.runtime.meter import Meter
from daskflow.runtime.mishaps import Mishaps
from daskflow.runtime.pace import Pace
from daskflow.runtime.previews import Previews
from daskflow.runtime.recorder import Recorder
from daskflow.runtime.results import Results
from daskflow.runtime.runner import Message
from daskflow.runtime.session import Session
from daskflow.runtime.snapshots import Snapshots
from daskflow.runtime.spec import TaskSpec
from daskflow.transport.call_record import CallRecord
from daskflow.transport.carrier import Carrier
from daskflow.transport.descriptor import Descriptor
from daskflow.transport.device_memory import DeviceMemory
from daskflow.transport.views import SlotViews

if TYPE_CHECKING:
    from daskflow.transport.far.far_slots import FarSlots

MOST_FAILURES = 1000
"""A producer that raises more often than this in a row has nothing to give, whatever its policy."""


def flush_output() -> None:
    """Write out what the node has printed, where there is still somebody to read it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()


class Task:
    """Runs one node until its stream ends; blocks the thread it runs in.

    Parameters
    ----------
    spec : TaskSpec
        What to run.
    node : Node
        The node itself.
    carrier : Carrier
        The way to the ledger.
    private_inputs : bool
        Copy inputs out of their slots, whatever the node says.
    device_memory : callable
        Finds the memory of the task's GPU, if it has one; called in the task's thread before the node opens.
    clock : Clock
        What time is taken from.
    far : FarSlots, optional
        Its slots on other hosts, where the run is on several.
    """

    def __init__(
        self,
        spec: TaskSpec,
        node: Node,
        carrier: Carrier,
        *,
        private_inputs: bool = False,
        device_memory: Callable[[], DeviceMemory | None] = cupy_memory,
        clock: Clock = MACHINE_CLOCK,
        far: FarSlots | None = None,
    ) -> None:
        self._spec = spec
        self._far = far
        self._carrier = carrier
        self._ctx = Context(
            flow_name=spec.flow_name,
            run_id=spec.run_id,
            node_name=spec.node_name,
            task_name=spec.task_name,
            task_index=spec.task_index,
            task_count=spec.task_count,
            device=spec.device,
            cpu_threads=spec.cpu_threads,
            logger=logging.getLogger(f"daskflow.{spec.node_name}"),
        )
        self._now_s = clock.now_s
        self._runner = runner_for(node, self._ctx, clock)
        self._views = SlotViews(spec.places, far)
        private = private_inputs or node.writable_inputs
        self._inputs = Inputs(spec.places, self._views, private=private, far=far)
        self._meter = Meter(clock.now_s, clock.queued_s)
        self._session = self._new_session(carrier, clock)
        self._views.on_release = self._session.note_release
        self._previews = Previews(spec.preview, self._session.say)
        self._session.show = self._previews.ask
        if far is not None:
            self._session.fetch_ahead, far.look = far.begin, self._look_while_waiting
        self._pace = Pace(spec.prefetch, self._runner.batch_size)
        self._session.wanted = self._runner.batch_size
        self.recorder = Recorder(self._session.tell, self._ctx, clock)
        self._mishaps = Mishaps(spec, self._ctx, self.recorder, clock)
        self._call_record: CallRecord
        self._attempts: Attempts
        self._results: Results
        self._snapshots: Snapshots | None = None
        self._device_memory = device_memory
        self._gpu: TaskGpu | None = None

    def run(self) -> None:
        """Run to the end of the stream, of the run, or of the node's luck: what fails goes to the ledger."""
        start = self._session.begin(os.getpid())
        if start is None:
            return  # the task has run to its end before: Dask ran it again
        incarnation, number, snapshot = start
        spec, ctx = self._spec, self._ctx
        ctx.incarnation = incarnation
        self._call_record = CallRecord(spec.places, spec.task, incarnation, self._now_s)
        self._attempts = Attempts(spec.policy, self._call_record, ctx.logger)
        self._results = Results(spec, incarnation, self._views, has_trailers=self._far is not None)
        self._meter.slots = self._results.count_slots
        if spec.has_readers:
            ctx.allocate = self._results.empty
        if spec.keeps_snapshots:
            self._snapshots = Snapshots(self._runner, self._results.writer, spec.policy.snapshot_every)
        if spec.device == GPU:
            self._use_gpu()
        if isinstance(self._runner, FusedRunner):
            self._runner.set_up(spec.policy, self._call_record)
        try:
            self._live(number, snapshot)
            if self._gpu is not None:
                self._gpu.close()  # first: after the farewell its inputs may be written to
            flush_output()  # after the farewell this process may be ended at any time
            self.recorder.close()
            self._session.goodbye()
        finally:
            self._session.close()

    def _new_session(self, carrier: Carrier, clock: Clock) -> Session:
        spec = self._spec
        known = carrier, spec.task, self._views.released, self._recycle, self._meter, clock
        if not spec.trace_sample:
            return Session(*known)
        from daskflow.runtime.tracing import MessageTracer, TracedSession  # optional

        return TracedSession(MessageTracer(spec, clock.date_s, stays=stays_of(self._runner)), *known)

    def _use_gpu(self) -> None:
        memory = self._device_memory()
        if memory is None:
            return
        gpu = self._gpu = self._results.use_gpu(memory, self._ctx.empty)
        self._inputs.decode = gpu.decode
        self._session.before_speaking = gpu.pass_on_releases
        self._runner.end_calls_with(gpu.synchronize)

    def _live(self, number: int, snapshot: Descriptor | None) -> None:
        method = "open"
        try:
            self._runner.open()
            if snapshot is not None:
                method = "restore"
                assert self._snapshots is not None
                self._snapshots.restore(snapshot, self._views)
            elif self._ctx.incarnation and self._runner.can_seek:
                method = "seek"
                self._runner.seek(number)
        except USER_ERRORS as error:
            self._tell_broken(error, method)
        else:
            self._session.opened()
            self._meter.begin()
            if isinstance(self._runner.node, ProducerNode):
                self._produce(number)
            else:
                self._work()
            self._session.tell_times()  # closing takes its own time, for no message
        finally:
            self._close()

    def _produce(self, number: int) -> None:
        session, runner, failures = self._session, self._runner, 0
        while session.wait_for_room(number):
            runner.busy_s, begin = 0.0, self._now_s()
            try:
                message = self._attempts.make(number, runner.produce, number)
            except StopIteration:
                break
            except USER_ERRORS as error:
                failures += 1
                is_hopeless = failures > MOST_FAILURES
                self._fail(error, number, runner.method, [], ends_run=is_hopeless)
                if is_hopeless or not self._spec.policy.skips_errors:
                    return
            else:
                failures = 0
                result = [message]
                del message
                self._commit(number, result, begin, [])
            number += 1
        session.end_stream()

    def _work(self) -> None:
        session, runner = self._session, self._runner
        if runner.batch_size == 1:
            while (lease := session.next_lease()) is not None:
                self._work_on(*lease)  # on its own, so that no input is held here while the task waits
        else:
            single = Single(self._work_on, self._taken, self._again, self._call, self._commit)
            batches = Batches(session, runner, self._call_record, self._ctx, self._now_s, single)
            while leases := session.next_leases(runner.batch_size, runner.max_wait_s):
                batches.work_on(leases)

    def _work_on(self, number: int, descriptors: list[Descriptor], kind: int) -> None:
        """Do all for a lease: `_taken` makes the inputs, `_call` calls the node, `_commit` ends it."""
        begin = self._now_s()
        self._call_record.begin(number)  # the process may die of unpickling too
        messages = self._taken(number, descriptors, kind)
        if messages is None:
            self._call_record.end()
        else:
            self._call(number, descriptors, messages, begin, kind)

    def _taken(self, number: int, descriptors: list[Descriptor], kind: int = FRESH) -> list[Message] | None:
        """The inputs of a message; None, and it has failed or is given back, if they cannot be had."""
        self._ctx.sequence_number = number
        self._runner.busy_s = 0.0
        try:
            messages = self._inputs.take(descriptors)
            if self._meter.wants_look:
                self._meter.look(messages)
        except PayloadLostError as error:
            if not self._session.is_aborted:
                self._ctx.logger.warning("message %d goes back: %s", number, error)
                self._session.lost_input(number, error.slots)
            return None
        except Exception as error:  # noqa: BLE001  classes of the payload may resist in their own way
            self._fail(error, number, UNPACKING, descriptors, kind)
            return None
        if self._previews.asked:
            self._previews.show(number, messages)
        return messages

    def _look_while_waiting(self) -> None:
        """See whether the run has ended, while the task waits for a slot of another host."""
        self._session.look()
        if self._session.is_aborted:
            raise PayloadLostError("the run has ended")

    def _again(
        self, descriptors: list[Descriptor], messages: list[Message], is_needed: bool
    ) -> Callable[[], list[Message]]:
        """Makes the inputs for another attempt, where the first may have changed them."""
        if self._gpu is not None and is_needed:  # what is there cannot be looked at twice
            return partial(list, list(messages))
        return partial(self._inputs.copies, descriptors)

    def _call(
        self, number: int, descriptors: list[Descriptor], messages: list[Message], begin: float, kind: int
    ) -> None:
        """Call the node and commit what it gives; of a replay nothing is given, since its result is known."""
        self._ctx.sequence_number = number
        again = self._again(descriptors, messages, self._spec.policy.retries > 0)
        try:
            message = self._runner.attempt(self._attempts, number, messages, again)
        except USER_ERRORS as error:
            self._fail(error, number, self._runner.method, descriptors, kind)
            return
        result = [message]
        del message
        if kind in (REPLAY, REPLAY_OF_FAILURE):
            result.clear()
            if kind == REPLAY_OF_FAILURE:
                self._ctx.logger.warning(
                    "message %d was given up, and succeeds now, after a kill: the node knows of it",
                    number,
                )
            self._session.report(number, REPLAYED, None, 0.0, result, self._snapshot_if_due(number))
        else:
            self._commit(number, result, begin, descriptors)

    def _commit(self, number: int, result: list[Message], begin: float, inputs: list[Descriptor]) -> None:
        """Commit a result, given in a list, which the session empties as it takes the commit.

        Then the release of an input that the result was, or contained, goes with it in one step.
        """
        kind, body = OUTPUT, None
        if result[0][0] is SKIP:
            kind = SKIPPED
        elif self._spec.has_readers:
            try:
                body = self._results.encode(result[0])
            except Exception as error:  # noqa: BLE001  a result that cannot be pickled, or no room for it
                result.clear()
                self._fail(error, number, PACKING, inputs)
                return
        self._runner.end_message()
        session, pace, now = self._session, self._pace, self._now_s()
        pace.note(now - begin)
        self._note_message(now)
        session.wanted, session.is_brisk = pace.wanted, pace.is_brisk
        if self._far is not None:
            session.wanted = max(session.wanted, self._runner.batch_size + self._far.leases_ahead)
        snapshot = None if self._snapshots is None else self._snapshot_if_due(number)
        session.report(number, kind, body, self._runner.busy_s, result, snapshot)

    def _note_message(self, now: float) -> None:
        """Take note of how long the node took for a message, and tell it if that is due."""
        self._meter.busy_s.append(self._runner.busy_s)
        if now >= self._meter.due_s:
            self._session.tell_times()

    def _snapshot_if_due(self, number: int) -> Descriptor | None:
        """The node's state, where it is to be stored after this number; what fails here fails the run."""
        assert self._snapshots is not None
        try:
            return self._snapshots.after_message()
        except USER_ERRORS as error:
            self._tell_broken(error, "snapshot")
            return None

    def _fail(
        self,
        error: BaseException,
        number: int,
        what: str,
        inputs: list[Descriptor],
        lease: int = FRESH,
        *,
        ends_run: bool = False,
    ) -> None:
        """Say that a message failed for good, which is the end of it or of the run, by the node's policy."""
        kind, body = REPLAYED, None
        if lease == REPLAY:  # it did not fail before: the node is not the one that it was
            self._tell_broken(error, what)
        elif lease != REPLAY_OF_FAILURE:
            given = self._runner.given or partial(self._inputs.copies, inputs)
            kind, body = self._mishaps.outcome_of(error, what, given, ends_run=ends_run)
        self._runner.end_message()
        error.__traceback__ = None  # the frames in it would hold the inputs
        snapshot = None if self._snapshots is None else self._snapshot_if_due(number)
        self._note_message(self._now_s())
        self._session.report(number, kind, body, self._runner.busy_s, [], snapshot)

    def _close(self) -> None:
        try:
            self._runner.close()
        except USER_ERRORS as error:
            self._tell_broken(error, "close")

    def _tell_broken(self, error: BaseException, method: str) -> None:
        self._session.broken(self._mishaps.broken(error, method))

    def _recycle(self, slot: int) -> None:
        self._results.recycle(slot)
