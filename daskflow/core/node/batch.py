"""A processor that works on several messages at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daskflow.core.arguments import number, whole
from daskflow.core.context import Context
from daskflow.core.node.kinds import ProcessorNode
from daskflow.core.signature import method_signature

MOST_IN_BATCH = 64
"""A task works on no more messages at a time."""

LONGEST_WAIT_S = 3600
"""So long a batch may wait for more messages."""


class BatchProcessorNode(ProcessorNode):
    """A processor whose calls are cheaper for several messages at once, such as a neural network.

    A subclass has `process_batch` in place of `process`.

    Parameters
    ----------
    batch_size : int, default 1
        How many messages a call is given at most, up to 64.
    max_wait_s : float, default 0
        How long a task that has a message waits for more of them, in seconds, up to an hour. With 0 a call
        is given what is there.
    **options
        As for `ProcessorNode`.

    Raises
    ------
    TypeError, ValueError
        An argument is of another type or out of its range, or a subclass has `snapshot` and `restore`.

    Notes
    -----
    What a batch changes is how many messages are worked on at once and nothing else: each has its own result,
    its own metadata, ``ctx.batch_metadata``, and its own error. Where a call for several messages raises,
    takes too long or kills its process, each of them is tried alone, so that only the one that is to blame
    fails. The queue before the node holds at least a batch for each task.

    It has no memory of earlier messages: one with `snapshot` and `restore` is refused, as the state after a
    batch is not that after each of its messages. Inside a `TaskModuleNode` each call is given one message.
    """

    def __init__(self, batch_size: int = 1, max_wait_s: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        if self.keeps_snapshots:
            raise TypeError(
                f"{type(self).__name__} has snapshot() and restore(), and takes batches: what remembers "
                "earlier messages is a OneTaskProcessorNode, which is given one at a time"
            )
        self._batch_size = checked_batch_size(batch_size)
        self._max_wait_s = checked_max_wait_s(max_wait_s)

    @property
    def batch_size(self) -> int:
        """How many messages a call is given at most."""
        return self._batch_size

    @property
    def max_wait_s(self) -> float:
        """How long a task that has a message waits for more, in seconds."""
        return self._max_wait_s

    def change_batches(self, batch_size: int, max_wait_s: float) -> None:
        """Take other `batch_size` and `max_wait_s`; called on a task's own copy where a run says so."""
        self._batch_size = batch_size
        self._max_wait_s = max_wait_s

    def process_batch(self, *inputs: Any, **context: Any) -> Sequence[Any]:
        """Handle one or several messages; runs in the task's worker.

        Parameters
        ----------
        *inputs : list
            One list per parent, in the order of wiring, each with one input per message, in their order.
            Arrays are read-only.

        Returns
        -------
        sequence
            One result per message, in their order: what goes to the children, or `SKIP` for nothing.
        """
        raise NotImplementedError(f"{type(self).__name__} has no process_batch()")

    def process(self, *inputs: Any, ctx: Context | None = None) -> Any:
        """Handle one message, as a batch of one, by `process_batch`; runs in the task's worker."""
        lists = [[value] for value in inputs]
        if not method_signature(self.process_batch).takes_context:
            return self.process_batch(*lists)[0]
        if ctx is not None:
            number = ctx.sequence_number
            ctx.batch_numbers = () if number is None else (number,)
            ctx.batch_metadata = (ctx.metadata,)
        return self.process_batch(*lists, ctx=ctx)[0]


def checked_batch_size(size: Any) -> int:
    """How many messages a call may be for, known to be a whole number from 1 to `MOST_IN_BATCH`.

    Raises
    ------
    TypeError, ValueError
        It is not.
    """
    count = whole("batch_size", size)
    if not 1 <= count <= MOST_IN_BATCH:
        raise ValueError(f"batch_size is from 1 to {MOST_IN_BATCH}, got {count}")
    return count


def checked_max_wait_s(wait_s: Any) -> float:
    """How long a batch may wait, in seconds, known to be from 0 to `LONGEST_WAIT_S`.

    Raises
    ------
    TypeError, ValueError
        It is not.
    """
    if not 0 <= number("max_wait_s", wait_s) <= LONGEST_WAIT_S:
        raise ValueError(f"max_wait_s is a number of seconds, from 0 to {LONGEST_WAIT_S}, got {wait_s:g}")
    return float(wait_s)
