"""Calls of a node for a message: noted where others see them, and tried again where the node says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from daskflow.core.node.policy import Policy
from daskflow.runtime.failure import USER_ERRORS
from daskflow.runtime.host import Message
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
    """

    def __init__(self, policy: Policy, record: CallRecord, logger: logging.Logger) -> None:
        self._retries = policy.retries
        self._record = record
        self._logger = logger
        self._known: set[type[BaseException]] = set()

    def make(self, number: int, call: Callable[..., Message], *arguments: Any) -> Message:
        """The result of the first call for a number that does not raise.

        Raises
        ------
        StopIteration
            As a producer's `next` does at its end: that is no error.
        BaseException
            What the last attempt raised.
        """
        record, left = self._record, self._retries
        while True:
            record.begin(number)
            try:
                message = call(*arguments)
            except StopIteration:
                record.end()
                raise
            except USER_ERRORS as error:
                record.end()
                if not left:
                    raise
                left -= 1
                self._note(error, number)
            else:
                record.finish(number)
                return message

    def _note(self, error: BaseException, number: int) -> None:
        if type(error) not in self._known:
            self._known.add(type(error))
            self._logger.warning(
                "message %d is tried again after %r; more errors of this kind are not logged",
                number,
                error,
            )
