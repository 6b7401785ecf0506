"""The members of a fused chain inside their one task: each called as if it had a task of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from daskflow.core.constants import SKIP
from daskflow.core.context import Context
from daskflow.core.node import FusedNode, Node
from daskflow.core.node.policy import Policy
from daskflow.runtime.attempts import Attempts
from daskflow.runtime.clock import MACHINE_CLOCK, Clock
from daskflow.runtime.failure import USER_ERRORS
from daskflow.runtime.parcel import Parcel
from daskflow.runtime.runner import Message, NodeRunner
from daskflow.transport.call_record import CallRecord

PACKING, UNPACKING = "pickling a result", "unpickling an input"
"""What is being done for a node, in words, beside its calls."""


class Stay(NamedTuple):
    """When a message was at a member, in seconds since the epoch."""

    number: int
    member: str
    began_s: float
    ended_s: float


@dataclass(slots=True)
class _Stage:
    part: int
    name: str
    runner: NodeRunner
    attempts: Attempts


class FusedRunner(NodeRunner):
    """Calls the members of a fused node one after the other.

    Each has its own context with its own name and logger, its own attempts, and is handed what it would get
    by an edge. While one is called, the task's context speaks of it, and so do errors and dead letters.

    Parameters
    ----------
    node : FusedNode
        This task's own copy.
    ctx : Context
        Of the task.
    clock : Clock
        Times the calls.
    """

    def __init__(self, node: FusedNode, ctx: Context, clock: Clock = MACHINE_CLOCK) -> None:
        super().__init__(node, ctx, clock)
        self._fused = node
        self._clock = clock
        self._stages: list[_Stage] = []
        self._opened = 0
        self._call_record: CallRecord
        self.stays: list[Stay] = []
        """Where the message in hand has been; the last is where it ended."""

    def set_up(self, policy: Policy, record: CallRecord) -> None:
        """Make each member ready to be called; the task's context is complete by now."""
        self._call_record = record
        for part, name in enumerate(self._fused.member_names):
            logger = logging.getLogger(f"daskflow.{name}")
            member = self._fused.members[part]
            runner = NodeRunner(member, replace(self.ctx, node_name=name, logger=logger), self._clock)
            attempts = Attempts(policy, record, logger, is_last=part + 1 == len(self._fused.member_names))
            self._stages.append(_Stage(part, name, runner, attempts))
        self._enter(self._stages[0])

    def open(self) -> None:
        """Open each member."""
        for stage in self._stages:
            self._enter(stage)
            self._opened += 1
            stage.runner.open()
        self._enter(self._stages[0])

    def close(self) -> None:
        """Close each member that was opened, the last first; all are closed even where one raises."""
        self.ctx.sequence_number = None
        failure: BaseException | None = None
        failed: _Stage | None = None
        for stage in reversed(self._stages[: self._opened]):
            self._enter(stage)
            try:
                stage.runner.close()
            except USER_ERRORS as error:
                if failure is None:
                    failure, failed = error, stage
                else:
                    self.ctx.logger.exception("close() failed too")
        if failure is not None and failed is not None:
            self._enter(failed)
            raise failure

    def attempt(
        self, attempts: Attempts, number: int, messages: list[Message], again: Callable[[], list[Message]]
    ) -> Message:
        """What comes of a message at the last member, or at the first that returns `SKIP`."""
        self.stays.clear()
        first, *others = self._stages
        message = self._called(first, number, messages, again)
        for stage in others:
            if message[0] is SKIP:
                break
            self.method = PACKING
            parcel = Parcel(message)
            del message  # the parcel looks into its array
            self._enter(stage)
            self.method = UNPACKING
            again = _opening(parcel, is_private=stage.runner.node.writable_inputs)
            self.given = _opening(parcel, is_private=True)
            message = self._called(stage, number, self._opened_for(stage, number, again), again)
        return message

    def end_message(self) -> None:
        """Let go of what the last member that was called was given: the message is done with."""
        self.given = None
        self._call_record.enter(0)
        self._enter(self._stages[0])

    def _opened_for(self, stage: _Stage, number: int, opening: Callable[[], list[Message]]) -> list[Message]:
        self._call_record.enter(stage.part)
        self._call_record.begin(number)  # the process may die of unpickling too
        try:
            return opening()
        except USER_ERRORS:
            self._call_record.end()
            raise

    def _called(
        self, stage: _Stage, number: int, messages: list[Message], again: Callable[[], list[Message]]
    ) -> Message:
        self._enter(stage)
        runner, date_s = stage.runner, self._clock.date_s
        runner.ctx.sequence_number = number
        runner.busy_s, began_s = 0.0, date_s()
        try:
            return stage.attempts.make(number, runner.work, messages, again)
        finally:
            self.busy_s += runner.busy_s
            self.stays.append(Stay(number, stage.name, began_s, date_s()))

    def _enter(self, stage: _Stage) -> None:
        self.method = stage.runner.method
        self.ctx.node_name, self.ctx.logger = stage.name, stage.runner.ctx.logger


def _opening(parcel: Parcel, *, is_private: bool) -> Callable[[], list[Message]]:
    return lambda: [parcel.open(private=is_private)]


def stays_of(runner: NodeRunner) -> Callable[[int], Sequence[Stay]]:
    """Tells where a message has been that a task has just worked on, if its node is a fused one."""

    def stays(number: int) -> Sequence[Stay]:
        return (
            [stay for stay in runner.stays if stay.number == number]
            if isinstance(runner, FusedRunner)
            else ()
        )

    return stays


def runner_for(node: Node, ctx: Context, clock: Clock) -> NodeRunner:
    """What calls the node of a task."""
    return FusedRunner(node, ctx, clock) if isinstance(node, FusedNode) else NodeRunner(node, ctx, clock)
