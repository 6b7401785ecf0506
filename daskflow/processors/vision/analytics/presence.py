"""Which tracks are there, and which have been away for too long."""

from __future__ import annotations

import math
from collections.abc import Iterable

from daskflow.core.context import Context


def checked_seconds(name: str, value: float) -> float:
    """A number of seconds, at least 0.

    Raises
    ------
    TypeError, ValueError
        It is no number, negative, or infinite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a number of seconds, got {value!r}")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} is a number of seconds, at least 0, got {value!r}")
    return float(value)


def time_of(ctx: Context, reader: object) -> float:
    """When the message in hand happened, in seconds.

    Raises
    ------
    ValueError
        The message has no time; those of a run all have.
    """
    if ctx.event_time is None:
        raise ValueError(f"{reader!r} goes by event_time, and the message has none")
    return float(ctx.event_time)


class Presence:
    """When each track was seen last. Those that are away for longer than `patience_s` are forgotten."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self.seen_s: dict[int, float] = {}

    def update(self, present: Iterable[int], now_s: float) -> tuple[list[int], list[int]]:
        """Note who is there; give those who are away but not forgotten, and those who are forgotten now.

        A clock that is set back forgets all who are away, lest they stay until it has caught up.
        """
        self.seen_s.update(dict.fromkeys(present, now_s))
        away, forgotten = [], []
        for number, seen_s in self.seen_s.items():
            if not 0 <= now_s - seen_s <= self._patience_s:
                forgotten.append(number)
            elif seen_s != now_s:
                away.append(number)
        for number in forgotten:
            del self.seen_s[number]
        return away, forgotten
