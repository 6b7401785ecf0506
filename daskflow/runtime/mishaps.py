"""What is said and kept of a message on which a node failed for good."""

from __future__ import annotations

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
from daskflow.runtime.host import Message
from daskflow.runtime.spec import TaskSpec


class Mishaps:
    """Decides by the node's policy whether a failure ends the run, and keeps the message as a dead letter.

    Parameters
    ----------
    spec : TaskSpec
        Of the task.
    ctx : Context
        Of the task.
    clock : Clock
        Says when it was.
    """

    def __init__(self, spec: TaskSpec, ctx: Context, clock: Clock = MACHINE_CLOCK) -> None:
        self._skips = spec.policy.skips_errors
        self._ctx = ctx
        self._clock = clock
        self._logged: set[tuple[str, type[BaseException]]] = set()
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
            return FAILED, error_to_bytes(failure)
        self._log_once(failure, error)
        return DEAD, None

    def _log_once(self, failure: NodeError, error: BaseException) -> None:
        kind = failure.method, type(error)
        if kind not in self._logged:
            self._logged.add(kind)
            words = "%s; the message is given up, and more errors of this kind are only counted"
            self._ctx.logger.warning(words, failure)

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
