"""How far a running flow has come, on a terminal or as lines in a log."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from rich.console import Console, RenderableType
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from daskflow.monitor.figures import Progress, limit_of, progress_of
from daskflow.monitor.snapshot import RunSnapshot

BAR_EVERY_S = 0.5
LINE_EVERY_S = 5.0
"""How often the bar moves, and a line is printed where there is no terminal for a bar."""

DRAWN_PER_S = 3.0
"""How often the bar is drawn, which turns the spinner. Ten times, and a bar that moves five times a second,
took about 4 % of a core, and that in the process that the ledger lives in."""

RATE_OVER_S = 4.0
"""The rate shown is that of so many seconds past: it follows a change, and does not flicker."""

LIMIT_AFTER_S = 3.0
"""What limits the flow is said when it has run so long: before, edges still fill."""

LIMIT_EVERY_S = 2.0
"""How often that is asked anew: it takes longer than to count, and people read more slowly than bars move."""

WIDE = 100
"""From so many columns on a terminal has room for a long bar beside the words."""


class Followed(Protocol):
    """What is asked of a flow here."""

    def metrics(self) -> RunSnapshot:
        """Its counters, at any time."""

    def join(self) -> None:
        """Block until it has ended."""


def follow(flow: Followed, *, total: int | None = None, console: Console | None = None) -> RunSnapshot:
    """Show the progress of a running flow; blocks until it has ended, as `Flow.join` does.

    Ctrl-C means what it means there. Nodes that print in their workers write across the bar.

    Parameters
    ----------
    flow : Flow
        A flow that runs.
    total : int, optional
        How many messages there will be; by default what the producers' `length` says.
    console : rich.console.Console, optional
        Where to show it; the standard error stream by default, so that results can be piped. A bar on a
        terminal, elsewhere a line every few seconds.

    Returns
    -------
    RunSnapshot
        The last one.

    Raises
    ------
    FlowFailed
        As `Flow.join` does, if the flow failed. The display has ended by then.
    """
    console = console or Console(stderr=True)
    total = flow.metrics().total if total is None else total
    display = _BarDisplay(console, total) if console.is_terminal else _LineDisplay(console)
    rate, limit = RecentRate(), _Limit()
    ended = threading.Event()

    def show_while_it_runs() -> None:
        while not ended.wait(display.every_s):
            snapshot = flow.metrics()
            now = progress_of(snapshot, total)
            display.show(now, rate.after(now), limit.of(snapshot))

    watcher = threading.Thread(target=show_while_it_runs, name="daskflow progress", daemon=True)
    watcher.start()
    try:
        flow.join()
    finally:
        ended.set()
        watcher.join()
        last = flow.metrics()
        now = progress_of(last, total)
        display.close(now, now.done / now.elapsed_s if now.elapsed_s else 0.0)
    return last


class RecentRate:
    """Messages per second over the last few seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)])

    def after(self, now: Progress) -> float:
        """The rate, with `now` as the latest thing known."""
        self._seen.append((now.elapsed_s, now.done))
        while len(self._seen) > 2 and self._seen[1][0] <= now.elapsed_s - RATE_OVER_S:
            self._seen.popleft()
        since_s, done = self._seen[0]
        return (now.done - done) / (now.elapsed_s - since_s) if now.elapsed_s > since_s else 0.0


class _Limit:
    """What limits the flow, once that can be said."""

    def __init__(self) -> None:
        self._words = ""
        self._asked_s = 0.0

    def of(self, snapshot: RunSnapshot) -> str:
        if snapshot.elapsed_s >= max(LIMIT_AFTER_S, self._asked_s + LIMIT_EVERY_S):
            self._asked_s = snapshot.elapsed_s
            self._words = limit_of(snapshot)
        return self._words


class _Bar(Bar):
    """With a line below it."""

    below = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        if self.below:
            yield Text(f"  {self.below}", style="dim", no_wrap=True, overflow="ellipsis")


class _BarDisplay:
    every_s = BAR_EVERY_S

    def __init__(self, console: Console, total: int | None) -> None:
        known = () if total is None else (TimeRemainingColumn(),)
        self._bar = _Bar(
            SpinnerColumn(),
            BarColumn(bar_width=30 if console.width >= WIDE else 10),
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            TimeElapsedColumn(),
            *known,
            console=console,
            refresh_per_second=DRAWN_PER_S,
            # Rich prints what it redirects on its own console: a piped stream must not end up there.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("starting", total=total)
        self._bar.start()

    def show(self, now: Progress, rate: float, limit: str = "") -> None:
        self._bar.below = f"limited by {limit}" if limit else ""
        self._bar.update(self._task, completed=now.done, description=now.words(rate))

    def close(self, now: Progress, rate: float) -> None:
        self.show(now, rate)
        self._bar.stop()


class _LineDisplay:
    every_s = LINE_EVERY_S

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, now: Progress, rate: float, limit: str = "") -> None:
        line = now.words(rate) + (f", limited by {limit}" if limit else "")
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def close(self, now: Progress, rate: float) -> None:
        self.show(now, rate)
