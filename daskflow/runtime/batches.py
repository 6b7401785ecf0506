"""Several messages in one call of the node, and each of them alone where that raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from daskflow.core.context import Context
from daskflow.core.secrets import masked
from daskflow.ledger import FRESH
from daskflow.runtime.failure import USER_ERRORS
from daskflow.runtime.runner import Message, NodeRunner
from daskflow.runtime.session import Lease, Session
from daskflow.transport.call_record import CallRecord
from daskflow.transport.descriptor import Descriptor


class Single(NamedTuple):
    """What a task does with one message: all of it, and its parts.

    Attributes
    ----------
    work_on : callable
        Takes number, descriptors and kind of a lease, and does all that there is to do.
    take : callable
        The inputs of a number, made of their descriptors; None, and the message has failed, where they cannot
        be unpickled.
    again : callable
        Takes descriptors, the inputs made of them and whether they are needed, and returns what makes them
        once more.
    call : callable
        Calls the node for a number, with descriptors, inputs, when that began and the kind of the lease.
    commit : callable
        Commits a result, in a list, of a number, with when that began and descriptors.
    """

    work_on: Callable[[int, list[Descriptor], int], None]
    take: Callable[[int, list[Descriptor]], list[Message] | None]
    again: Callable[[list[Descriptor], list[Message], bool], Callable[[], list[Message]]]
    call: Callable[[int, list[Descriptor], list[Message], float, int], None]
    commit: Callable[[int, list[Message], float, list[Descriptor]], None]


class Batches:
    """Works on several messages at a time; each has its own result, error and end.

    Parameters
    ----------
    session, runner, record, ctx : Session, NodeRunner, CallRecord, Context
        Those of the task.
    now_s : callable
        Its clock.
    single : Single
        What it does with one message.
    """

    def __init__(
        self,
        session: Session,
        runner: NodeRunner,
        record: CallRecord,
        ctx: Context,
        now_s: Callable[[], float],
        single: Single,
    ) -> None:
        self._session = session
        self._runner = runner
        self._call_record = record
        self._ctx = ctx
        self._now_s = now_s
        self._single = single

    def work_on(self, leases: list[Lease]) -> None:
        """Work on some leases together; of one that is alone nothing here is special."""
        single = self._single
        if len(leases) == 1:
            single.work_on(*leases[0])
            return
        begin = self._now_s()
        self._call_record.begin_several(leases[0][0])
        descriptors = {number: its_own for number, its_own, _ in leases}
        batch: dict[int, list[Message]] = {}
        for i, (number, its_own) in enumerate(descriptors.items()):
            messages = single.take(number, its_own)
            if messages is not None:
                batch[number] = messages
            elif self._session.is_back_at_start:
                self._session.forget(leases[i + 1 :])
                self._call_record.end()
                return
        again = {number: single.again(descriptors[number], batch[number], True) for number in batch}
        try:
            results = self._runner.work_on_several(list(batch), list(batch.values())) if batch else []
        except USER_ERRORS as error:
            self._call_record.end()
            words = "%s() raised %s for %d messages together: each is tried alone"
            self._ctx.logger.info(words, self._runner.method, masked(repr(error)), len(batch))
            error.__traceback__ = None  # the frames in it would hold the inputs
            self._try_each(descriptors, again)
            return
        self._call_record.end()
        again.clear()  # what is on a GPU is held by it
        share_s = (self._now_s() - begin) / len(leases)
        results.reverse()
        for number in batch:
            self._ctx.sequence_number = number
            single.commit(number, [results.pop()], self._now_s() - share_s, descriptors[number])

    def _try_each(
        self, descriptors: dict[int, list[Descriptor]], inputs: dict[int, Callable[[], list[Message]]]
    ) -> None:
        """Work on each message of a batch alone; what comes meanwhile is for the siblings."""
        session, share_s = self._session, self._runner.busy_s  # of the call that raised
        while inputs and not session.is_aborted:
            self._runner.busy_s = share_s
            number = next(iter(inputs))
            messages = inputs.pop(number)()
            session.limit = len(inputs) or None
            self._single.call(number, descriptors[number], messages, self._now_s(), FRESH)
