"""Tells the ledger's side what a task logs and what goes wrong in it: masked, cut, and not too much."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from daskflow.core.context import Context
from daskflow.core.secrets import masked
from daskflow.runtime.clock import MACHINE_CLOCK, Clock
from daskflow.transport import wire
from daskflow.transport.records import MOST_NAME, MOST_TEXT, MOST_TRACEBACK, cut

MOST_PER_S = 200
"""Records that a task may tell in a second, and messages given up; it says how many more there were."""


class Recorder:
    """Of one task; may be used in any thread.

    Parameters
    ----------
    tell : callable
        Sends a frame, and says whether it could.
    ctx : Context
        Of the task.
    clock : Clock
        What time is taken from.
    """

    def __init__(self, tell: Callable[[list[Any]], bool], ctx: Context, clock: Clock = MACHINE_CLOCK) -> None:
        self._send = tell
        self._ctx = ctx
        self._now_s = clock.now_s
        self._date_s = clock.date_s
        self._thread = threading.get_ident()
        self._counting = threading.RLock()  # reentrant: see `Session`
        self._second_s = 0.0
        self._counts = [0, 0]  # of messages given up, the second: neither crowds the other out
        self._left_out = 0
        self.logs_elsewhere = False
        """Whether what this process logs is passed on, to be logged where the flow was started."""

    @property
    def number_in_hand(self) -> int | None:
        """The message that the calling thread works on."""
        return self._ctx.sequence_number if threading.get_ident() == self._thread else None

    def tell(
        self,
        level: int,
        text: str,
        traceback: Callable[[], str] | None = None,
        *,
        number: int | None = None,
        logger: str | None = None,
        time_s: float | None = None,
        is_dead_letter: bool = False,
        ends_run: bool = False,
        path: str = "",
        line: int = 0,
    ) -> bool:
        """Tell of something; whether it was told, or counted because there is too much of it.

        Parameters
        ----------
        level : int
            As in `logging`; negative if it is only to be kept as a mishap.
        text : str
            What it is.
        traceback : callable, optional
            Makes the traceback, if it is needed.
        number : int, optional
            The message that it is about.
        logger : str, optional
            The logger's name; by default that of the task's node.
        time_s : float, optional
            When it was, in seconds since the epoch; by default now.
        is_dead_letter : bool
            Whether the message was given up.
        ends_run : bool
            Whether it ends the run; then it is told however much was told before.
        path, line : str and int
            Where in the code.
        """
        with self._counting:
            now_s = self._now_s()
            left_out = 0
            if now_s - self._second_s >= 1.0:
                self._second_s, self._counts = now_s, [0, 0]
                left_out, self._left_out = self._left_out, 0
            self._counts[is_dead_letter] += 1
            if self._counts[is_dead_letter] > MOST_PER_S and not ends_run:
                self._left_out += 1
                return True
        self._say_left_out(left_out)  # without the lock: who holds that of the session may wait for it
        return self._send(
            [
                wire.RECORD,
                float(self._date_s() if time_s is None else time_s),
                level,
                _text(self._ctx.logger.name if logger is None else logger, MOST_NAME),
                number,
                _text(masked(text), MOST_TEXT),
                "" if traceback is None else _text(masked(traceback()), MOST_TRACEBACK),
                is_dead_letter,
                _text(path, MOST_NAME),
                line,
            ]
        )

    def close(self) -> None:
        """Tell what was left out at last."""
        with self._counting:
            left_out, self._left_out = self._left_out, 0
        self._say_left_out(left_out)

    def _say_left_out(self, count: int) -> None:
        if count:
            words = f"records left out, since there were more than {MOST_PER_S} in a second: {count}"
            level = logging.WARNING if self.logs_elsewhere else -logging.WARNING
            name = self._ctx.logger.name
            self._send([wire.RECORD, self._date_s(), level, name, None, words, "", False, "", 0])


def _text(text: str, most: int) -> str:
    """What fits into a frame: not too long, and without halves of characters, which file names may have."""
    return cut(text, most).encode("utf-8", "replace").decode()
