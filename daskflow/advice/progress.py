"""How far a profile has come, on the standard error stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

LINE_EVERY_S = 5.0
"""Where there is no terminal for a bar."""


@contextmanager
def shown(
    what: str, messages: int, console: Console | None = None, *, quiet: bool = False
) -> Iterator[Callable[[int, float], None]]:
    """Show progress while the body runs: a bar on a terminal, elsewhere a line every few seconds.

    Parameters
    ----------
    what : str
        What is going on.
    messages : int
        How many there will be; some more come as a rule.
    console : rich.console.Console, optional
        The standard error stream by default.
    quiet : bool, default False
        Show nothing.

    Yields
    ------
    callable
        Takes how many messages have come to the end of the flow, and how many come a second.
    """
    console = console or Console(stderr=True, quiet=quiet)
    if console.is_terminal:
        columns = (BarColumn(bar_width=30), TextColumn("{task.description}"), TimeElapsedColumn())
        # Few refreshes: what is measured should have the machine to itself.
        with Progress(*columns, console=console, transient=True, refresh_per_second=1) as bar:
            task = bar.add_task(f"{what}: starting", total=messages)
            yield lambda done, rate: bar.update(task, completed=done, description=_said(what, done, rate))
    else:
        yield _Lines(console, what).show


class _Lines:
    """A line now and then, for a log."""

    def __init__(self, console: Console, what: str) -> None:
        self._console, self._what = console, what
        self._next_s = 0.0

    def show(self, done: int, rate: float) -> None:
        elapsed_s = done / rate if rate else 0.0
        if elapsed_s >= self._next_s + LINE_EVERY_S:
            self._next_s = elapsed_s
            self._console.print(_said(self._what, done, rate), highlight=False, markup=False, soft_wrap=True)


def _said(what: str, done: int, rate: float) -> str:
    return f"{what}: {done} messages, {rate:.1f} per second"
