"""Bodies on their way to a server: a bounded queue, a thread, and another attempt where one fails."""

from __future__ import annotations

import http.client
import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from daskflow.consumers.posting import Answer

_WORTH_ANOTHER = frozenset({408, 425, 429})  # and all from 500
_LAST_WAIT_S = 1.0
"""For a thread that has been told to end."""

_Wait = Callable[[float], bool]
"""Waits so many seconds, and says whether it is all over."""


@dataclass(frozen=True)
class Parcel:
    """A body to deliver.

    Attributes
    ----------
    key : str
        The same for each attempt to deliver it.
    body : bytes
        JSON.
    """

    key: str
    body: bytes


@dataclass(frozen=True)
class Attempts:
    """How often a parcel is tried, and how long is waited in between.

    Attributes
    ----------
    most : int
        Attempts for each parcel.
    first_wait_s, longest_wait_s : float
        Before the second attempt, and at most; each wait is twice the one before. A random part of up to
        half of it is taken off, so that many clients do not come back at the same moment.
    """

    most: int
    first_wait_s: float
    longest_wait_s: float

    def wait_s(self, failures: int, asked_s: float | None, chance: float) -> float:
        """How long to wait after so many failures.

        Parameters
        ----------
        failures : int
            At least 1.
        asked_s : float or None
            What the server asks for: so long at least, if it is not longer than the longest wait.
        chance : float
            From 0 to 1.
        """
        backoff_s = min(self.longest_wait_s, self.first_wait_s * 2.0 ** min(failures - 1, 60))
        backoff_s *= 1 - chance / 2
        return min(self.longest_wait_s, max(backoff_s, asked_s or 0.0))


class Delivery:
    """Delivers parcels one after the other, in a thread of its own.

    Parameters
    ----------
    post : callable
        Posts a parcel and gives the answer; raises `OSError` or `http.client.HTTPException`.
    most_waiting : int
        How many parcels there may be, with the one in hand.
    attempts : Attempts
        For each of them.
    is_lenient : bool, default False
        Whether a parcel that could not be delivered after all attempts is given up, and the next one tried.
        Else that is the end, as `failure` says.
    forgives : bool, default False
        The same for one that the server refuses.
    server : str
        For messages.
    logger : logging.Logger
        Told of what is given up.
    wait : callable, optional
        Takes a number of seconds, waits, and says whether `end` was called; for tests.
    """

    def __init__(
        self,
        post: Callable[[Parcel], Answer],
        *,
        most_waiting: int,
        attempts: Attempts,
        is_lenient: bool = False,
        forgives: bool = False,
        server: str = "the server",
        logger: logging.Logger,
        wait: _Wait | None = None,
    ) -> None:
        self._post = post
        self._most_waiting = most_waiting
        self._attempts = attempts
        self._is_lenient = is_lenient
        self._forgives = forgives
        self._server = server
        self._logger = logger
        self._is_over = threading.Event()
        self._wait = wait or self._is_over.wait
        self._changed = threading.Condition()
        self._parcels: deque[Parcel] = deque()
        self._is_closing = False
        self.failure: ConnectionError | None = None
        self.given_up = 0
        self.delivered = 0
        self._thread = threading.Thread(target=self._work, name="daskflow-webhook", daemon=True)

    def start(self, parcels: Iterable[Parcel] = ()) -> None:
        """Begin with the thread's work; blocks not.

        Parameters
        ----------
        parcels : iterable of Parcel
            What is left from an earlier process.
        """
        self._parcels.extend(parcels)
        self._thread.start()

    def put(self, parcel: Parcel, *, blocks: bool) -> bool:
        """Take a parcel; whether there was room for it.

        Parameters
        ----------
        parcel : Parcel
            What to deliver.
        blocks : bool
            Wait for room, or for the end. All attempts for one parcel are the longest it can take.

        Raises
        ------
        ConnectionError
            Nothing is delivered any more.
        """
        with self._changed:
            if blocks:
                self._changed.wait_for(lambda: self.failure is not None or self._has_room())
            if self.failure is not None:
                raise self.failure
            if not self._has_room():
                return False
            self._parcels.append(parcel)
            self._changed.notify_all()
            return True

    def waiting(self) -> list[Parcel]:
        """What has not been delivered, in order, with the one in hand."""
        with self._changed:
            return list(self._parcels)

    def end(self, timeout_s: float, abort: Callable[[], None]) -> int:
        """Deliver what is left, if that can be done in time, and end the thread.

        Parameters
        ----------
        timeout_s : float
            How long to wait, in seconds.
        abort : callable
            Ends the request that the thread waits for, after that.

        Returns
        -------
        int
            How many were not delivered.
        """
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._is_over.set()
            abort()
            self._thread.join(_LAST_WAIT_S)
        return len(self.waiting())

    def _has_room(self) -> bool:
        return len(self._parcels) < self._most_waiting

    def _work(self) -> None:
        while (parcel := self._next()) is not None:
            try:
                is_done = self._deliver(parcel)
            except Exception as error:  # noqa: BLE001  the thread's end is told to the consumer
                self._fail(f"{type(error).__name__}: {error}")
                return
            if not is_done:
                return
            with self._changed:
                self._parcels.popleft()
                self._changed.notify_all()

    def _next(self) -> Parcel | None:
        with self._changed:
            self._changed.wait_for(lambda: self._parcels or self._is_closing)
            return self._parcels[0] if self._parcels else None

    def _deliver(self, parcel: Parcel) -> bool:
        """Whether the parcel is done with, and the next one's turn."""
        failures = 0
        while not self._is_over.is_set():
            asked_s = None
            try:
                answer = self._post(parcel)
            except (OSError, http.client.HTTPException) as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if 200 <= answer.status < 300:
                    self.delivered += 1
                    return True
                problem, asked_s = f"it answered {answer.text}", answer.retry_after_s
                if answer.status < 500 and answer.status not in _WORTH_ANOTHER:
                    return self._gave_up(parcel, f"{problem}; it will not be tried again", self._forgives)
            failures += 1
            if failures >= self._attempts.most:
                return self._gave_up(parcel, f"{problem}, after {failures} attempts", self._is_lenient)
            if self._wait(self._attempts.wait_s(failures, asked_s, random.random())):
                break
        return False

    def _gave_up(self, parcel: Parcel, problem: str, goes_on: bool) -> bool:
        if not goes_on:
            self._fail(f"{parcel.key}: {problem}")
            return False
        self.given_up += 1
        if self.given_up == 1:
            self._logger.warning(
                "%s was not delivered to %s: %s; more are counted, and not logged",
                *(parcel.key, self._server, problem),
            )
        return True

    def _fail(self, problem: str) -> None:
        with self._changed:
            if not self._is_over.is_set():
                self.failure = ConnectionError(f"{self._server} was not told of {problem}")
            self._changed.notify_all()
