"""Calls of a node for a message: noted where others see them, and tried again where the node says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from daskflow.core.node.policy import Policy
from daskflow.core.secrets import masked
from daskflow.runtime.failure import USER_ERRORS
from daskflow.runtime.runner import Message
from daskflow.transport.call_record import CallRecord


class Attempts:
    """Calls a node, by its policy, until a call succeeds or there are no retries left.

    Parameters
    ----------
    policy : Policy
        Of the node.
    record : CallRecord
        Where each call is noted while it lasts.
    logger : logging.Logger
        Told of each first error of a kind that is followed by another attempt.
    is_last : bool
        Whether a call that returns is the end of the work on its number: not so in the midst of a chain.
    """

    def __init__(
        self, policy: Policy, record: CallRecord, logger: logging.Logger, *, is_last: bool = True
    ) -> None:
        self._retries = policy.retries
        self._record = record
        self._logger = logger
        self._is_last = is_last
        self._known: set[type[BaseException]] = set()

    def make(
        self,
        number: int,
        call: Callable[[Any], Message],
        argument: Any,
        again: Callable[[], Any] | None = None,
    ) -> Message:
        """The result of the first call for a number that does not raise.

        Parameters
        ----------
        number : int
            The number.
        call : callable
            Calls the node.
        argument : object
            Of the call.
        again : callable, optional
            Gives the argument of another attempt, where the node may have changed the first. None for a
            producer, whose argument is the number, and whose end is no error.

        Raises
        ------
        StopIteration
            A producer is at its end.
        BaseException
            What the last attempt raised.
        """
        record, left = self._record, self._retries
        failure: BaseException | None = None
        while True:
            record.begin(number)
            try:
                message = call(argument)
            except USER_ERRORS as error:
                record.end()
                if isinstance(error, StopIteration) and again is None:
                    raise failure or error from None  # a generator that has raised has ended: no end of ours
                if not left:
                    raise
                left -= 1
                failure = error
                self._note(error, number)
                if again is not None:
                    argument = again()
            else:
                if self._is_last:
                    record.finish(number)
                else:
                    record.end()
                return message

    def _note(self, error: BaseException, number: int) -> None:
        if type(error) not in self._known:
            self._known.add(type(error))
            self._logger.warning(
                "message %d is tried again after %s; more errors of this kind are not logged",
                number,
                masked(repr(error)),
            )
