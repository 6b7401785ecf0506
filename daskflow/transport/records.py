"""What was logged in a run's tasks, and what went wrong in them, as it arrives beside the ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

CALLER = " (caller)"
"""Ends the names of nodes that stand in the ledger for tasks in the caller's own process."""

MOST_KEPT = 100
"""Warnings and errors of a run that are remembered: the last ones."""

HIGHEST_LEVEL = 1000
"""Of a record; that of CRITICAL is 50."""

MOST_TEXT = 8_000
MOST_TRACEBACK = 16_000
MOST_NAME = 1_000
"""Characters of a text, a traceback, and of the name of a logger or file; what is longer was cut."""


class Record(NamedTuple):
    """Something that was logged, or that went wrong.

    Attributes
    ----------
    time_s : float
        When, in seconds since the epoch.
    level : int
        As in `logging`; negative where it is not to be logged, but only kept: it is known already.
    logger : str
        The logger's name.
    number : int or None
        The message in hand.
    text : str
        What it says.
    traceback : str
        Of an exception; else empty.
    is_dead_letter : bool
        Whether the message was given up.
    path, line : str and int
        Where in the code; empty and 0 where that is not known.
    node, task : str
        Where in the flow.
    pid : int
        Of the process; 0 where it has none any more.
    """

    time_s: float
    level: int
    logger: str
    number: int | None
    text: str
    traceback: str = ""
    is_dead_letter: bool = False
    path: str = ""
    line: int = 0
    node: str = ""
    task: str = ""
    pid: int = 0


class Records:
    """Those of a run: the last warnings and errors are kept, and what is to be logged is passed on.

    Parameters
    ----------
    pass_on : callable
        Called with each record that is to be logged, in the ledger's thread, which it must not hold up.
    """

    def __init__(self, pass_on: Callable[[Record], object] = lambda record: None) -> None:
        self._pass_on = pass_on
        self.kept: tuple[Record, ...] = ()
        """The last `MOST_KEPT` of level WARNING and above, the latest last; may be read in any thread."""

    def add(self, record: Record) -> None:
        """Take in a record; in the ledger's thread."""
        if abs(record.level) >= logging.WARNING:
            self.kept = (*self.kept[1 - MOST_KEPT :], record)
        if record.level > 0:
            self._pass_on(record)


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, with its beginning and its end where it was longer."""
    if len(text) <= most:
        return text
    note = f" … {len(text) - most} characters are left out … "
    head = (most - len(note)) // 2
    return text[:head] + note + text[len(text) - (most - len(note) - head) :]
