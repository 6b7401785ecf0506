"""The node inside its task: its methods called with what they ask for, and timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from daskflow.core.context import Context
from daskflow.core.node import BatchProcessorNode, ConsumerNode, Node, ProcessorNode, ProducerNode
from daskflow.core.signature import method_signature
from daskflow.runtime.clock import MACHINE_CLOCK, Clock

if TYPE_CHECKING:
    from daskflow.runtime.attempts import Attempts

Message = tuple[Any, dict[str, Any]]
"""A value and its metadata, as they travel."""


class NodeRunner:
    """Calls a node's methods for its task.

    Parameters
    ----------
    node : Node
        This task's own copy.
    ctx : Context
        Given to the methods that ask for it.
    clock : Clock
        Times them.
    """

    def __init__(self, node: Node, ctx: Context, clock: Clock = MACHINE_CLOCK) -> None:
        self.node = node
        self._extra: Any = node  # with methods that not every node has
        self.ctx = ctx
        self._now_s = clock.now_s
        self._date_s = clock.date_s
        self.method, work = working_method(node)
        self._work = self._bound(work)
        self._open = self._bound(node.open)
        self._close = self._bound(node.close)
        self.busy_s = 0.0
        """How long the node's own code took for the message in hand, over all attempts, until its task sets
        this to 0 for the next; of a batch, each message's part."""
        self.given: Callable[[], list[Message]] | None = None
        """Makes what the node was given once more, where that is not what the task was leased."""
        self._takes_batches = isinstance(node, BatchProcessorNode)
        self.batch_size, self.max_wait_s = 1, 0.0
        if isinstance(node, BatchProcessorNode):
            self.batch_size, self.max_wait_s = node.batch_size, node.max_wait_s

    def end_calls_with(self, wait: Callable[[], None]) -> None:
        """Call `wait` at the end of each call of the node, as a part of it.

        What a call has started elsewhere then counts to its time, and what goes wrong there is its error.
        """
        self._open, self._work = _followed_by(self._open, wait), _followed_by(self._work, wait)

    def open(self) -> None:
        """Open the node."""
        self._open()

    def close(self) -> None:
        """Close the node."""
        self.ctx.sequence_number = None
        self._close()

    def seek(self, number: int) -> None:
        """Let a producer that can begin anywhere begin at a number."""
        self._bound(self._extra.seek)(number)

    def snapshot(self) -> Any:
        """The state of a node with memory."""
        return self._bound(self._extra.snapshot)()

    def restore(self, state: Any) -> None:
        """Give a node with memory its state again."""
        self._bound(self._extra.restore)(state)

    @property
    def can_seek(self) -> bool:
        """Whether the node is a producer that can begin anywhere."""
        return isinstance(self.node, ProducerNode) and callable(getattr(self.node, "seek", None))

    def produce(self, number: int) -> Message:
        """Ask a producer for its next message. Raises StopIteration after the last."""
        ctx = self.ctx
        ctx.sequence_number = number
        ctx.metadata = {}
        begin = self._now_s()
        try:
            value = self._work()
        finally:
            self.busy_s += self._now_s() - begin
        ctx.metadata.setdefault("production_time", self._date_s())  # a replay gives that of the message
        return value, ctx.metadata

    def work(self, messages: list[Message]) -> Message:
        """Let a processor or consumer work on one message from each parent, which the list gives up."""
        if self._takes_batches:
            assert self.ctx.sequence_number is not None
            return self.work_on_several([self.ctx.sequence_number], [messages])[0]
        ctx = self.ctx
        ctx.parents_metadata = tuple([metadata for _, metadata in messages])
        ctx.metadata = merged_metadata(ctx.parents_metadata)
        values = [value for value, _ in messages]
        messages.clear()  # the node alone now decides how long its inputs live
        begin = self._now_s()
        try:
            result = self._work(*values)
        finally:
            self.busy_s += self._now_s() - begin
        return result, ctx.metadata

    def attempt(
        self, attempts: Attempts, number: int, messages: list[Message], again: Callable[[], list[Message]]
    ) -> Message:
        """The result of the first call for a number that does not raise; see `Attempts.make`."""
        return attempts.make(number, self.work, messages, again)

    def end_message(self) -> None:
        """Take note that the message in hand is done with. Does nothing, but for the members of a chain."""

    def work_on_several(self, numbers: Sequence[int], batch: list[list[Message]]) -> list[Message]:
        """Let a processor work on several messages from each parent in one call; the lists give them up."""
        ctx = self.ctx
        metadata = [tuple([each for _, each in messages]) for messages in batch]
        ctx.batch_numbers, ctx.batch_metadata = tuple(numbers), tuple(map(merged_metadata, metadata))
        ctx.sequence_number, ctx.metadata = ctx.batch_numbers[0], ctx.batch_metadata[0]
        ctx.parents_metadata = metadata[0]
        inputs = [
            list(values) for values in zip(*([value for value, _ in each] for each in batch), strict=True)
        ]
        for messages in batch:
            messages.clear()
        begin = self._now_s()
        try:
            results = self._work(*inputs)
        finally:
            self.busy_s += (self._now_s() - begin) / len(batch)
        wanted = f"{self.method}() gives a list with one result per message: {len(batch)}"
        try:
            count = len(results)
        except TypeError:
            raise TypeError(f"{wanted}, got {type(results).__name__}") from None
        if count != len(batch):
            raise ValueError(f"{wanted}, got {count}")
        return list(zip(results, ctx.batch_metadata, strict=True))

    def _bound(self, method: Callable[..., Any]) -> Callable[..., Any]:
        if not method_signature(method).takes_context:
            return method
        ctx = self.ctx
        return lambda *values: method(*values, ctx=ctx)


def _followed_by(call: Callable[..., Any], wait: Callable[[], None]) -> Callable[..., Any]:
    def both(*values: Any) -> Any:
        result = call(*values)
        wait()
        return result

    return both


def merged_metadata(parents: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """What all inputs say together; where two say different things, the earlier parent is right."""
    if len(parents) == 1:
        return parents[0].copy()
    merged: dict[str, Any] = {}
    for metadata in reversed(parents):
        merged.update(metadata)
    return merged


def working_method(node: Node) -> tuple[str, Callable[..., Any]]:
    """The method of a node that is called for each message, and its name."""
    if isinstance(node, ProducerNode):
        return "next", node.next
    if isinstance(node, ConsumerNode):
        return "consume", node.consume
    if isinstance(node, BatchProcessorNode):
        return "process_batch", node.process_batch
    assert isinstance(node, ProcessorNode)
    return "process", node.process
