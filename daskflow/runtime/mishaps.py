"""What is said and kept of a message on which a node failed for good."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace

from daskflow.core.context import Context
from daskflow.core.secrets import masked
from daskflow.core.tracebacks import user_traceback
from daskflow.deadletters import DeadLetter, DeadLetterError, DeadLetterFolder
from daskflow.errors import NodeError
from daskflow.ledger import DEAD, FAILED
from daskflow.runtime.clock import MACHINE_CLOCK, Clock
from daskflow.runtime.failure import error_to_bytes, node_error
from daskflow.runtime.log_handler import TOLD
from daskflow.runtime.recorder import Recorder
from daskflow.runtime.runner import Message
from daskflow.runtime.spec import TaskSpec


class Mishaps:
    """Decides by the node's policy whether a failure ends the run, tells of it, and keeps the message.

    Parameters
    ----------
    spec : TaskSpec
        Of the task.
    ctx : Context
        Of the task.
    recorder : Recorder
        Told of each.
    clock : Clock
        Says when it was.
    """

    def __init__(
        self, spec: TaskSpec, ctx: Context, recorder: Recorder, clock: Clock = MACHINE_CLOCK
    ) -> None:
        self._skips = spec.policy.skips_errors
        self._ctx = ctx
        self._recorder = recorder
        self._clock = clock
        self._logged: set[tuple[str, str, type[BaseException]]] = set()
        self._folder = None if spec.dead_letters is None else DeadLetterFolder(spec.dead_letters)

    def outcome_of(
        self,
        error: BaseException,
        what: str,
        inputs: Callable[[], Sequence[Message]],
        *,
        ends_run: bool = False,
    ) -> tuple[int, bytes | None]:
        """How a number ends on which this was raised; the message is kept first, if there is a folder for it.

        Parameters
        ----------
        error : BaseException
            What was raised.
        what : str
            The method that raised it, or in words what was being done.
        inputs : callable
            Gives what the node was given; called if that is to be kept.
        ends_run : bool
            Whether it ends the run, whatever the policy.

        Returns
        -------
        (int, bytes or None)
            `DEAD`, or `FAILED` with the error.
        """
        failure = node_error(error, what, self._ctx)
        self._keep(failure, error, inputs)
        if ends_run or not self._skips:
            return FAILED, self._last(failure, error)
        self._give_up(failure, error)
        return DEAD, None

    def broken(self, error: BaseException, what: str) -> bytes:
        """Tell of an error outside any message, which ends the run; returns it in bytes.

        Parameters
        ----------
        error : BaseException
            What was raised.
        what : str
            The method that raised it.
        """
        return self._last(node_error(error, what, self._ctx), error)

    def _last(self, failure: NodeError, error: BaseException) -> bytes:
        """Tell of what ends the run, which is not to be logged: `Flow.join` raises it."""
        self._tell(-logging.ERROR, str(failure), failure, error, ends_run=True)
        return error_to_bytes(failure)

    def _give_up(self, failure: NodeError, error: BaseException) -> None:
        """Tell of each, but log only the first of a kind."""
        kind = failure.node, failure.method, type(error)
        if kind in self._logged:
            self._tell(-logging.WARNING, str(failure), failure, error, is_dead_letter=True)
            return
        self._logged.add(kind)
        words = f"{failure}; the message is given up, and more errors of this kind are only counted"
        level = logging.WARNING if self._recorder.logs_elsewhere else -logging.WARNING
        is_told = self._tell(level, words, failure, error, is_dead_letter=True)
        self._ctx.logger.warning(words, extra={TOLD: is_told and self._recorder.logs_elsewhere})

    def _tell(
        self,
        level: int,
        words: str,
        failure: NodeError,
        error: BaseException,
        *,
        is_dead_letter: bool = False,
        ends_run: bool = False,
    ) -> bool:
        return self._recorder.tell(
            level,
            words,
            lambda: user_traceback(error),
            number=failure.sequence_number,
            is_dead_letter=is_dead_letter,
            ends_run=ends_run,
        )

    def _keep(
        self, failure: NodeError, error: BaseException, inputs: Callable[[], Sequence[Message]]
    ) -> None:
        ctx = self._ctx
        if self._folder is None or ctx.sequence_number is None:
            return
        letter = DeadLetter(
            flow_name=ctx.flow_name,
            run_id=ctx.run_id,
            node=failure.node,
            task=failure.task,
            number=ctx.sequence_number,
            method=failure.method,
            error=masked("".join(traceback.format_exception_only(error)).strip()),
            traceback=user_traceback(error),
            time_s=self._clock.date_s(),
        )
        messages: Sequence[Message] = ()
        try:
            messages = inputs()
        except Exception as problem:  # noqa: BLE001  classes of the payload may resist in their own way
            letter = replace(letter, no_payload=f"they cannot be read: {problem!r}")
        try:
            self._folder.put(letter, messages)
        except DeadLetterError as problem:
            ctx.logger.error("%s", problem)
